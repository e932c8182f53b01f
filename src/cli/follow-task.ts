import type { DaemonClient } from '../client/daemon-client.ts'
import { followEvents } from '../client/event-stream.ts'
import type { StreamLine } from '../protocol/api.ts'
import { isEvent } from '../protocol/event-names.ts'
import { SparkyError } from '../protocol/failure.ts'
import { applyEvent } from '../protocol/fold.ts'
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
  for await (const line of followEvents(client, { task: task.id, after, signal })) {
    if (isEvent(line)) {
      const next = applyEvent(task, line)
      if (next === undefined) throw new SparkyError('not_found', `task ${start.number} was removed`)
      task = next
    }
    await onLine?.(line, task)
    // What stands before the given state may hold the end of an earlier try.
    if (isEvent(line) && line.seq >= start.last_seq && (isFinal(task.status) || needsPerson(task)))
      return task
  }
  return task
}

/** Whether a task waits for an approval that nobody at this terminal can give. */
export const needsPerson = (task: Task): boolean =>
  task.status === 'waiting' && task.waiting_for?.kind === 'approval' && !process.stdin.isTTY
