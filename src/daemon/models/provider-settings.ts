import type { Config } from '../../protocol/config.ts'
import type { SearchSettings } from '../tools/tool.ts'
import { addressOf, type Address } from './base-url.ts'

type Environment = Readonly<Record<string, string | undefined>>

export const keyedProviders = ['google', 'anthropic', 'openai'] as const
/** Providers that need a key, in the order in which the first one with a key is chosen. */
export type KeyedProvider = (typeof keyedProviders)[number]

export interface ProviderSettings {
  readonly apiKey: string | null
  /** Where the key comes from: the name of a variable or of a configuration key. */
  readonly keyName: string | null
  /** With its version path and without a slash at the end; null for the provider's own address. */
  readonly baseUrl: string | null
  /** What is wrong with these settings, as one sentence; they are not to be used then. */
  readonly problem: string | null
}

/** What the daemon's environment and the configuration say about models and search. */
export interface ModelSettings extends Readonly<Record<KeyedProvider, ProviderSettings>> {
  readonly ollama: { readonly baseUrl: string; readonly problem: string | null }
  readonly search: SearchSettings
  /** Every secret among these settings. */
  readonly secrets: readonly string[]
  /** Where each provider's key comes from, search providers included; never a value. */
  readonly keyNames: readonly string[]
}

/** The variables that may hold a provider's key, the one that wins first. */
export const keyVariables: Readonly<Record<KeyedProvider, readonly [string, ...string[]]>> = {
  google: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  anthropic: ['ANTHROPIC_API_KEY'],
  openai: ['OPENAI_API_KEY'],
}

const baseUrlVariables: Readonly<Record<KeyedProvider, string>> = {
  google: 'GOOGLE_GEMINI_BASE_URL',
  anthropic: 'ANTHROPIC_BASE_URL',
  openai: 'OPENAI_BASE_URL',
}

const versions: Readonly<Record<KeyedProvider, string>> = { google: 'v1beta', anthropic: 'v1', openai: 'v1' }

/** Pure: the environment beats the configuration; empty means not set. Never throws: see `problem`. */
export const providerSettings = (environment: Environment, config: Config): ModelSettings => {
  const read = (name: string): Found | null => found(name, environment[name])
  const keyed = (provider: KeyedProvider): ProviderSettings => {
    const configured = config.providers?.[provider]
    const key =
      keyVariables[provider].map(read).find((value) => value !== null) ??
      found(`providers.${provider}.api_key`, configured?.api_key)
    const address = readAddress(
      read(baseUrlVariables[provider]) ?? found(`providers.${provider}.base_url`, configured?.base_url),
      { version: versions[provider] },
    )
    return {
      apiKey: key?.value ?? null,
      keyName: key?.name ?? null,
      baseUrl: address.url,
      problem: address.problem ?? keyProblem(key),
    }
  }
  const google = keyed('google')
  const anthropic = keyed('anthropic')
  const openai = keyed('openai')
  const ollama = readAddress(
    read('OLLAMA_HOST') ?? found('providers.ollama.base_url', config.providers?.ollama?.base_url),
    { version: 'v1', barePort: 11_434 },
  )
  const tavily =
    read('TAVILY_API_KEY') ?? found('providers.tavily.api_key', config.providers?.tavily?.api_key)
  const brave = read('BRAVE_API_KEY') ?? found('providers.brave.api_key', config.providers?.brave?.api_key)
  const keys = [google, anthropic, openai].map(({ keyName, apiKey }) => named(keyName, apiKey))
  const present = [...keys, tavily, brave].filter((key) => key !== null)

  return {
    google,
    anthropic,
    openai,
    ollama: { baseUrl: ollama.url ?? 'http://127.0.0.1:11434/v1', problem: ollama.problem },
    search: searchSettings({
      tavily,
      brave,
      searxng: read('SEARXNG_URL') ?? found('search.searxng_url', config.search?.searxng_url),
      tavilyUrl: read('TAVILY_BASE_URL')?.value ?? 'https://api.tavily.com',
      braveUrl: read('BRAVE_BASE_URL')?.value ?? 'https://api.search.brave.com',
      wanted: config.search?.provider ?? null,
    }),
    secrets: present.map(({ value }) => value),
    keyNames: present.map(({ name }) => name),
  }
}

interface Found {
  readonly name: string
  readonly value: string
}

const found = (name: string, value: string | undefined): Found | null => named(name, value?.trim() || null)

const named = (name: string | null, value: string | null): Found | null =>
  name === null || value === null ? null : { name, value }

const readAddress = (setting: Found | null, options: Parameters<typeof addressOf>[2]): Address =>
  setting === null ? { url: null, problem: null } : addressOf(setting.name, setting.value, options)

/** A header cannot carry anything else, and the runtime's own error about it would show the key. */
const keyProblem = (key: Found | null): string | null =>
  key === null || /^[\x21-\x7e]+$/.test(key.value)
    ? null
    : `expected ${key.name} to be a key of printable ASCII characters without spaces, found other characters in it`

interface SearchChoice {
  readonly tavily: Found | null
  readonly brave: Found | null
  readonly searxng: Found | null
  readonly tavilyUrl: string
  readonly braveUrl: string
  /** The provider that the configuration names. */
  readonly wanted: 'tavily' | 'brave' | 'searxng' | null
}

/** The provider that the configuration names, if it has what it needs; else the first that has. */
const searchSettings = (choice: SearchChoice): SearchSettings => {
  const { tavily, brave, searxng, wanted } = choice
  const candidates: readonly SearchSettings[] = [
    tavily && { provider: 'tavily', apiKey: tavily.value, baseUrl: withoutSlash(choice.tavilyUrl) },
    brave && { provider: 'brave', apiKey: brave.value, baseUrl: withoutSlash(choice.braveUrl) },
    searxng && { provider: 'searxng', baseUrl: withoutSlash(withScheme(searxng.value)) },
  ]
  return candidates.find((one) => one !== null && (wanted === null || one.provider === wanted)) ?? null
}

/** `localhost:8888` is how people write it, and a scheme named "localhost" to whoever parses it. */
const withScheme = (url: string): string => (/^https?:\/\//i.test(url) ? url : `http://${url}`)

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')
