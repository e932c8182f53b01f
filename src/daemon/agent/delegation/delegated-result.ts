import { agentName } from '../../../protocol/delegated.ts'
import type { Json, Task } from '../../../protocol/task.ts'
import type { Spent, ToolOutcome } from '../../tools/tool.ts'

/** So much of what was presented goes with the answer; of more, only that it is there. */
const maxPresentedChars = 16_000

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
      text: `this was delegated to task ${number} (${agentName(task)}), which did not complete: ${message}`,
      details: { ...details, code: 'tool_failed', ...(error === null ? {} : { error }) },
      spent,
    }
  }
  const { answer, data } = answered
  return {
    status: 'ok',
    text: answer,
    ...(data === null ? {} : { forModel: `${answer}\n\n${toldOfPresented(data)}` }),
    details: { ...details, ...(data === null || !isShort(data) ? {} : { presented: data }) },
    spent,
  }
}

const isShort = (data: Json): boolean => JSON.stringify(data).length <= maxPresentedChars

const toldOfPresented = (data: Json): string =>
  isShort(data)
    ? `It presented this, which the user has not seen here; present shows it: ${JSON.stringify(data)}`
    : 'It presented more data than fits here; the user can see it in its task.'
