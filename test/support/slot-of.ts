import type { Task } from '../../src/protocol/task.ts'

/** The time of the schedule that a task was added for: the time in its id. */
export const slotOf = ({ id }: Pick<Task, 'id'>): string =>
  new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toISOString()
