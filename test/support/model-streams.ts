import type { ScriptedReply } from './model-server.ts'
import type { WireApi } from './model-wire.ts'
import { responsesStream } from './responses-stream.ts'
import { jsonOf, named, pieces, sse, usageOf } from './server-sent.ts'

/** The server-sent events of a whole reply, each with its blank line. Text comes in several deltas. */
export const streamOf = (api: WireApi, reply: ScriptedReply, model: string): readonly string[] => {
  switch (api) {
    case 'google':
      return googleStream(reply, model)
    case 'chat':
      return chatStream(reply, model)
    case 'anthropic':
      return anthropicStream(reply, model)
    case 'responses':
      return responsesStream(reply, model)
  }
}

const googleStream = (reply: ScriptedReply, model: string): readonly string[] => {
  const { input, output, cached } = usageOf(reply)
  const usageMetadata = {
    promptTokenCount: input,
    candidatesTokenCount: output,
    cachedContentTokenCount: cached,
    totalTokenCount: input + output,
  }
  const chunk = (parts: readonly unknown[], finishReason?: string): string =>
    sse({
      candidates: [{ content: { parts, role: 'model' }, index: 0, ...(finishReason && { finishReason }) }],
      usageMetadata,
      modelVersion: model,
      responseId: 'response-1',
    })
  const finishReason = { length: 'MAX_TOKENS', content_filter: 'SAFETY', none: 'STOP' }[
    reply.finish ?? 'none'
  ]
  return [
    ...pieces(reply.reasoning).map((text) => chunk([{ text, thought: true }])),
    ...pieces(reply.text).map((text) => chunk([{ text }])),
    ...(reply.calls ?? []).map(({ name, args }, index) =>
      chunk([{ functionCall: { name, args }, ...(index === 0 && { thoughtSignature: 'c2lnbmF0dXJl' }) }]),
    ),
    chunk([{ text: '' }], finishReason),
  ]
}

const chatStream = (reply: ScriptedReply, model: string): readonly string[] => {
  const { input, output, cached } = usageOf(reply)
  const chunk = (delta: unknown, finishReason: string | null = null): string =>
    sse({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model,
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    })
  const usual = reply.calls === undefined ? 'stop' : 'tool_calls'
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(reply.reasoning).map((text) => chunk({ reasoning_content: text })),
    ...pieces(reply.text).map((content) => chunk({ content })),
    ...(reply.calls ?? []).flatMap(({ id, name, args }, index) => [
      chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
      ...pieces(jsonOf(args)).map((text) =>
        chunk({ tool_calls: [{ index, function: { arguments: text } }] }),
      ),
    ]),
    chunk({}, reply.finish ?? usual),
    sse({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model,
      choices: [],
      usage: {
        prompt_tokens: input,
        completion_tokens: output,
        total_tokens: input + output,
        prompt_tokens_details: { cached_tokens: cached },
      },
    }),
    'data: [DONE]\n\n',
  ]
}

const anthropicStream = (reply: ScriptedReply, model: string): readonly string[] => {
  const { input, output, cached } = usageOf(reply)
  let index = -1
  const block = (start: unknown, deltas: readonly unknown[]): readonly string[] => {
    index++
    return [
      named({ type: 'content_block_start', index, content_block: start }),
      ...deltas.map((delta) => named({ type: 'content_block_delta', index, delta })),
      named({ type: 'content_block_stop', index }),
    ]
  }
  const usual = reply.calls === undefined ? 'end_turn' : 'tool_use'
  const stop = { length: 'max_tokens', content_filter: 'refusal', none: usual }[reply.finish ?? 'none']
  const usage = {
    input_tokens: input - cached,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
  }
  return [
    named({
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...usage, output_tokens: 1 },
      },
    }),
    named({ type: 'ping' }),
    ...(reply.reasoning === undefined
      ? []
      : block({ type: 'thinking', thinking: '', signature: '' }, [
          ...pieces(reply.reasoning).map((thinking) => ({ type: 'thinking_delta', thinking })),
          { type: 'signature_delta', signature: 'c2lnbmF0dXJl' },
        ])),
    ...(reply.text === undefined
      ? []
      : block(
          { type: 'text', text: '' },
          pieces(reply.text).map((text) => ({ type: 'text_delta', text })),
        )),
    ...(reply.calls ?? []).flatMap(({ id, name, args }) =>
      block(
        { type: 'tool_use', id, name, input: {} },
        pieces(jsonOf(args)).map((json) => ({ type: 'input_json_delta', partial_json: json })),
      ),
    ),
    named({
      type: 'message_delta',
      delta: { stop_reason: stop, stop_sequence: null },
      usage: { ...usage, output_tokens: output },
    }),
    named({ type: 'message_stop' }),
  ]
}
