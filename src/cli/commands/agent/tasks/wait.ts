import type { Command } from 'commander'
import type { DaemonClient } from '../../../../client/daemon-client.ts'
import { followEvents } from '../../../../client/event-stream.ts'
import { isEvent } from '../../../../protocol/event-names.ts'
import { exitCodes, SparkyError } from '../../../../protocol/failure.ts'
import { applyEvent } from '../../../../protocol/fold.ts'
import { isFinal } from '../../../../protocol/status.ts'
import type { Task } from '../../../../protocol/task.ts'
import type { Context } from '../../../context.ts'
import { exitCodeOfTask } from '../../../exit-code.ts'
import { parseTaskRef, positiveNumber } from '../../../flags.ts'
import { needsPerson } from '../../../follow-task.ts'
import { standing } from '../../../output/status-label.ts'
import { endText } from '../../../output/run-progress.ts'

interface Flags {
  readonly timeout?: number
}

/** Timers cannot wait longer: above it they wait for nothing. */
const maxTimerMs = 2 ** 31 - 1

export const define = (command: Command, context: Context): void => {
  command
    .argument('<task...>', 'numbers, ids or beginnings of ids')
    .option(
      '--timeout <seconds>',
      'give up after this long, with exit code 124',
      positiveNumber('--timeout', 'number of seconds'),
    )
    .action(async (refs: string[], { timeout }: Flags) => {
      const { daemon, output } = context
      const ids = refs.map(parseTaskRef)
      const signal =
        timeout === undefined ? undefined : AbortSignal.timeout(Math.min(timeout * 1000, maxTimerMs))
      const tasks = await daemon.need((client) => waitForAll(client, ids, signal))
      const ended = tasks.filter(isSettled)
      if (output.json) output.value(ended)
      else for (const task of ended) output.line(endText(task, output.style))
      if (ended.length < tasks.length) {
        const open = tasks
          .filter((task) => !isSettled(task))
          .map((task) => `task ${task.number} is ${[task.status, standing(task)].filter(Boolean).join(', ')}`)
        output.error({
          code: 'limit_time',
          message: `gave up after ${timeout} s: ${open.join(', ')}`,
          hint: 'the tasks go on; --timeout sets how long to wait',
        })
        context.exitCode = exitCodes.timeout
        return
      }
      context.exitCode = tasks.map(exitCodeOfTask).find((code) => code !== exitCodes.ok) ?? exitCodes.ok
    })
}

const isSettled = (task: Task): boolean => isFinal(task.status) || needsPerson(task)

/** The tasks in the order given, as they are when all have ended or the signal is aborted. */
const waitForAll = async (
  client: DaemonClient,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Task[]> => {
  // Taken before the tasks, so that nothing can happen in between unseen.
  const { store } = await client.call('status', {})
  const tasks = new Map<string, Task>()
  const order: string[] = []
  for (const id of ids) {
    const task = await client.call('showTask', { id })
    tasks.set(task.id, task)
    order.push(task.id)
  }
  await followUntilSettled(client, tasks, store.seq, signal)
  const settled = new Set([...tasks.values()].filter(isSettled).map(({ id }) => id))
  for (const id of settled) tasks.set(id, (await showIfThere(client, id)) ?? (tasks.get(id) as Task))
  return order.flatMap((id) => tasks.get(id) ?? [])
}

/** Undefined where the task was removed after its end: retention may be short. */
const showIfThere = async (client: DaemonClient, id: string): Promise<Task | undefined> => {
  try {
    return await client.call('showTask', { id })
  } catch (error) {
    if (error instanceof SparkyError && error.code === 'not_found') return undefined
    throw error
  }
}

const followUntilSettled = async (
  client: DaemonClient,
  tasks: Map<string, Task>,
  after: number,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const isDone = (): boolean => [...tasks.values()].every(isSettled)
  if (isDone()) return
  for await (const event of followEvents(client, { after, types: ['status', 'task_removed'], signal })) {
    if (!isEvent(event)) continue
    const task = tasks.get(event.task_id ?? '')
    if (task === undefined) continue
    const next = applyEvent(task, event)
    if (next === undefined && isSettled(task)) continue
    if (next === undefined) throw new SparkyError('not_found', `task ${task.number} was removed`)
    tasks.set(task.id, next)
    if (isDone()) return
  }
}
