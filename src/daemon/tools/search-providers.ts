import * as z from 'zod'
import { SparkyError } from '../../protocol/failure.ts'
import { withDeadline } from './deadline.ts'
import type { SearchSettings } from './tool.ts'

export interface SearchResult {
  readonly title: string
  readonly url: string
  readonly snippet: string
}

export interface WebQuery {
  readonly query: string
  readonly maxResults: number
  readonly signal: AbortSignal
}

type Settings = Exclude<SearchSettings, null>

const timeoutMs = 15_000
const maxAnswerBytes = 5 * 1024 * 1024

/** Asks the configured provider. Throws `tool_failed` with what to do about it. */
export const searchWeb = async (settings: Settings, query: WebQuery): Promise<readonly SearchResult[]> => {
  const answer = await ask(settings, requestOf(settings, query), query.signal)
  return resultsOf(settings, answer).slice(0, query.maxResults)
}

interface ProviderRequest {
  readonly url: string
  readonly init: RequestInit
}

const requestOf = (settings: Settings, { query, maxResults }: WebQuery): ProviderRequest => {
  const address = settings.baseUrl.replace(/\/+$/, '')
  const params = (values: Record<string, string>): string => new URLSearchParams(values).toString()
  switch (settings.provider) {
    case 'tavily':
      return {
        url: `${address}/search`,
        init: {
          method: 'POST',
          headers: { authorization: `Bearer ${settings.apiKey}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query, max_results: maxResults }),
        },
      }
    case 'brave':
      return {
        url: `${address}/res/v1/web/search?${params({ q: query, count: String(maxResults) })}`,
        init: { headers: { 'x-subscription-token': settings.apiKey, accept: 'application/json' } },
      }
    case 'searxng':
      return {
        url: `${address}/search?${params({ q: query, format: 'json' })}`,
        init: { headers: { accept: 'application/json' } },
      }
  }
}

const ask = (settings: Settings, { url, init }: ProviderRequest, signal: AbortSignal): Promise<unknown> => {
  const late = failure(settings, `it did not answer within ${timeoutMs / 1000} s`)
  return withDeadline({ signal, timeoutMs, late }, async (signal) => {
    try {
      // A redirect would carry the key to wherever it points.
      const response = await fetch(url, { ...init, redirect: 'manual', signal })
      if (!response.ok) throw refused(settings, response.status)
      return JSON.parse(await readText(response)) as unknown
    } catch (error) {
      if (error instanceof SparkyError) throw error
      if (error instanceof SyntaxError) throw failure(settings, 'its answer is no JSON')
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      throw failure(
        settings,
        `it cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`,
      )
    }
  })
}

const readText = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxAnswerBytes)
      throw new SparkyError('tool_failed', 'the search provider answered with more than 5 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Providers say more than is needed; what is not text counts as left out, and what has no address as not found. */
const text = z.string().catch('')
const page = { title: text, url: text }
const found = <T extends { readonly url: string }>(result: z.ZodType<T>) =>
  z
    .array(result.or(z.unknown().transform(() => null)))
    .transform((results) => results.filter((one) => one !== null && one.url !== '') as T[])
const tavilyAnswer = z.object({ results: found(z.object({ ...page, content: text })) })
const braveAnswer = z.object({
  web: z.object({ results: found(z.object({ ...page, description: text })) }).nullish(),
})

const resultsOf = (settings: Settings, answer: unknown): readonly SearchResult[] => {
  switch (settings.provider) {
    case 'tavily':
    case 'searxng':
      return parse(settings, tavilyAnswer, answer).results.map(({ title, url, content }) => ({
        title,
        url,
        snippet: content,
      }))
    case 'brave':
      return (parse(settings, braveAnswer, answer).web?.results ?? []).map(({ title, url, description }) => ({
        title: plain(title),
        url,
        snippet: plain(description),
      }))
  }
}

const parse = <T>(settings: Settings, schema: z.ZodType<T>, answer: unknown): T => {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw failure(settings, 'its answer has no list of results')
}

/** Brave marks the words that it found with tags, and writes entities. */
const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

const names = { tavily: 'Tavily', brave: 'Brave Search', searxng: 'SearXNG' } as const
const keyNames = { tavily: 'TAVILY_API_KEY', brave: 'BRAVE_API_KEY' } as const

const refused = (settings: Settings, status: number): SparkyError => {
  if (settings.provider === 'searxng') {
    const hint =
      status === 403 ? 'The JSON format must be on in its settings.yml (search.formats).' : undefined
    return failure(settings, `it answered with HTTP ${status}`, hint)
  }
  // Brave answers 422 to a token that it does not know, Tavily 432 and 433 to a plan that is used up.
  if ([401, 403, 422].includes(status)) {
    return failure(
      settings,
      `the key was not accepted (HTTP ${status})`,
      `A person must check ${keyNames[settings.provider]}.`,
    )
  }
  if ([429, 432, 433].includes(status)) {
    return failure(
      settings,
      `too many searches, or the plan is used up (HTTP ${status})`,
      'Search less, or later.',
    )
  }
  return failure(settings, `it answered with HTTP ${status}`)
}

const failure = ({ provider }: Settings, reason: string, hint?: string): SparkyError =>
  new SparkyError('tool_failed', `${names[provider]}: ${reason}`, { hint })
