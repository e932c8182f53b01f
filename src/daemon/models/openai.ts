import { createOpenAI } from '@ai-sdk/openai'
import { member, type Dialect } from './dialect.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** OpenAI's own Responses API. Nothing is kept at OpenAI: reasoning travels encrypted in the prompt instead. */
export const openaiDialect = ({ apiKey, baseUrl }: ProviderSettings): Dialect => ({
  languageModel: (modelId, fetch) =>
    createOpenAI({ apiKey: apiKey ?? '', fetch, baseURL: baseUrl ?? ownAddress }).responses(modelId),
  strictTools: false,
  providerOptions: () => ({ openai: { store: false } }),
  isFinish: (event) => finishes.has(member(event, 'type')),
})

const finishes: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
])

/** Said, because the library would read it from the environment otherwise. */
const ownAddress = 'https://api.openai.com/v1'
