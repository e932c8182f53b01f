import { isEvent } from '../../protocol/event-names.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import type { DaemonAccess } from '../daemon-access.ts'
import { followTask, needsPerson } from '../follow-task.ts'
import { askAgain } from './ask-again.ts'

interface Wait {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Called as the task goes on, and again and again while it does not: who waits knows that this lives. */
  readonly onProgress: (progress: number, message: string) => void
}

interface Waited {
  readonly task: Task
  /** False where the time was up first. */
  readonly isOver: boolean
}

const heartbeatMs = 10_000
/** Not every event of a busy task is worth a message. */
const betweenMs = 500

/** The task when it has ended, waits for a person, or the time is up. Throws `not_found`, or the reason of the signal. */
export const waitForTask = async (
  daemon: DaemonAccess,
  ref: string,
  { timeoutMs, signal, onProgress }: Wait,
): Promise<Waited> => {
  const until = new AbortController()
  const stop = (): void => until.abort()
  const timer = setTimeout(stop, timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  let count = 0
  let toldAt = 0
  const tell = (message: string): void => {
    toldAt = performance.now()
    count += 1
    onProgress(count, message)
  }
  try {
    let task = await askAgain(daemon, (client) => client.call('showTask', { id: ref }))
    const heartbeat = setInterval(() => tell(describe(task)), heartbeatMs)
    try {
      tell(describe(task))
      task = await followTask(daemon.look(), task, {
        signal: until.signal,
        onLine: (line, now) => {
          task = now
          if (isEvent(line) && performance.now() - toldAt >= betweenMs) tell(describe(now))
        },
      })
    } finally {
      clearInterval(heartbeat)
    }
    signal.throwIfAborted()
    return { task, isOver: isFinal(task.status) || needsPerson(task) }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

const describe = ({ number, status, progress: { step, note } }: Task): string =>
  `task ${number} is ${status}${status === 'in_progress' ? `, step ${step}` : ''}${note === null ? '' : `: ${note}`}`
