import { sanitizeLine } from './sanitize.ts'
import type { Task } from './task.ts'

/** What kind of task it is, to stand before its prompt: "chat: ", "search: " of that workflow; empty for the usual one. */
export const kindPrefix = ({ kind, request_payload }: Pick<Task, 'kind' | 'request_payload'>): string => {
  if (kind === 'agent') return ''
  const workflow = request_payload['workflow']
  return `${kind === 'workflow' && typeof workflow === 'string' ? sanitizeLine(workflow) : kind}: `
}
