import { SparkyError } from '../../protocol/failure.ts'
import type { Task, TaskStatus } from '../../protocol/task.ts'

/**
 * Which status may follow which: section 2 of the contract. What has not started waits in `scheduled`, `blocked`,
 * `paused` or `pending`; `in_progress` holds a slot; `waiting` holds none. `completed`, `failed` and `cancelled`
 * are final: only a user's retry, which starts afresh and waits for no time, leads out of them.
 */
export const transitions: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  scheduled: ['pending', 'blocked', 'paused', 'failed', 'cancelled'],
  blocked: ['pending', 'scheduled', 'paused', 'failed', 'cancelled'],
  paused: ['pending', 'scheduled', 'blocked', 'failed', 'cancelled'],
  pending: ['in_progress', 'scheduled', 'blocked', 'paused', 'failed', 'cancelled'],
  in_progress: ['pending', 'waiting', 'completed', 'failed', 'cancelled'],
  waiting: ['pending', 'in_progress', 'failed', 'cancelled'],
  completed: ['pending', 'blocked'],
  failed: ['pending', 'blocked'],
  cancelled: ['pending', 'blocked'],
}

/** Throws `conflict`, naming both states, where a task may not go from its status to `next`. */
export const checkTransition = (
  task: Pick<Task, 'number' | 'status'>,
  next: TaskStatus,
  verb: string,
): void => {
  if (transitions[task.status].includes(next)) return
  throw new SparkyError(
    'conflict',
    `cannot ${verb} task ${task.number}: it is ${task.status}, and ${task.status} cannot become ${next}`,
  )
}
