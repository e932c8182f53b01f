import type { AddTaskBody } from '../protocol/new-task.ts'
import { SparkyError } from '../protocol/failure.ts'
import { isEvent } from '../protocol/event-names.ts'
import { isFinal } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'
import { v7 as uuidv7 } from 'uuid'
import { askUntilAnswered } from './ask-again.ts'
import type { Connection } from './feed.ts'
import { feedLines } from './feed-lines.ts'
import type { LiveClient } from './live-client.ts'
import { timingOf, type LinkTiming } from './link-options.ts'
import { reportOwn } from './report-error.ts'
import { TaskFailure } from './task-failure.ts'
import { followTaskLines, wasRemoved } from './task-following.ts'

/** A new task: its `prompt`, and whatever else `sparky agent tasks add` has as flags. */
export type TaskRequest = AddTaskBody

/**
 * Told of the task as it was added, and then after each event that changes it: in order, each state once, and not
 * before the promise of the call before is settled. What it throws is reported (on a page by `reportError`, in Node
 * on stderr) and changes nothing else.
 */
export type OnTaskUpdate = (task: Task) => void | Promise<void>

export interface SubmitOptions extends LinkTiming {
  /** Stops following, with its reason. The task goes on; `client.call('cancelTask', …)` cancels it. */
  readonly signal?: AbortSignal | undefined
  /** Told whenever the connection to the daemon changes: lost, back, over HTTP only. */
  readonly onConnection?: ((connection: Connection) => void) | undefined
}

/**
 * Adds a task and follows it to its end. Resolves with the finished task, however it ended: look at `status`. The
 * task has an id before it is sent, so where an answer was lost on its way it is asked for again, and never added
 * twice.
 */
export const submitTask = async (
  client: LiveClient,
  request: TaskRequest,
  { onUpdate, ...options }: SubmitOptions & { readonly onUpdate?: OnTaskUpdate | undefined },
): Promise<Task> => {
  const { signal } = options
  signal?.throwIfAborted()
  const body = { ...request, id: request.id ?? uuidv7() }
  const added = await askUntilAnswered(client, 'addTask', body, { ...options, mayBeDone: mayBeAdded(body) })
  let task = added
  await tell(onUpdate, task)
  signal?.throwIfAborted()
  if (isFinal(task.status)) return task
  const feed = client.openFeed({ tasks: [added.id], after: added.last_seq, ...timingOf(options) })
  for await (const next of followTaskLines(feedLines(feed, options), { known: added, from: added })) {
    if (!isEvent(next.line)) continue
    if (next.task === undefined) throw wasRemoved(added)
    if (next.task.last_seq === task.last_seq) continue
    task = next.task
    await tell(onUpdate, task)
  }
  return task
}

/** The same, and rejects with a `TaskFailure` where the task failed or was cancelled. */
export const submitAgentTask = async (...args: Parameters<typeof submitTask>): Promise<Task> => {
  const task = await submitTask(...args)
  if (task.status === 'completed') return task
  throw new TaskFailure(task)
}

const mayBeAdded =
  ({ id }: AddTaskBody) =>
  (error: SparkyError): SparkyError =>
    new SparkyError(error.code, error.message, {
      hint: `the task may have been added all the same: submit it again with the id ${id}, which adds nothing twice`,
      retryable: true,
      cause: error,
    })

const tell = async (onUpdate: OnTaskUpdate | undefined, task: Task): Promise<void> => {
  try {
    await onUpdate?.(task)
  } catch (error) {
    reportOwn(error)
  }
}
