/** Statuses of a task, and what each means for a reader. Apart from task.ts, so that it needs no zod. */
export const taskStatuses = [
  'scheduled',
  'blocked',
  'paused',
  'pending',
  'in_progress',
  'waiting',
  'completed',
  'failed',
  'cancelled',
] as const

export type TaskStatus = (typeof taskStatuses)[number]

const finalStatuses = ['completed', 'failed', 'cancelled'] as const satisfies readonly TaskStatus[]
type FinalStatus = (typeof finalStatuses)[number]

/** Whether a task of this status is over for good (until a user retries it). */
export const isFinal = (status: TaskStatus): status is FinalStatus =>
  (finalStatuses as readonly TaskStatus[]).includes(status)
