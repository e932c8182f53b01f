import * as z from 'zod'
import { getJson } from './get-json.ts'

/** A look at which models an Ollama server has, remembered for a while so that many tasks cost one request. */
export interface OllamaProbe {
  /** Names of its models that can chat, newest first; null where no server answers. Never rejects. */
  installed(): Promise<readonly string[] | null>
}

interface OllamaProbeOptions {
  /** With its version path, as in `ModelSettings`. */
  readonly baseUrl: string
  readonly timeoutMs?: number
  readonly rememberMs?: number
}

export const ollamaProbe = ({
  baseUrl,
  timeoutMs = 500,
  rememberMs = 10_000,
}: OllamaProbeOptions): OllamaProbe => {
  let lookedAt = Number.NEGATIVE_INFINITY
  let look: Promise<readonly string[] | null> = Promise.resolve(null)
  return {
    installed: () => {
      const now = performance.now()
      if (now - lookedAt > rememberMs) {
        lookedAt = now
        look = installedModels(baseUrl, timeoutMs).catch(() => null)
      }
      return look
    },
  }
}

const tagsSchema = z.object({
  models: z.array(
    z.object({ name: z.string(), details: z.object({ family: z.string() }).partial().optional() }),
  ),
})

/** Rejects where no Ollama answers. */
export const installedModels = async (baseUrl: string, timeoutMs: number): Promise<readonly string[]> => {
  const { status, json } = await getJson(`${baseUrl.replace(/\/v\d+$/, '')}/api/tags`, { timeoutMs })
  if (status !== 200) throw new Error(`the server answered ${status} to /api/tags`)
  const tags = tagsSchema.safeParse(json)
  if (!tags.success) throw new Error('the server does not answer like Ollama')
  return tags.data.models
    .filter(({ name, details }) => !/embed|rerank/i.test(name) && !/bert/i.test(details?.family ?? ''))
    .map(({ name }) => name)
}
