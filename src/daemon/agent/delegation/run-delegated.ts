import { isFinal, type Task } from '../../../protocol/task.ts'
import type { Queue } from '../../queue/queue.ts'
import type { RunningAttempt, StopReason } from '../../queue/running-attempt.ts'
import type { Store } from '../../store/store.ts'
import type { AgentLog } from '../log.ts'
import { maxTimerMs } from '../longest-timer.ts'

export interface DelegatedRun {
  readonly queue: Pick<Queue, 'claimDelegated'>
  readonly store: Pick<Store, 'task' | 'onAppend'>
  /** Runs what was claimed to its end; never rejects. */
  readonly run: (attempt: RunningAttempt) => Promise<void>
  /** Aborts with the `StopReason` of the attempt that has delegated it. */
  readonly signal: AbortSignal
  /** Aborts when the call is not to go on. */
  readonly callSignal: AbortSignal
  /** The number of the task that has delegated it. */
  readonly parentNumber: number
  readonly log: AgentLog
}

/** Two clocks may differ by so much. */
const minTimerMs = 20

/**
 * Runs a delegated task attempt by attempt, and waits between them for as long as it has to wait, until it is final or
 * the caller is told to stop; then it is told the same, and has settled when this resolves.
 */
export const runDelegated = async (taskId: string, setup: DelegatedRun): Promise<void> => {
  const { queue, store, signal, callSignal, log } = setup
  let isNews = false
  let wake = (): void => {}
  const look = (): void => {
    isNews = true
    wake()
  }
  const over = new AbortController()
  const unsubscribe = store.onAppend((events) => {
    if (events.some(({ task_id }) => task_id === taskId)) look()
  })
  for (const each of [signal, callSignal]) each.addEventListener('abort', look, { signal: over.signal })
  try {
    for (;;) {
      const task = store.task(taskId)
      if (task === undefined || isFinal(task.status) || stopReasonOf(setup) !== null) return
      isNews = false
      const attempt = await queue.claimDelegated(taskId)
      if (attempt !== undefined) {
        log.info(fieldsOf(attempt.task), 'Attempt of a delegated task started')
        await runAttempt(attempt, setup)
        log.info({ ...fieldsOf(attempt.task), status: store.task(taskId)?.status }, 'Attempt ended')
      } else if (!isNews) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, untilDueMs(task))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    }
  } finally {
    unsubscribe()
    over.abort()
  }
}

const runAttempt = async (attempt: RunningAttempt, setup: DelegatedRun): Promise<void> => {
  const { signal, callSignal, run } = setup
  const over = new AbortController()
  const passOn = (): void => {
    const reason = stopReasonOf(setup)
    if (reason !== null) attempt.stop(reason)
  }
  for (const each of [signal, callSignal]) each.addEventListener('abort', passOn, { signal: over.signal })
  passOn()
  await run(attempt)
  over.abort()
}

/** Why the delegated task is to stop; null where it is not. */
const stopReasonOf = ({ signal, callSignal, parentNumber }: DelegatedRun): StopReason | null => {
  if (signal.aborted) return signal.reason as StopReason
  if (!callSignal.aborted) return null
  const reason = `the attempt at task ${parentNumber} that it is a part of has ended`
  return { kind: 'cancel', by: 'daemon', reason }
}

/** What is to be tried again has its time; what waits is queued by the clock of the queue, which is heard of. */
const untilDueMs = ({ status, not_before }: Task): number =>
  status === 'pending' && not_before !== null
    ? Math.min(Math.max(minTimerMs, Date.parse(not_before) - Date.now()), maxTimerMs)
    : maxTimerMs

const fieldsOf = ({ number, id, attempt }: Task): object => ({ task: number, task_id: id, attempt })
