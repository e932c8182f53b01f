import type { StreamLine } from '../protocol/api.ts'
import { isEvent } from '../protocol/event-names.ts'
import { SparkyError } from '../protocol/failure.ts'
import { applyEvent } from '../protocol/fold.ts'
import { isFinal } from '../protocol/status.ts'
import type { Task } from '../protocol/task.ts'

/** A line of a task's events, and the task as it is with it. */
export interface TaskLine {
  readonly line: StreamLine
  /** Undefined where the line is before the task, and with the last line of a removed one. */
  readonly task: Task | undefined
}

interface TaskFollowing {
  /** The task as it is known; what is before its `last_seq` may hold the end of an earlier try. */
  readonly known: Task
  /** The state before the first line: the known one, or undefined where the lines begin with the first event. */
  readonly from: Task | undefined
  readonly isEnough?: (task: Task) => boolean
}

/**
 * Folds the lines of one task, from wherever they come, and ends with its end: its final status, its removal, or
 * what is `isEnough`. The lines are pulled no further than that.
 */
export async function* followTaskLines(
  lines: AsyncIterable<StreamLine>,
  { known, from, isEnough = () => false }: TaskFollowing,
): AsyncGenerator<TaskLine> {
  let task = from
  for await (const line of lines) {
    if (isEvent(line)) {
      if (line.task_id !== known.id) continue
      task = applyEvent(task, line)
    }
    yield { line, task }
    if (!isEvent(line)) continue
    if (line.type === 'task_removed') return
    if (line.seq >= known.last_seq && task !== undefined && (isFinal(task.status) || isEnough(task))) return
  }
}

export const wasRemoved = ({ number }: Task): SparkyError =>
  new SparkyError('not_found', `task ${number} was removed`)
