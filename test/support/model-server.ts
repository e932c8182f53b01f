import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { streamOf } from './model-streams.ts'
import { apiOf, errorBody, modelList, type WireApi } from './model-wire.ts'

/**
 * A local server that answers like the model providers, in their real wire formats, from one script: the same
 * scenario runs against Google, OpenAI (Responses and chat completions), Anthropic and Ollama.
 *
 *     const server = await startModelServer({ replies: [
 *       { calls: [{ name: 'current_time', args: {} }] },
 *       { httpStatus: 429, headers: { 'retry-after': '1' } },
 *       { text: 'It is noon.' },
 *     ] })
 *     const sparky = newSparky(server.environment('google'))
 *
 * Each request for a reply takes the next entry of the script, whichever task sent it; where several tasks run side
 * by side, give a function and look at the request. A script that has run out answers 400, so that a test with too
 * few replies fails at once. Stop the server with `close`.
 */
export interface ModelServer {
  readonly url: string
  /** What goes into GOOGLE_GEMINI_BASE_URL, OPENAI_BASE_URL, ANTHROPIC_BASE_URL and OLLAMA_HOST. */
  readonly baseUrls: Readonly<Record<WireProvider, string>>
  /** Every request for a reply so far, oldest first. */
  readonly requests: readonly RecordedRequest[]
  /** The variables that make Sparky use this server: its address, a key, and `AGENT_MODEL`. */
  environment(provider: WireProvider): Record<string, string>
  /** Adds replies to a script that was given as a list. */
  push(...replies: readonly ScriptedReply[]): void
  /** Ends it, open connections included. */
  close(): Promise<void>
}

export type WireProvider = 'google' | 'openai' | 'anthropic' | 'ollama'

interface ScriptedCall {
  readonly name: string
  /** An object; or a string, which is sent as the arguments' JSON as it is, valid or not. */
  readonly args: unknown
  /** Default: `call_1`, `call_2` … over the whole server. Google has none. */
  readonly id?: string
}

/** One answer, provider-neutral. Text and calls may come together; nothing at all is an empty reply. */
export interface ScriptedReply {
  readonly reasoning?: string
  readonly text?: string
  readonly calls?: readonly ScriptedCall[]
  /** Why the model stopped, where it is not because it was done. */
  readonly finish?: 'length' | 'content_filter'
  /** In tokens; default 100 in, 20 out, none cached. */
  readonly usage?: { readonly input: number; readonly output: number; readonly cached?: number }

  /** Answers with this status and the provider's own error format around `message`, or with `body`. */
  readonly httpStatus?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly message?: string
  /** The provider's code in its error: `insufficient_quota`, `model_not_found` … */
  readonly errorCode?: string
  readonly body?: string

  /** Sends this many bytes of the stream and then breaks it: `end` closes it cleanly (default), `reset` with RST. */
  readonly cutAfterBytes?: number
  readonly cutBy?: 'end' | 'reset'
  /** Sends this many bytes of the stream, then nothing more until the client goes away. */
  readonly stallAfterBytes?: number
  /** Repeats `text` until the client goes away. */
  readonly endless?: true
  /** Sent as the body of a 200 instead of the provider's events. */
  readonly rawStream?: string
  /** Answers only once this is settled. */
  readonly after?: Promise<unknown>
}

export interface RecordedRequest {
  readonly api: WireApi
  readonly model: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  /** The parsed JSON body. */
  readonly body: Record<string, unknown>
  /** The body as text, to look for words in it whatever the format. */
  readonly text: string
  /** The client's port, which tells connections apart. */
  readonly port: number
  /** True once the client closed the connection before it had the whole answer. */
  readonly aborted: boolean
}

export type Script =
  | readonly ScriptedReply[]
  | ((request: RecordedRequest, index: number) => ScriptedReply | Promise<ScriptedReply>)

interface ModelServerOptions {
  readonly replies?: Script
  /** The only key that is accepted; default: any. */
  readonly apiKey?: string
  /** Names that the list endpoints give; default: one per provider. */
  readonly models?: readonly string[]
}

