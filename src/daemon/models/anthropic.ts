import { createAnthropic } from '@ai-sdk/anthropic'
import { member, type Dialect } from './dialect.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** Anthropic's Messages API. */
export const anthropicDialect = ({ apiKey, baseUrl }: ProviderSettings): Dialect => ({
  languageModel: (modelId, fetch) =>
    createAnthropic({ apiKey: apiKey ?? '', fetch, baseURL: baseUrl ?? ownAddress })(modelId),
  isFinish: (event) => member(event, 'type') === 'message_stop',
})

/** Said, because the library would read it from the environment otherwise. */
const ownAddress = 'https://api.anthropic.com/v1'
