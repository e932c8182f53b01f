import type { ScriptedReply } from './model-server.ts'
import { jsonOf, named, pieces, usageOf } from './server-sent.ts'

/** The events of OpenAI's Responses API. */
export const responsesStream = (reply: ScriptedReply, model: string): readonly string[] => {
  const { input, output, cached } = usageOf(reply)
  let sequence = 0
  let outputIndex = -1
  const event = (type: string, fields: object): string =>
    named({ type, sequence_number: sequence++, ...fields })
  const response = { id: 'resp_1', object: 'response', created_at: 1_700_000_000, model, output: [] }
  const events = [event('response.created', { response: { ...response, status: 'in_progress' } })]

  const item = (started: object, finished: object, inner: (at: object) => readonly string[]): void => {
    outputIndex++
    const at = { output_index: outputIndex }
    events.push(event('response.output_item.added', { ...at, item: started }))
    events.push(...inner(at))
    events.push(event('response.output_item.done', { ...at, item: finished }))
  }

  if (reply.reasoning !== undefined) {
    const shape = { id: 'rs_1', type: 'reasoning', encrypted_content: 'ZW5jcnlwdGVk' }
    const part = { item_id: 'rs_1', summary_index: 0 }
    item(
      { ...shape, summary: [] },
      { ...shape, summary: [{ type: 'summary_text', text: reply.reasoning }] },
      (at) => [
        event('response.reasoning_summary_part.added', {
          ...at,
          ...part,
          part: { type: 'summary_text', text: '' },
        }),
        ...pieces(reply.reasoning).map((delta) =>
          event('response.reasoning_summary_text.delta', { ...at, ...part, delta }),
        ),
        event('response.reasoning_summary_part.done', {
          ...at,
          ...part,
          part: { type: 'summary_text', text: reply.reasoning },
        }),
      ],
    )
  }
  if (reply.text !== undefined) {
    const shape = { id: 'msg_1', type: 'message', role: 'assistant' }
    const content = { type: 'output_text', text: reply.text, annotations: [] }
    const part = { item_id: 'msg_1', content_index: 0 }
    item(
      { ...shape, status: 'in_progress', content: [] },
      { ...shape, status: 'completed', content: [content] },
      (at) => [
        event('response.content_part.added', { ...at, ...part, part: { ...content, text: '' } }),
        ...pieces(reply.text).map((delta) => event('response.output_text.delta', { ...at, ...part, delta })),
        event('response.output_text.done', { ...at, ...part, text: reply.text }),
        event('response.content_part.done', { ...at, ...part, part: content }),
      ],
    )
  }
  for (const { id, name, args } of reply.calls ?? []) {
    const shape = { id: `fc_${id}`, type: 'function_call', call_id: id, name }
    const part = { item_id: `fc_${id}` }
    item(
      { ...shape, arguments: '', status: 'in_progress' },
      { ...shape, arguments: jsonOf(args), status: 'completed' },
      (at) => [
        ...pieces(jsonOf(args)).map((delta) =>
          event('response.function_call_arguments.delta', { ...at, ...part, delta }),
        ),
        event('response.function_call_arguments.done', { ...at, ...part, arguments: jsonOf(args) }),
      ],
    )
  }
  const reason = { length: 'max_output_tokens', content_filter: 'content_filter', none: undefined }[
    reply.finish ?? 'none'
  ]
  const status = reply.finish === undefined ? 'completed' : 'incomplete'
  events.push(
    event(`response.${status}`, {
      response: {
        ...response,
        status,
        incomplete_details: reason === undefined ? null : { reason },
        usage: {
          input_tokens: input,
          input_tokens_details: { cached_tokens: cached },
          output_tokens: output,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: input + output,
        },
      },
    }),
  )
  return events
}
