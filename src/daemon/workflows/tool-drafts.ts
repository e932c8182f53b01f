import type { EventPayload } from '../../protocol/event.ts'
import type { Json } from '../../protocol/task.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { SettledTool } from '../tools/run-tool.ts'
import { cutForEvent, headOf } from '../tools/truncate.ts'
import type { WorkflowToolError } from './define-workflow.ts'

interface EndedCall {
  readonly callId: string
  readonly name: string
  readonly settled: SettledTool
  readonly workflowId: string
  readonly step: number
}

const maxMessageChars = 200

/** The end of a call, for the record and for watchers. */
export const resultDrafts = ({ callId, name, settled, workflowId, step }: EndedCall): AttemptDraft[] => {
  const { status, bytes, durationMs, details } = settled
  const { text, truncated } = cutForEvent(settled.text)
  return [
    {
      type: 'tool_result',
      step,
      data: {
        call_id: callId,
        name,
        status,
        result: text,
        duration_ms: durationMs,
        truncated,
        bytes,
        ...(details === undefined ? {} : { details }),
      },
    },
    toolUpdateDraft({ callId, name, settled, workflowId, step }),
  ]
}

export const toolUpdateDraft = ({ name, settled, workflowId, step }: EndedCall): AttemptDraft => {
  const { status, text, durationMs, details } = settled
  const found = details?.['results']
  const what =
    status === 'ok' && Array.isArray(found)
      ? `Found ${found.length} result${found.length === 1 ? '' : 's'}`
      : firstLine(text)
  const data: EventPayload<'tool_update'> = {
    workflow_id: workflowId,
    tool: name,
    status: status === 'ok' ? 'completed' : 'failed',
    message: what,
    execution_time_ms: durationMs,
    ...(status === 'ok' ? {} : { error: firstLine(text) }),
  }
  return { type: 'tool_update', step, data }
}

/** What a call is about, in a few words: the first of its arguments that is text. */
export const callMessage = (name: string, args: Json): string => {
  const text = Object.values(args ?? {}).find((value) => typeof value === 'string' && value.trim() !== '')
  return typeof text === 'string' ? firstLine(text) : `${name} runs`
}

/** The first line with something on it, not too long. */
export const firstLine = (text: string): string => {
  const line =
    text
      .slice(0, 4 * maxMessageChars)
      .split('\n')
      .find((line) => line.trim() !== '') ?? ''
  return line.length <= maxMessageChars ? line.trim() : `${headOf(line.trim(), maxMessageChars - 1)}…`
}

export const toolError = ({
  message,
  ...facts
}: Omit<WorkflowToolError, keyof Error> & { readonly message: string }): WorkflowToolError =>
  Object.assign(new Error(message), { name: 'WorkflowToolError' as const }, facts)
