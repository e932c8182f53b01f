import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Task } from '../../protocol/task.ts'

/** What kind of task it is, to stand before its prompt: "chat: ", the name of a workflow; empty for the usual one. */
export const kindPrefix = ({ kind, request_payload }: Task): string => {
  if (kind === 'agent') return ''
  const workflow = request_payload['workflow']
  return `${kind === 'workflow' && typeof workflow === 'string' ? sanitizeLine(workflow) : kind}: `
}
