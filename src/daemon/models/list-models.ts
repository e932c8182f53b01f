import * as z from 'zod'
import type { ModelRow } from '../../protocol/inspection.ts'
import type { Config } from '../../protocol/config.ts'
import { toFailure } from '../../protocol/failure.ts'
import { chooseModel, defaultModels, problemOf, type ModelWish } from './choose-model.ts'
import { cleanText } from './clean-text.ts'
import { member } from './dialect.ts'
import { getJson, type JsonAnswer } from './get-json.ts'
import { nameOf, providers, type Provider } from './model-name.ts'
import { networkTrouble } from './network-trouble.ts'
import { installedModels } from './ollama.ts'
import { providerSettings, type KeyedProvider, type ModelSettings } from './provider-settings.ts'

/** A provider as `sparky models list` and `sparky doctor` show it. */
export interface ProviderReport {
  readonly provider: Provider
  /** Whether it has a key; Ollama: whether it answers. */
  readonly configured: boolean
  /** Where its key comes from: a variable or a configuration key. */
  readonly key_name: string | null
  /** Null: not asked. */
  readonly reachable: boolean | null
  /** Null: not asked, or the provider did not say. */
  readonly key_accepted: boolean | null
  /** `provider/model`, as the provider lists them. */
  readonly models: readonly string[]
  readonly default_model: string | null
  /** What is wrong and what to do about it. */
  readonly problem: string | null
}

export interface ModelReport {
  /** The model that a task would get here; null where none can be had, then `problem` says why. */
  readonly chosen: { readonly name: string; readonly why: string } | null
  readonly problem: string | null
  readonly providers: readonly ProviderReport[]
}

interface ListModelsOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly config: Config
  /** A model that was asked for on the command line. */
  readonly flag?: string | null
  /** How long each provider may take to answer. */
  readonly timeoutMs: number
}

