import { agentName } from '../../../protocol/delegated.ts'
import type { Task } from '../../../protocol/task.ts'
import type { Spent, ToolOutcome } from '../../tools/tool.ts'

/** What the model sees of what was presented. */
const maxPresentedChars = 8_000

export interface DelegatedEnd {
  readonly task: Task
  readonly spent: Spent
  /** What its last change of status said. */
  readonly message: string
}

/** How a delegated task that has ended is told to the one that has delegated it. */
export const delegatedResult = ({ task, spent, message }: DelegatedEnd): ToolOutcome => {
  const { id, number, status, response_payload: answered, error } = task
  const details = { task_id: id, number, task_status: status }
  if (status !== 'completed' || answered === null) {
    return {
      status: 'error',
      text: `task ${number} (${agentName(task)}), to which this was delegated, did not complete: ${message}`,
      details: { ...details, code: 'tool_failed', ...(error === null ? {} : { error }) },
      spent,
    }
  }
  const { answer, data } = answered
  return {
    status: 'ok',
    text: answer,
    ...(data === null ? {} : { forModel: `${answer}\n\nIt presented: ${presented(data)}` }),
    details,
    spent,
  }
}

const presented = (data: unknown): string => {
  const text = JSON.stringify(data)
  return text.length <= maxPresentedChars ? text : `${text.slice(0, maxPresentedChars)} […]`
}
