import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { member, type Dialect } from './dialect.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** Google's Gemini API. */
export const googleDialect = ({ apiKey, baseUrl }: ProviderSettings): Dialect => ({
  languageModel: (modelId, fetch) =>
    createGoogleGenerativeAI({ apiKey: apiKey ?? '', fetch, ...(baseUrl !== null && { baseURL: baseUrl }) })(
      modelId,
    ),
  providerOptions: (modelId) =>
    thinks(modelId) ? { google: { thinkingConfig: { includeThoughts: true } } } : {},
  isFinish: (event) => {
    const reason = member(event, 'candidates', 0, 'finishReason')
    // CONTINUATION: the AI SDK asks for the rest by itself. A blocked prompt gets no candidate at all.
    return (typeof reason === 'string' && reason !== 'CONTINUATION') || isBlocked(event)
  },
})

const isBlocked = (event: unknown): boolean =>
  typeof member(event, 'promptFeedback', 'blockReason') === 'string'

/** Gemini thinks from 2.5 on; the API refuses the option for what does not. */
const thinks = (modelId: string): boolean =>
  /^gemini-(2\.5|[3-9]|\d\d|(flash|flash-lite|pro)-latest)/.test(modelId) &&
  !/image|tts|audio|live/.test(modelId)
