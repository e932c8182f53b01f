import { expect, test } from 'vitest'
import { listModels } from '../../../src/daemon/inspect.ts'
import { startModelServer, type ModelServer } from '../../support/model-server.ts'
import { aServer } from './wire-models.ts'

const noOllama = { OLLAMA_HOST: 'http://127.0.0.1:9' }

const environmentOf = (server: ModelServer, key = 'test-key'): Record<string, string> => ({
  GEMINI_API_KEY: key,
  ANTHROPIC_API_KEY: key,
  OPENAI_API_KEY: key,
  GOOGLE_GEMINI_BASE_URL: server.url,
  ANTHROPIC_BASE_URL: server.url,
  OPENAI_BASE_URL: server.url,
  OLLAMA_HOST: server.url,
})

test('every provider tells its models, and whether the key is accepted', async () => {
  const server = await aServer([], 'test-key')

  const { providers, chosen } = await listModels({
    environment: environmentOf(server),
    config: {},
    timeoutMs: 5000,
  })

  const seen = { configured: true, reachable: true, problem: null }
  expect(providers).toMatchObject([
    {
      provider: 'google',
      ...seen,
      key_accepted: true,
      key_name: 'GEMINI_API_KEY',
      models: ['google/gemini-flash-latest'],
    },
    { provider: 'anthropic', ...seen, key_accepted: true, models: ['anthropic/claude-haiku-4-5'] },
    { provider: 'openai', ...seen, key_accepted: true, models: ['openai/gpt-5-mini'] },
    { provider: 'ollama', ...seen, key_accepted: null, models: ['ollama/llama3.2:latest'] },
    { provider: 'offline', configured: true, reachable: null, models: ['offline/demo'] },
  ])
  expect(chosen).toEqual({ name: 'google/gemini-flash-latest', why: 'GEMINI_API_KEY' })
})

test('a key that is not accepted is told, without the key', async () => {
  const server = await aServer([], 'the-right-key')

  const { providers } = await listModels({
    environment: environmentOf(server, 'wrong-key'),
    config: {},
    timeoutMs: 5000,
  })

  for (const report of providers.slice(0, 3)) {
    expect(report, report.provider).toMatchObject({ reachable: true, key_accepted: false, models: [] })
    expect(report.problem).toMatch(/^the key is not accepted: /)
    expect(report.problem).not.toContain('wrong-key')
  }
})

test('nothing configured and nothing reachable ends at the offline demo', async () => {
  const { providers, chosen } = await listModels({ environment: noOllama, config: {}, timeoutMs: 2000 })

  expect(chosen).toEqual({ name: 'offline/demo', why: 'no provider is configured' })
  expect(providers[0]).toMatchObject({ configured: false, reachable: null, key_accepted: null, models: [] })
  expect(providers[0]?.problem).toMatch(/no key for google; set GEMINI_API_KEY/)
  expect(providers[3]).toMatchObject({
    configured: false,
    reachable: false,
    problem: expect.stringContaining('nothing answers'),
  })
})

test('a provider that cannot be reached is told by its address', async () => {
  const server = await startModelServer()
  await server.close()

  const { providers } = await listModels({
    environment: { ...noOllama, ANTHROPIC_API_KEY: 'a', ANTHROPIC_BASE_URL: server.url },
    config: {},
    timeoutMs: 2000,
  })

  expect(providers[1]).toMatchObject({ configured: true, reachable: false, key_accepted: null })
  expect(providers[1]?.problem).toContain(`${server.url}/v1/models`)
})

test('a wish that cannot be fulfilled is told instead of a choice', async () => {
  const report = await listModels({
    environment: { ...noOllama, AGENT_MODEL: 'gpt-5' },
    config: { model: 'offline/demo' },
    timeoutMs: 2000,
  })
  expect(report.chosen).toBeNull()
  expect(report.problem).toMatch(/openai\/gpt-5 cannot be used: no key for openai/)
})

test('the configuration chooses where the environment does not', async () => {
  const { chosen } = await listModels({
    environment: noOllama,
    config: { model: 'offline/demo' },
    timeoutMs: 2000,
  })
  expect(chosen).toEqual({ name: 'offline/demo', why: 'configuration' })
})
