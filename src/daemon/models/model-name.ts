import { SparkyError } from '../../protocol/failure.ts'

export const providers = ['google', 'anthropic', 'openai', 'ollama', 'offline'] as const
export type Provider = (typeof providers)[number]

/** A model by its two names: Sparky's name of the provider, the provider's name of the model. */
export interface ModelName {
  readonly provider: Provider
  readonly modelId: string
}

export const offlineDemo = 'offline/demo'

/** `provider/model` as written in tasks and events. */
export const nameOf = ({ provider, modelId }: ModelName): string => `${provider}/${modelId}`

/**
 * Reads `provider/model` (`openai/meta-llama/llama-4` too: the first slash counts) or a bare name whose family is
 * known. Throws `model_not_found`, saying which forms there are.
 */
export const parseModelName = (name: string): ModelName => {
  const text = name.trim()
  const slash = text.indexOf('/')
  const provider =
    slash === -1 ? bareProvider(text) : providers.find((known) => known === text.slice(0, slash))
  const modelId = text.slice(slash + 1)
  const isKnown = provider !== undefined && modelId !== '' && !/[\s\p{Cc}]/u.test(modelId)
  if (!isKnown || (provider === 'offline' && text !== offlineDemo)) throw unknownName(text)
  return { provider, modelId }
}

const families: readonly (readonly [RegExp, Provider])[] = [
  [/^gemini-/, 'google'],
  [/^claude-/, 'anthropic'],
  [/^(gpt-|chatgpt-|o\d)/, 'openai'],
]

const bareProvider = (name: string): Provider | undefined =>
  families.find(([family]) => family.test(name))?.[1]

const unknownName = (name: string): SparkyError =>
  new SparkyError(
    'model_not_found',
    `expected a model as provider/model (google/…, anthropic/…, openai/…, ollama/…, ${offlineDemo}) or as a bare ` +
      `name (gemini-…, claude-…, gpt-…), found "${name.slice(0, 200)}"; "sparky models list" shows what there is`,
  )
