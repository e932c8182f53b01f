import type { SearchResult } from '../../tools/search-providers.ts'
import type { NodeContext } from '../workflow-program.ts'
import { mergeResults } from './merge-results.ts'
import { sampleResults } from './samples.ts'
import type { SearchState } from './search-state.ts'

const resultsPerQuery = 6

/** All queries side by side; fails only where every one of them does. */
export const searchAll = async (
  { query, queries }: SearchState,
  context: NodeContext,
): Promise<Partial<SearchState>> => {
  if (context.simulate) {
    const results = sampleResults(query)
    await context.pretend('web_search', `Sample: ${results.length} made-up results`)
    return { results }
  }
  const searched = await Promise.allSettled(
    queries.map((query) => context.tool('web_search', { query, max_results: resultsPerQuery })),
  )
  const found: (readonly SearchResult[])[] = []
  const failedQueries: { query: string; reason: string }[] = []
  for (const [index, one] of searched.entries()) {
    if (one.status === 'fulfilled') found.push(one.value.details['results'] as unknown as SearchResult[])
    else failedQueries.push({ query: queries[index] ?? '', reason: (one.reason as Error).message })
  }
  const [first] = searched
  if (found.length === 0 && first?.status === 'rejected') throw first.reason
  return { results: mergeResults(found), failedQueries }
}
