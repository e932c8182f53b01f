import type { Task } from '../../protocol/task.ts'

/** What the agent logs with; a pino logger fits. */
export interface AgentLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Which attempt a line of the log is about. */
export const logFieldsOf = ({ id, number, attempt }: Task): object => ({ task: number, task_id: id, attempt })