export const startModelServer = async ({
  replies = [],
  apiKey,
  models,
}: ModelServerOptions = {}): Promise<ModelServer> => {
  const script = typeof replies === 'function' ? replies : [...replies]
  const requests: RecordedRequest[] = []
  let calls = 0

  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const text = await readBody(request)
    const found = apiOf(request.method ?? '', request.url ?? '', request.headers)
    if (found === undefined) return send(response, 404, 'text/plain', '404 page not found')
    const { api, model } = found
    if (apiKey !== undefined && keyOf(request) !== apiKey && found.provider !== 'ollama') {
      const status = api === 'google' ? 400 : 401
      return send(
        response,
        status,
        'application/json',
        errorBody(api, status, { errorCode: 'invalid_api_key' }),
      )
    }
    if (model === undefined) return send(response, 200, 'application/json', modelList(found.provider, models))

    const body = JSON.parse(text) as Record<string, unknown>
    const aborted = { value: false }
    response.on('close', () => (aborted.value = !response.writableFinished))
    const recorded: RecordedRequest = {
      api,
      model: typeof body['model'] === 'string' ? body['model'] : model,
      path: request.url ?? '',
      headers: request.headers,
      body,
      text,
      port: request.socket.remotePort ?? 0,
      get aborted() {
        return aborted.value
      },
    }
    requests.push(recorded)
    const reply =
      typeof script === 'function'
        ? await script(recorded, requests.length - 1)
        : (script.shift() ?? exhausted)
    await reply.after
    const numbered = reply.calls?.map((call) => ({ id: `call_${++calls}`, ...call }))
    await play(response, api, recorded.model, numbered === undefined ? reply : { ...reply, calls: numbered })
  }

  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    baseUrls: { google: url, openai: `${url}/v1`, anthropic: url, ollama: url },
    requests,
    environment: (provider) => environments[provider](url, apiKey ?? 'test-key'),
    push: (...more) => {
      if (typeof script === 'function') throw new Error('expected a script that is a list, found a function')
      script.push(...more)
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const exhausted: ScriptedReply = { httpStatus: 400, message: 'the test script has no more replies' }

const environments: Record<WireProvider, (url: string, key: string) => Record<string, string>> = {
  google: (url, key) => ({
    GEMINI_API_KEY: key,
    GOOGLE_GEMINI_BASE_URL: url,
    AGENT_MODEL: 'google/gemini-flash-latest',
  }),
  openai: (url, key) => ({
    OPENAI_API_KEY: key,
    OPENAI_BASE_URL: `${url}/v1`,
    AGENT_MODEL: 'openai/gpt-5-mini',
  }),
  anthropic: (url, key) => ({
    ANTHROPIC_API_KEY: key,
    ANTHROPIC_BASE_URL: url,
    AGENT_MODEL: 'anthropic/claude-haiku-4-5',
  }),
  ollama: (url) => ({ OLLAMA_HOST: url, AGENT_MODEL: 'ollama/llama3.2' }),
}

const play = async (
  response: http.ServerResponse,
  api: WireApi,
  model: string,
  reply: ScriptedReply,
): Promise<void> => {
  if (reply.httpStatus !== undefined) {
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
    return send(
      response,
      reply.httpStatus,
      'application/json',
      reply.body ?? errorBody(api, reply.httpStatus, reply),
    )
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', ...reply.headers })
  response.flushHeaders()
  if (reply.endless === true) return playForEver(response, api, model, reply)

  const bytes = Buffer.from(reply.rawStream ?? streamOf(api, reply, model).join(''))
  const kept = bytes.subarray(0, reply.cutAfterBytes ?? reply.stallAfterBytes ?? bytes.length)
  if (reply.stallAfterBytes !== undefined) {
    response.write(kept)
  } else if (reply.cutBy === 'reset') {
    response.write(kept, () => response.socket?.resetAndDestroy())
  } else {
    response.end(kept)
  }
}

const playForEver = async (
  response: http.ServerResponse,
  api: WireApi,
  model: string,
  reply: ScriptedReply,
): Promise<void> => {
  const [first = '', ...rest] = streamOf(api, { text: reply.text ?? 'again and again ' }, model)
  const delta = rest.find((event) => event.includes('again')) ?? first
  const closed = new Promise((resolve) => response.once('close', resolve))
  response.write(first)
  while (!response.destroyed) {
    if (!response.write(delta.repeat(100))) {
      await Promise.race([new Promise((resolve) => response.once('drain', resolve)), closed])
    }
  }
}

const send = (response: http.ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, { 'content-type': type }).end(body)
}

const readBody = async (request: http.IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const keyOf = ({ headers }: http.IncomingMessage): string | undefined =>
  String(headers['x-goog-api-key'] ?? headers['x-api-key'] ?? headers.authorization ?? '').replace(
    /^Bearer /,
    '',
  )
