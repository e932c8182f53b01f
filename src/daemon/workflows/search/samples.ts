import type { SearchResult } from '../../tools/search-providers.ts'

export const sampleNotice =
  '**Sample**: this run was simulated. Nothing was searched or read, and no model was asked; what follows is made up.'

/** Results of no search: every title says so. `example.com` is nobody's. */
export const sampleResults = (query: string): readonly SearchResult[] =>
  ['An overview', 'A comparison', 'A report'].map((kind, index) => ({
    title: `Sample: ${kind.toLowerCase()} of ${query.slice(0, 100)}`,
    url: `https://example.com/sample-${index + 1}`,
    snippet: `Sample text ${index + 1}: what ${kind.toLowerCase()} might say would stand here.`,
  }))
