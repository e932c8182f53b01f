import { describe, expect, test } from 'vitest'
import { cleanText } from '../../../src/daemon/models/clean-text.ts'
import { failureOf } from '../../../src/daemon/models/failures.ts'
import { networkTrouble } from '../../../src/daemon/models/network-trouble.ts'
import { retryAfterMsOf } from '../../../src/daemon/models/retry-after.ts'
import { aRequest, aServer, modelAt, readAll } from './wire-models.ts'

describe('how long a provider asks to wait', () => {
  const now = Date.parse('2026-11-20T12:00:00Z')
  const info = { error: { details: [{ '@type': 'x' }, { retryDelay: '34.5s' }] } }
  test.each([
    [{ 'retry-after': '7' }, undefined, 7000],
    [{ 'retry-after': '0.5' }, undefined, 500],
    [{ 'retry-after': 'Fri, 20 Nov 2026 12:00:09 GMT' }, undefined, 9000],
    [{ 'retry-after-ms': '120', 'retry-after': '7' }, undefined, 120],
    [{}, info, 34_500],
    [{ 'retry-after': 'soon' }, undefined, null],
    [{ 'retry-after': '-5' }, undefined, null],
    [{ 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT' }, undefined, null],
    [{}, undefined, null],
  ])('%j with body %j: %s', (headers, body, ms) => {
    expect(retryAfterMsOf(headers as Record<string, string>, body, now)).toBe(ms)
  })
})

test('where nothing listens, the message names the address and may be tried again', async () => {
  const server = await aServer([])
  await server.close()
  const model = await modelAt('google', server.url)

  const { error } = await readAll(model.stream(aRequest()))

  expect(error).toMatchObject({ code: 'model_unavailable', retryable: true })
  expect((error as Error).message).toBe(
    `google/gemini-flash-latest: nothing answers at ${server.url}/v1beta (connection refused)`,
  )
})

test.each([
  ['ENOTFOUND', 'model_unavailable', true],
  ['ECONNRESET', 'model_unavailable', true],
  ['UND_ERR_SOCKET', 'model_unavailable', true],
  ['UND_ERR_HEADERS_TIMEOUT', 'stalled', true],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'model_unavailable', false],
])('%s is the network and reads like it', (code, expected, retryable) => {
  const error = new TypeError('fetch failed', { cause: Object.assign(new Error('inner'), { code }) })
  expect(networkTrouble(error, null)).toMatchObject({ code: expected, retryable })
})

test('an error without a code that belongs to nobody is none of the network', () => {
  expect(networkTrouble(new Error('boom'), null)).toBeNull()
})

const context = {
  model: { provider: 'google', modelId: 'gemini-x' },
  keyName: 'GEMINI_API_KEY',
  baseUrl: null,
  secrets: ['very-secret'],
} as const

test('a rate limit of Google is told from a quota that is used up', () => {
  const said = (message: string) => failureOf({ error: { code: 429, message } }, context)
  const usual = 'You exceeded your current quota, please check your plan and billing details.'
  expect(said(usual)).toMatchObject({ code: 'model_rate_limited', retryable: true })
  expect(said(`${usual} limit: 0, model: gemini-x`)).toMatchObject({
    code: 'model_rate_limited',
    retryable: false,
  })
})

test('Anthropic without credit is not tried again', () => {
  const message = 'Your credit balance is too low to access the Anthropic API.'
  const failure = failureOf(
    { type: 'invalid_request_error', message },
    { ...context, model: { provider: 'anthropic', modelId: 'c' } },
  )
  expect(failure).toMatchObject({ code: 'model_rate_limited', retryable: false })
})

test('a model that Ollama lacks comes with the command that gets it', () => {
  const failure = failureOf(
    { error: { code: 404, message: 'model "llama9" not found, try pulling it first' } },
    { ...context, model: { provider: 'ollama', modelId: 'llama9' } },
  )
  expect(failure).toMatchObject({
    code: 'model_not_found',
    message: expect.stringContaining('ollama pull llama9'),
  })
})

test('an Ollama that wants a key comes with a way to give one, since Ollama itself has no such setting', () => {
  const failure = failureOf(
    { error: { code: 401, message: 'unauthorized' } },
    { ...context, keyName: null, model: { provider: 'ollama', modelId: 'llama9' } },
  )
  expect(failure).toMatchObject({ code: 'model_auth', message: expect.stringContaining('OPENAI_BASE_URL') })
  expect(failure.message).not.toContain('providers.ollama.api_key')
})

test('what a provider says is one bounded line without secrets and escape sequences', () => {
  const failure = failureOf(
    {
      message: `bad\u001b]52;c;AAAA\u0007 key very-secret\n\u202eevil ${'x'.repeat(5000)}`,
      type: 'invalid_request_error',
    },
    context,
  )
  expect(failure.message).not.toMatch(/[\p{Cc}\p{Cf}]|very-secret/u)
  expect(failure.message).toContain('[key]')
  expect(failure.message.length).toBeLessThan(600)
})

test('keys that a provider quotes in part are taken out as well', () => {
  expect(cleanText('Incorrect API key provided: sk-proj-abc*******************xyz.')).toBe(
    'Incorrect API key provided: [key].',
  )
})
