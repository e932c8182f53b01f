import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { member, type Dialect } from './dialect.ts'

interface CompatibleServer {
  readonly baseUrl: string
  /** Null where the server wants none. */
  readonly apiKey: string | null
}

/** Chat completions, which Ollama and everything else behind an `OPENAI_BASE_URL` speaks. */
export const compatibleDialect = ({ baseUrl, apiKey }: CompatibleServer): Dialect => ({
  languageModel: (modelId, fetch) =>
    createOpenAICompatible({
      name: 'compatible',
      baseURL: baseUrl,
      fetch,
      includeUsage: true,
      ...(apiKey !== null && { apiKey }),
    })(modelId),
  isFinish: (event) => typeof member(event, 'choices', 0, 'finish_reason') === 'string',
})
