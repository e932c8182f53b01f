import type { DaemonClient } from '../client/daemon-client.ts'
import { followEvents } from '../client/event-stream.ts'
import { followTaskLines, wasRemoved } from '../client/task-following.ts'
import type { StreamLine } from '../protocol/api.ts'
import { isFinal } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'

interface FollowTaskOptions {
  /** Called for every event and delta after `after`, with the task as it is then. */
  readonly onLine?: (line: StreamLine, task: Task) => void | Promise<void>
  /** Where to begin; with what comes after the given state of the task if left out. */
  readonly after?: number
  readonly signal?: AbortSignal
}

/**
 * Follows a task from a state of it to its end, or to an approval when nobody is there to ask. Resolves with the
 * task as it is then, or as it was when the signal was aborted. Rejects with `not_found` if the task is removed.
 */
export const followTask = async (
  client: DaemonClient,
  start: Task,
  { onLine, after = start.last_seq, signal }: FollowTaskOptions = {},
): Promise<Task> => {
  let task = start
  if (isFinal(task.status) && after >= task.last_seq) return task
  const lines = followEvents(client, { task: task.id, after, signal })
  for await (const next of followTaskLines(lines, { known: start, from: start, isEnough: needsPerson })) {
    if (next.task === undefined) throw wasRemoved(start)
    task = next.task
    await onLine?.(next.line, task)
  }
  return task
}

/** Whether a task waits for an approval that nobody at this terminal can give. */
export const needsPerson = (task: Task): boolean =>
  task.status === 'waiting' && task.waiting_for?.kind === 'approval' && !process.stdin.isTTY
