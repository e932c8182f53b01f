import { onTestFinished } from 'vitest'
import { defaultCallLimits, watchedFetch, type CallLimits } from '../../../src/daemon/models/call-watch.ts'
import { makeModel } from '../../../src/daemon/models/make-model.ts'
import type { Model, ModelPart, ModelReply, ModelRequest } from '../../../src/daemon/models/model.ts'
import { openaiDialect } from '../../../src/daemon/models/openai.ts'
import { providerSettings } from '../../../src/daemon/models/provider-settings.ts'
import { streamReply } from '../../../src/daemon/models/stream-reply.ts'
import { startModelServer, type ModelServer, type Script } from '../../support/model-server.ts'
import type { WireApi } from '../../support/model-wire.ts'

export const wireApis = ['google', 'responses', 'chat', 'anthropic'] as const

export const aServer = async (replies: Script, apiKey?: string): Promise<ModelServer> => {
  const server = await startModelServer({ replies, ...(apiKey !== undefined && { apiKey }) })
  onTestFinished(() => server.close())
  return server
}

/** A real model of ours that speaks this format with that server. */
export const modelAt = async (
  api: WireApi,
  url: string,
  limits: Partial<CallLimits> = {},
): Promise<Pick<Model, 'stream'>> => {
  if (api === 'responses') return responsesModelAt(url, limits)
  const settings = providerSettings(
    {
      GEMINI_API_KEY: 'test-key',
      ANTHROPIC_API_KEY: 'test-key',
      OPENAI_API_KEY: 'test-key',
      GOOGLE_GEMINI_BASE_URL: url,
      ANTHROPIC_BASE_URL: url,
      OPENAI_BASE_URL: url,
    },
    {},
  )
  const names = {
    google: { provider: 'google', modelId: 'gemini-flash-latest' },
    anthropic: { provider: 'anthropic', modelId: 'claude-haiku-4-5' },
    chat: { provider: 'openai', modelId: 'gpt-5-mini' },
  } as const
  return makeModel(names[api], settings, limits)
}

/** With a base URL `openai/…` speaks chat completions, so the Responses API is reached one level below. */
const responsesModelAt = (url: string, limits: Partial<CallLimits>): Pick<Model, 'stream'> => {
  const model = { provider: 'openai', modelId: 'gpt-5-mini' } as const
  const settings = { apiKey: 'test-key', keyName: 'OPENAI_API_KEY', baseUrl: `${url}/v1`, problem: null }
  const dialect = openaiDialect(settings)
  return {
    stream: (request) =>
      streamReply(
        {
          model,
          languageModel: dialect.languageModel(model.modelId, watchedFetch),
          dialect,
          limits: { ...defaultCallLimits, ...limits },
          failure: { model, keyName: 'OPENAI_API_KEY', baseUrl: null, secrets: ['test-key'] },
        },
        request,
      ),
  }
}

export const aRequest = (fields: Partial<ModelRequest> = {}): ModelRequest => ({
  prompt: [
    { role: 'system', content: 'You are a test.' },
    { role: 'user', content: [{ type: 'text', text: 'What time is it?' }] },
  ],
  tools: [
    {
      name: 'current_time',
      description: 'The time.',
      inputSchema: {
        type: 'object',
        properties: { timezone: { type: 'string' } },
        additionalProperties: false,
      },
    },
  ],
  signal: new AbortController().signal,
  ...fields,
})

export interface Streamed {
  readonly text: string
  readonly reasoning: string
  readonly replies: readonly ModelReply[]
  /** What the stream threw; undefined where it ended well. */
  readonly error: unknown
}

/** Reads a stream to its end, however it ends. */
export const readAll = async (stream: AsyncIterable<ModelPart>): Promise<Streamed> => {
  let text = ''
  let reasoning = ''
  const replies: ModelReply[] = []
  try {
    for await (const part of stream) {
      if (part.type === 'text_delta') text += part.text
      else if (part.type === 'reasoning_delta') reasoning += part.text
      else replies.push(part.reply)
    }
  } catch (error) {
    return { text, reasoning, replies, error }
  }
  return { text, reasoning, replies, error: undefined }
}

/** The one reply of a stream that must end well. */
export const replyOf = async (stream: AsyncIterable<ModelPart>): Promise<ModelReply> => {
  const { replies, error } = await readAll(stream)
  if (error !== undefined) throw error
  const [reply] = replies
  if (reply === undefined || replies.length !== 1)
    throw new Error(`expected one reply, found ${replies.length}`)
  return reply
}
