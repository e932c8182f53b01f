import { describe, expect, test } from 'vitest'
import { ModelFailure } from '../../../src/daemon/models/model-failure.ts'
import type { ScriptedReply } from '../../support/model-server.ts'
import type { WireApi } from '../../support/model-wire.ts'
import { aRequest, aServer, modelAt, readAll, replyOf, wireApis } from './wire-models.ts'

describe.each(wireApis)('%s', (api) => {
  const permanent: readonly [string, ScriptedReply, string, RegExp][] = [
    [
      'a key that is not accepted',
      { httpStatus: 401 },
      'model_auth',
      /did not accept the key in \w+_API_KEY.*sparky config set/,
    ],
    ['a key without the permission', { httpStatus: 403 }, 'model_auth', /did not accept the key/],
    ['an unknown model', { httpStatus: 404 }, 'model_not_found', /no model \w+\/[\w.-]+.*sparky models list/],
    [
      'a request that is refused',
      { httpStatus: 400, message: 'temperature: out of range' },
      'model_protocol',
      /temperature: out of range/,
    ],
    ['a schema that is refused', { httpStatus: 422 }, 'model_protocol', /refused the request \(422\)/],
    ['an account without credit', { httpStatus: 402 }, 'model_rate_limited', /quota or credit is used up/],
    ['a conversation that is too long', { httpStatus: 413 }, 'model_protocol', /longer than .* can take/],
    [
      'a redirect',
      { httpStatus: 302, headers: { location: 'http://127.0.0.1:9/' } },
      'model_protocol',
      /redirect/,
    ],
  ]
  test.each(permanent)('fails at once for %s', async (_, reply, code, message) => {
    const failure = await failureFrom(api, reply)
    expect(failure).toMatchObject({ code, retryable: false, message: expect.stringMatching(message) })
    expect(failure.message).not.toContain('test-key')
  })

  test.each([408, 409, 500, 502, 503, 529])('may be tried again after %i', async (httpStatus) => {
    expect(await failureFrom(api, { httpStatus })).toMatchObject({
      code: 'model_unavailable',
      retryable: true,
    })
  })

  test('says how long to wait after too many requests', async () => {
    expect(await failureFrom(api, { httpStatus: 429, headers: { 'retry-after': '7' } })).toMatchObject({
      code: 'model_rate_limited',
      retryable: true,
      retryAfterMs: 7000,
    })
  })

  test('can be called again after too many requests', async () => {
    const server = await aServer([{ httpStatus: 429 }, { text: 'Now.' }])
    const model = await modelAt(api, server.url)
    expect((await readAll(model.stream(aRequest()))).error).toMatchObject({
      retryAfterMs: null,
      retryable: true,
    })
    expect(await replyOf(model.stream(aRequest()))).toMatchObject({ parts: [{ text: 'Now.' }] })
  })

  test('sends garbage in the stream: a protocol failure that may be tried again', async () => {
    const failure = await failureFrom(api, { rawStream: 'data: {"candidates": [}\n\ndata: garbage\n\n' })
    expect(failure).toMatchObject({ code: 'model_protocol', retryable: true })
  })

  test('sends a page of HTML with 200: no reply', async () => {
    const failure = await failureFrom(api, {
      rawStream: '<html>Please log in</html>',
      headers: { 'content-type': 'text/html' },
    })
    expect(failure).toMatchObject({ code: 'model_unavailable', retryable: true })
    expect(failure.message).toMatch(/found a web page; check the base URL/)
  })

  test('sends an error page of HTML: the status counts', async () => {
    const failure = await failureFrom(api, { httpStatus: 502, body: '<html>\u001b[31mBad gateway</html>' })
    expect(failure).toMatchObject({ code: 'model_unavailable', message: expect.stringContaining('502') })
    expect(failure.message).not.toContain('\u001b')
  })
})

test('Google answers 400 to a key that is not valid', async () => {
  const server = await aServer([], 'the-right-key')
  const model = await modelAt('google', server.url)
  const { error } = await readAll(model.stream(aRequest()))
  expect(error).toMatchObject({ code: 'model_auth', message: expect.stringContaining('GEMINI_API_KEY') })
})

const inStream: readonly [WireApi, string, string, boolean][] = [
  [
    'anthropic',
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    'model_unavailable',
    true,
  ],
  [
    'anthropic',
    '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}',
    'model_rate_limited',
    true,
  ],
  [
    'chat',
    '{"error":{"message":"The server had an error","type":"server_error","code":null}}',
    'model_unavailable',
    true,
  ],
  [
    'responses',
    '{"type":"error","sequence_number":1,"error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"Your input exceeds the context window","param":"input"}}',
    'model_protocol',
    false,
  ],
  [
    'responses',
    '{"type":"response.failed","sequence_number":1,"response":{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"},"usage":null}}',
    'model_rate_limited',
    false,
  ],
  [
    'google',
    '{"error":{"code":503,"message":"The model is overloaded","status":"UNAVAILABLE"}}',
    'model_unavailable',
    true,
  ],
]
test.each(inStream)(
  '%s: an error within the stream is judged like a status: %s',
  async (api, event, code, retryable) => {
    const type = /"type":"([\w.]+)"/.exec(event)?.[1]
    const failure = await failureFrom(api, { rawStream: `event: ${type}\ndata: ${event}\n\n` })
    expect(failure).toMatchObject({ code, retryable })
  },
)

const failureFrom = async (api: WireApi, reply: ScriptedReply): Promise<ModelFailure> => {
  const server = await aServer([reply])
  const model = await modelAt(api, server.url)
  const { error, replies } = await readAll(model.stream(aRequest()))
  expect(replies).toHaveLength(0)
  if (!(error instanceof ModelFailure)) throw new Error(`expected a ModelFailure, found ${String(error)}`)
  return error
}
