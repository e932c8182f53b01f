import type { LanguageModelV3Message, SharedV3ProviderMetadata } from '@ai-sdk/provider'
import type { ModelReply, ReplyPart } from './model.ts'

type AssistantMessage = Extract<LanguageModelV3Message, { role: 'assistant' }>
type AssistantPart = AssistantMessage['content'][number]
type ToolMessage = Extract<LanguageModelV3Message, { role: 'tool' }>

/**
 * A reply as the assistant's message of the next prompt, with what the provider wants back (thought signatures,
 * encrypted reasoning); null for an empty reply, which no provider takes.
 *
 * `callIds` are the ids under which the calls ran, in their order in the reply. Calls without one are left out: a
 * provider refuses a prompt in which a call has no result.
 */
export const assistantMessage = (reply: ModelReply, callIds: readonly string[]): AssistantMessage | null => {
  let calls = 0
  const content = reply.parts
    .map((part) => assistantPart(part, part.type === 'tool_call' ? callIds[calls++] : undefined))
    .filter((part) => part !== null)
  return content.length === 0 ? null : { role: 'assistant', content }
}

/** What the model is told of a finished call. */
export interface CallResult {
  readonly callId: string
  readonly name: string
  readonly text: string
  readonly isError: boolean
}

/** The results of one step's calls, in the order of the calls. Each says something: Anthropic refuses an error that does not. */
export const toolMessage = (results: readonly CallResult[]): ToolMessage => ({
  role: 'tool',
  content: results.map(({ callId, name, text, isError }) => ({
    type: 'tool-result',
    toolCallId: callId,
    toolName: name,
    output: { type: isError ? 'error-text' : 'text', value: text === '' ? '(no output)' : text },
  })),
})

const assistantPart = (part: ReplyPart, callId: string | undefined): AssistantPart | null => {
  const options = providerOptions(part.providerMetadata)
  switch (part.type) {
    case 'text':
      return part.text === '' ? null : { type: 'text', text: part.text, ...options }
    case 'reasoning':
      return { type: 'reasoning', text: part.text, ...options }
    case 'tool_call':
      return callId === undefined
        ? null
        : {
            type: 'tool-call',
            toolCallId: callId,
            toolName: part.name,
            input: inputObject(part.input),
            ...options,
          }
  }
}

const providerOptions = (metadata: SharedV3ProviderMetadata | undefined) =>
  metadata === undefined ? {} : { providerOptions: metadata }

/** Google and Anthropic take an object only; what else the model wrote stands in the call's result. */
const inputObject = (input: unknown): object =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {}
