import type { SearchResult } from '../../tools/search-providers.ts'

/** A page that was read, or what a search said of it. */
export interface Source {
  readonly title: string
  readonly url: string
  readonly text: string
}

/** A page that could not be read. */
export interface SkippedPage {
  readonly title: string
  readonly url: string
  readonly reason: string
}

export interface SearchState {
  readonly query: string
  readonly queries: readonly string[]
  readonly failedQueries: readonly { readonly query: string; readonly reason: string }[]
  readonly results: readonly SearchResult[]
  readonly sources: readonly Source[]
  readonly skipped: readonly SkippedPage[]
  readonly synthesis: string
  readonly answer: string
  readonly simulated: boolean
}