/** Asks every configured provider which models it has. Never rejects: what went wrong stands in the report. */
export const listModels = async ({
  environment,
  config,
  flag = null,
  timeoutMs,
}: ListModelsOptions): Promise<ModelReport> => {
  const settings = providerSettings(environment, config)
  const reports = await Promise.all(providers.map((provider) => report(provider, settings, timeoutMs)))
  const wishes: readonly ModelWish[] = [
    { name: flag, from: '--model' },
    { name: environment['AGENT_MODEL'], from: 'AGENT_MODEL' },
    { name: config.model, from: 'configuration' },
  ]
  const ollama = reports.find(({ provider }) => provider === 'ollama')
  const installed =
    ollama?.reachable === true ? ollama.models.map((name) => name.replace(/^ollama\//, '')) : null
  try {
    const { name, why } = await chooseModel(wishes, settings, { installed: async () => installed })
    return { chosen: { name, why }, problem: null, providers: reports }
  } catch (error) {
    return { chosen: null, problem: toFailure(error).message, providers: reports }
  }
}

/** The models of a report as rows. The default of a provider is among them also where it did not list it. */
export const modelRows = ({ chosen, providers }: ModelReport): ModelRow[] =>
  providers
    .filter(({ configured }) => configured)
    .flatMap(({ provider, models, default_model }) =>
      [...new Set([...(default_model === null ? [] : [default_model]), ...models])].map((name) => ({
        name,
        provider,
        default: name === default_model,
        chosen: name === chosen?.name,
      })),
    )

const report = async (
  provider: Provider,
  settings: ModelSettings,
  timeoutMs: number,
): Promise<ProviderReport> => {
  switch (provider) {
    case 'offline':
      return {
        ...unasked(provider),
        configured: true,
        models: ['offline/demo'],
        default_model: 'offline/demo',
      }
    case 'ollama':
      return reportOllama(settings, timeoutMs)
    case 'google':
    case 'anthropic':
    case 'openai':
      return reportKeyed(provider, settings, timeoutMs)
  }
}

const unasked = (provider: Provider): ProviderReport => ({
  provider,
  configured: false,
  key_name: null,
  reachable: null,
  key_accepted: null,
  models: [],
  default_model: null,
  problem: null,
})

const reportOllama = async (settings: ModelSettings, timeoutMs: number): Promise<ProviderReport> => {
  const { baseUrl, problem } = settings.ollama
  if (problem !== null) return { ...unasked('ollama'), problem }
  try {
    const models = (await installedModels(baseUrl, timeoutMs)).map((modelId) =>
      nameOf({ provider: 'ollama', modelId }),
    )
    return {
      ...unasked('ollama'),
      configured: true,
      reachable: true,
      models,
      default_model: models[0] ?? null,
      problem: models.length === 0 ? 'Ollama has no model yet; "ollama pull NAME" installs one' : null,
    }
  } catch (error) {
    return { ...unasked('ollama'), reachable: false, problem: troubleText(error, baseUrl) }
  }
}

const reportKeyed = async (
  provider: KeyedProvider,
  settings: ModelSettings,
  timeoutMs: number,
): Promise<ProviderReport> => {
  const { apiKey, keyName, baseUrl } = settings[provider]
  const problem = problemOf(provider, settings)
  const base: ProviderReport = {
    ...unasked(provider),
    configured: problem === null,
    key_name: keyName,
    default_model: nameOf({ provider, modelId: defaultModels[provider] }),
    problem,
  }
  if (problem !== null) return base
  const endpoint = listEndpoints[provider]
  const address = `${baseUrl ?? endpoint.url}/models`
  try {
    const answer = await getJson(`${address}${endpoint.query}`, {
      headers: endpoint.headers(apiKey),
      timeoutMs,
    })
    return {
      ...base,
      reachable: true,
      ...readAnswer(answer, settings, (json) => endpoint.models(json, baseUrl !== null)),
    }
  } catch (error) {
    return { ...base, reachable: false, problem: troubleText(error, address) }
  }
}

const readAnswer = (
  { status, json }: JsonAnswer,
  settings: ModelSettings,
  models: (json: unknown) => readonly string[] | null,
): Pick<ProviderReport, 'key_accepted' | 'models' | 'problem'> => {
  const listed = status === 200 ? models(json) : null
  if (listed !== null) return { key_accepted: true, models: listed, problem: null }
  const said = member(json, 'error', 'message')
  const text = typeof said === 'string' ? cleanText(said, settings.secrets) : `answered ${status}`
  const isRefused = status === 401 || status === 403 || (status === 400 && /api key/i.test(text))
  return {
    key_accepted: isRefused ? false : null,
    models: [],
    problem: isRefused ? `the key is not accepted: ${text}` : `does not list its models: ${text}`,
  }
}

interface ListEndpoint {
  readonly url: string
  /** All models in one page. */
  readonly query: string
  headers(apiKey: string | null): Readonly<Record<string, string>>
  /** Names of the models that can chat; null where the answer is no list. */
  models(json: unknown, isOwnAddress: boolean): readonly string[] | null
}

const idsSchema = z.object({ data: z.array(z.object({ id: z.string() })) })
const googleSchema = z.object({
  models: z.array(z.object({ name: z.string(), supportedGenerationMethods: z.array(z.string()).optional() })),
})

const idsOf = (json: unknown): readonly string[] | null => {
  const parsed = idsSchema.safeParse(json)
  return parsed.success ? parsed.data.data.map(({ id }) => id) : null
}

const listEndpoints: Readonly<Record<KeyedProvider, ListEndpoint>> = {
  google: {
    url: 'https://generativelanguage.googleapis.com/v1beta',
    query: '?pageSize=1000',
    headers: (key) => ({ 'x-goog-api-key': key ?? '' }),
    models: (json) => {
      const parsed = googleSchema.safeParse(json)
      if (!parsed.success) return null
      return parsed.data.models
        .filter(({ supportedGenerationMethods: methods }) => methods?.includes('generateContent') ?? true)
        .map(({ name }) => `google/${name.replace(/^models\//, '')}`)
    },
  },
  anthropic: {
    url: 'https://api.anthropic.com/v1',
    query: '?limit=1000',
    headers: (key) => ({ 'x-api-key': key ?? '', 'anthropic-version': '2023-06-01' }),
    models: (json) => idsOf(json)?.map((id) => `anthropic/${id}`) ?? null,
  },
  openai: {
    url: 'https://api.openai.com/v1',
    query: '',
    headers: (key): Record<string, string> => (key === null ? {} : { authorization: `Bearer ${key}` }),
    models: (json, isOwnAddress) =>
      idsOf(json)
        ?.filter((id) => isOwnAddress || (chats.test(id) && !special.test(id)))
        .map((id) => `openai/${id}`) ?? null,
  },
}

/** OpenAI lists everything that it serves, without saying what can chat. */
const chats = /^(gpt-|chatgpt-|o\d)/
const special = /audio|realtime|image|transcribe|tts|search|instruct|moderation|embedding|live/

const troubleText = (error: unknown, url: string): string =>
  networkTrouble(error, url)?.text ?? cleanText(error instanceof Error ? error.message : String(error))
