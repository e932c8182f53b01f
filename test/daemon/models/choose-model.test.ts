import { expect, test } from 'vitest'
import { chooseModel, type ModelWish } from '../../../src/daemon/models/choose-model.ts'
import { makeModel } from '../../../src/daemon/models/make-model.ts'
import { parseModelName } from '../../../src/daemon/models/model-name.ts'
import { ollamaProbe } from '../../../src/daemon/models/ollama.ts'
import { providerSettings } from '../../../src/daemon/models/provider-settings.ts'
import { aServer } from './wire-models.ts'

const noOllama = { installed: async () => null }

const choose = (
  wishes: readonly ModelWish[],
  environment: Record<string, string>,
  installed: readonly string[] | null = null,
) => chooseModel(wishes, providerSettings(environment, {}), { installed: async () => installed })

test('the first wish that names a model is chosen, above every key', async () => {
  const wishes = [
    { name: null, from: '--model' },
    { name: '', from: 'agent' },
    { name: 'claude-opus-5', from: 'AGENT_MODEL' },
    { name: 'gpt-5', from: 'configuration' },
  ]
  expect(await choose(wishes, { ANTHROPIC_API_KEY: 'a', GEMINI_API_KEY: 'g' })).toEqual({
    name: 'anthropic/claude-opus-5',
    provider: 'anthropic',
    modelId: 'claude-opus-5',
    why: 'AGENT_MODEL',
  })
})

test('without a wish the first provider with a key is chosen: Google, Anthropic, OpenAI', async () => {
  const all = { GEMINI_API_KEY: 'g', ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'o' }
  expect((await choose([], all)).name).toBe('google/gemini-flash-latest')
  expect(await choose([], { ...all, GEMINI_API_KEY: '' })).toMatchObject({
    provider: 'anthropic',
    why: 'ANTHROPIC_API_KEY',
  })
  expect((await choose([], { OPENAI_API_KEY: 'o' })).provider).toBe('openai')
})

test('without a key an Ollama that has a model is chosen, else the offline demo', async () => {
  expect((await choose([], {}, ['qwen3:8b', 'llama3.2']))?.name).toBe('ollama/qwen3:8b')
  expect((await choose([], {}, []))?.name).toBe('offline/demo')
  expect((await choose([], {}))?.name).toBe('offline/demo')
})

test('a model without a key is refused with the variable and the command that give it one', async () => {
  await expect(choose([{ name: 'gpt-5', from: '--model' }], { GEMINI_API_KEY: 'g' })).rejects.toMatchObject({
    code: 'model_not_configured',
    message: expect.stringMatching(
      /openai\/gpt-5 .*OPENAI_API_KEY.*sparky config set providers\.openai\.api_key/,
    ),
  })
})

test('a compatible server behind OPENAI_BASE_URL may want no key', async () => {
  const wish = [{ name: 'openai/qwen', from: '--model' }]
  expect((await choose(wish, { OPENAI_BASE_URL: 'http://localhost:1234' })).name).toBe('openai/qwen')
})

test('settings that cannot be right are told when their model is chosen, and only then', async () => {
  const environment = { ANTHROPIC_API_KEY: 'a', ANTHROPIC_BASE_URL: 'ftp://x', GEMINI_API_KEY: 'g' }
  expect((await choose([], environment)).provider).toBe('google')
  const settings = providerSettings(environment, {})
  await expect(
    makeModel({ provider: 'anthropic', modelId: 'claude-opus-5' }, settings),
  ).rejects.toMatchObject({
    code: 'model_not_configured',
    message: expect.stringContaining('expected ANTHROPIC_BASE_URL to be an http or https address'),
  })
})

test.each([
  ['gemini-2.5-pro', 'google', 'gemini-2.5-pro'],
  ['claude-sonnet-5-5', 'anthropic', 'claude-sonnet-5-5'],
  ['gpt-5', 'openai', 'gpt-5'],
  ['chatgpt-4o-latest', 'openai', 'chatgpt-4o-latest'],
  ['o3-mini', 'openai', 'o3-mini'],
  ['o4-mini', 'openai', 'o4-mini'],
  ['openai/meta-llama/llama-4', 'openai', 'meta-llama/llama-4'],
  ['ollama/llama3.2:latest', 'ollama', 'llama3.2:latest'],
  ['offline/demo', 'offline', 'demo'],
])('%s is a model of %s', (name, provider, modelId) => {
  expect(parseModelName(name)).toEqual({ provider, modelId })
})

test.each(['llama3', 'mistral/large', 'offline/other', 'google/', '/gemini-pro', 'gemini-pro\nx', 'omega'])(
  '%j is no name of a model, and the message says which forms there are',
  async (name) => {
    await expect(choose([{ name, from: '--model' }], { GEMINI_API_KEY: 'g' })).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringMatching(/provider\/model.*gemini-….*found "/s),
    })
  },
)

test('Ollama is asked once in a while, and embedding models do not count', async () => {
  const server = await aServer([])
  const probe = ollamaProbe({ baseUrl: `${server.url}/v1` })
  const [first, second] = await Promise.all([probe.installed(), probe.installed()])
  expect(first).toEqual(['llama3.2:latest'])
  expect(second).toBe(first)
})

test('an address where nothing listens is no Ollama, and a refusal takes no time', async () => {
  const server = await aServer([])
  await server.close()
  expect(await ollamaProbe({ baseUrl: `${server.url}/v1` }).installed()).toBeNull()
})

test('an unknown choice falls back to the demo, which makes a model without any key', async () => {
  const chosen = await chooseModel([], providerSettings({}, {}), noOllama)
  const model = await makeModel(chosen, providerSettings({}, {}))
  expect(model.name).toBe('offline/demo')
  expect(chosen.why).toBe('no provider is configured')
})
