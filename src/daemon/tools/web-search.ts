import * as z from 'zod'
import { SparkyError } from '../../protocol/failure.ts'
import { searchWeb, type SearchResult } from './search-providers.ts'
import { defineTool } from './tool.ts'

const defaultResults = 5
const whyNot = 'no search provider is configured: set TAVILY_API_KEY, BRAVE_API_KEY or SEARXNG_URL'

export const webSearch = defineTool({
  name: 'web_search',
  description:
    'Searches the web and returns titles, addresses and snippets. Use fetch_url to read a page that looks right.',
  effect: 'pure',
  input: z.strictObject({
    query: z.string().min(1).max(400).describe('What to search for, in a few words.'),
    max_results: z
      .int()
      .min(1)
      .max(20)
      .optional()
      .describe(`How many results, 20 at most. Default: ${defaultResults}.`),
  }),
  available: ({ search }) => search !== null,
  whyNot,
  run: async ({ query, max_results: maxResults = defaultResults }, { search, signal }) => {
    if (search === null) throw new SparkyError('search_not_configured', whyNot)
    const results = await searchWeb(search, { query, maxResults, signal })
    return {
      status: 'ok',
      text: results.length === 0 ? `Nothing found for "${query}".` : results.map(entry).join('\n\n'),
      details: { query, results: results.map((result) => ({ ...result })) },
    }
  },
})

const entry = ({ title, url, snippet }: SearchResult, index: number): string =>
  [
    `${index + 1}. ${title}`,
    `   ${url}`,
    ...(snippet === '' ? [] : [`   ${snippet.replace(/\s+/g, ' ').trim()}`]),
  ].join('\n')
