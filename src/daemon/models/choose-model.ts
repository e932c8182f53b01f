import { SparkyError } from '../../protocol/failure.ts'
import { nameOf, parseModelName, type ModelName, type Provider } from './model-name.ts'
import type { OllamaProbe } from './ollama.ts'
import { keyedProviders, keyVariables, type KeyedProvider, type ModelSettings } from './provider-settings.ts'

/** A model that somebody asked for, and where: `--model`, `agent "x"`, `AGENT_MODEL`, `configuration`. */
export interface ModelWish {
  readonly name: string | null | undefined
  readonly from: string
}

export interface ChosenModel extends ModelName {
  /** `provider/model` */
  readonly name: string
  /** Why this one, as a short phrase: where it was asked for, or what it was found by. */
  readonly why: string
}

/**
 * What a provider's key alone gives. Names that Anthropic and OpenAI keep for a generation of models (they have
 * none that move on by themselves), both documented as the balanced choice, seen 2026-11-20 in
 * platform.claude.com/docs/en/models/overview and developers.openai.com/api/docs/models.
 */
export const defaultModels: Readonly<Record<KeyedProvider, string>> = {
  google: 'gemini-flash-latest',
  anthropic: 'claude-sonnet-5-5',
  openai: 'gpt-6.1-sol',
}

/**
 * Which model: the first wish that names one, the first provider with a key, a reachable Ollama, else the offline
 * demo. A wish is never passed over: throws `model_not_found` for a name that cannot be read and
 * `model_not_configured` for a model whose provider has no key, saying how to give it one.
 */
export const chooseModel = async (
  wishes: readonly ModelWish[],
  settings: ModelSettings,
  ollama: OllamaProbe,
): Promise<ChosenModel> => {
  const wish = wishes.find(({ name }) => name?.trim())
  if (wish?.name) {
    const name = parseModelName(wish.name)
    checkConfigured(name, settings)
    return chosen(name, wish.from)
  }
  const provider = keyedProviders.find((one) => settings[one].apiKey !== null)
  if (provider !== undefined) {
    const name = { provider, modelId: defaultModels[provider] }
    checkConfigured(name, settings)
    return chosen(name, settings[provider].keyName ?? '')
  }
  const [installed] = (settings.ollama.problem === null && (await ollama.installed())) || []
  if (installed !== undefined) {
    return chosen({ provider: 'ollama', modelId: installed }, `Ollama at ${settings.ollama.baseUrl}`)
  }
  return chosen({ provider: 'offline', modelId: 'demo' }, 'no provider is configured')
}

/** Throws `model_not_configured` where this model's provider lacks a key, or has settings that cannot be right. */
export const checkConfigured = (model: ModelName, settings: ModelSettings): void => {
  const problem = problemOf(model.provider, settings)
  if (problem !== null) {
    throw new SparkyError('model_not_configured', `${nameOf(model)} cannot be used: ${problem}`)
  }
}

/** What keeps a provider's models from being used, with what to do about it; null where nothing does. */
export const problemOf = (provider: Provider, settings: ModelSettings): string | null => {
  switch (provider) {
    case 'offline':
      return null
    case 'ollama':
      return settings.ollama.problem
    case 'google':
    case 'anthropic':
    case 'openai': {
      const { problem, apiKey, baseUrl } = settings[provider]
      // Compatible servers on one's own machine mostly want no key.
      const needsKey = provider !== 'openai' || baseUrl === null
      return problem ?? (apiKey === null && needsKey ? missingKey(provider) : null)
    }
  }
}

/** Ways to get a model that is one, for whoever has none. */
export const waysToConfigure =
  `set GEMINI_API_KEY, ANTHROPIC_API_KEY or OPENAI_API_KEY, or "sparky config set providers.google.api_key …", ` +
  `or start Ollama, or name a model with --model`

const missingKey = (provider: KeyedProvider): string =>
  `no key for ${provider}; set ${keyVariables[provider][0]}, or run ` +
  `"sparky config set providers.${provider}.api_key KEY" (or choose another model: "sparky models list")`

const chosen = (model: ModelName, why: string): ChosenModel => ({ ...model, name: nameOf(model), why })
