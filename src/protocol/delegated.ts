import type { Task } from './task.ts'

/** Which task has delegated a task, and with which of its calls. */
export interface DelegatedBy {
  readonly parentId: string
  readonly callId: string
}

/** Null of a task that nobody has delegated. A task that another has only added runs by itself. */
export const delegatedBy = ({
  parent_id: parentId,
  request_payload: { delegation },
}: Pick<Task, 'parent_id' | 'request_payload'>): DelegatedBy | null => {
  if (parentId === null || typeof delegation !== 'object' || delegation === null) return null
  const callId = Array.isArray(delegation) ? undefined : delegation['call_id']
  return { parentId, callId: typeof callId === 'string' ? callId : '' }
}

/** The agent of a task as a person names it: `liaison/insights`. */
export const agentName = ({ agent, request_payload }: Pick<Task, 'agent' | 'request_payload'>): string => {
  const { pillar } = request_payload
  return typeof pillar === 'string' ? `${agent}/${pillar}` : agent
}
