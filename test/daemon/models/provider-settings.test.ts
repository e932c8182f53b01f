import { expect, test } from 'vitest'
import { providerSettings } from '../../../src/daemon/models/provider-settings.ts'

test('nothing set means no key, the providers own addresses and Ollama where it always is', () => {
  expect(providerSettings({}, {})).toEqual({
    google: { apiKey: null, keyName: null, baseUrl: null, problem: null },
    anthropic: { apiKey: null, keyName: null, baseUrl: null, problem: null },
    openai: { apiKey: null, keyName: null, baseUrl: null, problem: null },
    ollama: { baseUrl: 'http://127.0.0.1:11434/v1', problem: null },
    search: null,
    secrets: [],
    keyNames: [],
  })
})

test.each(['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'])(
  '%s is a key for Google',
  (name) => {
    expect(providerSettings({ [name]: 'g' }, {}).google).toMatchObject({ apiKey: 'g', keyName: name })
  },
)

test('the environment beats the configuration, and empty means not set', () => {
  const config = { providers: { openai: { api_key: 'from-config', base_url: 'http://localhost:1' } } }

  expect(
    providerSettings({ OPENAI_API_KEY: 'from-env', OPENAI_BASE_URL: 'http://localhost:2' }, config).openai,
  ).toEqual({
    apiKey: 'from-env',
    keyName: 'OPENAI_API_KEY',
    baseUrl: 'http://localhost:2/v1',
    problem: null,
  })
  expect(providerSettings({ OPENAI_API_KEY: ' ', OPENAI_BASE_URL: '' }, config).openai).toEqual({
    apiKey: 'from-config',
    keyName: 'providers.openai.api_key',
    baseUrl: 'http://localhost:1/v1',
    problem: null,
  })
})

test('a key is taken without the line break behind it', () => {
  expect(providerSettings({ ANTHROPIC_API_KEY: 'sk-ant-1\n' }, {}).anthropic.apiKey).toBe('sk-ant-1')
})

test('a key that no header can carry is a problem, told without the key', () => {
  const { problem } = providerSettings({ GEMINI_API_KEY: 'gehe\u00efm key' }, {}).google
  expect(problem).toMatch(/^expected GEMINI_API_KEY to be a key of printable ASCII/)
  expect(problem).not.toContain('gehe')
})

test('every secret is known for the log, and every key by its name', () => {
  const settings = providerSettings(
    { GEMINI_API_KEY: 'g-1', TAVILY_API_KEY: 't-1' },
    { providers: { brave: { api_key: 'b-1' }, openai: { api_key: 'o-1' } } },
  )
  expect(settings.secrets).toEqual(['g-1', 'o-1', 't-1', 'b-1'])
  expect(settings.keyNames).toEqual([
    'GEMINI_API_KEY',
    'providers.openai.api_key',
    'TAVILY_API_KEY',
    'providers.brave.api_key',
  ])
})

test('the first search provider that has what it needs is taken', () => {
  const all = { TAVILY_API_KEY: 't', BRAVE_API_KEY: 'b', SEARXNG_URL: 'http://localhost:8888/' }
  expect(providerSettings(all, {}).search).toEqual({
    provider: 'tavily',
    apiKey: 't',
    baseUrl: 'https://api.tavily.com',
  })
  expect(providerSettings({ ...all, TAVILY_API_KEY: '' }, {}).search).toEqual({
    provider: 'brave',
    apiKey: 'b',
    baseUrl: 'https://api.search.brave.com',
  })
  expect(providerSettings({ SEARXNG_URL: all.SEARXNG_URL }, {}).search).toEqual({
    provider: 'searxng',
    baseUrl: 'http://localhost:8888',
  })
})

test('a SearXNG may be named without a scheme', () => {
  expect(providerSettings({ SEARXNG_URL: 'localhost:8888' }, {}).search).toMatchObject({
    baseUrl: 'http://localhost:8888',
  })
})

test('the search provider that the configuration names is the only one that counts', () => {
  const config = { search: { provider: 'brave' as const } }
  expect(providerSettings({ TAVILY_API_KEY: 't', BRAVE_API_KEY: 'b' }, config).search).toMatchObject({
    provider: 'brave',
  })
  expect(providerSettings({ TAVILY_API_KEY: 't' }, config).search).toBeNull()
})

test('search providers can stand at another address', () => {
  const environment = { TAVILY_API_KEY: 't', TAVILY_BASE_URL: 'http://127.0.0.1:5000/' }
  expect(providerSettings(environment, {}).search).toMatchObject({ baseUrl: 'http://127.0.0.1:5000' })
})
