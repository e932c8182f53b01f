import type { SearchResult } from '../../tools/search-providers.ts'

const maxResults = 10

/** What several queries have found as one list: the first of each, then the second of each …; no page twice. */
export const mergeResults = (lists: readonly (readonly SearchResult[])[]): readonly SearchResult[] => {
  const merged = new Map<string, SearchResult>()
  const longest = Math.max(0, ...lists.map((list) => list.length))
  for (let rank = 0; rank < longest; rank += 1) {
    for (const list of lists) {
      const result = list[rank]
      const key = result === undefined ? null : pageKey(result.url)
      if (result !== undefined && key !== null && !merged.has(key)) merged.set(key, tidy(result))
    }
  }
  return [...merged.values()].slice(0, maxResults)
}

/** Equal for addresses of the same page; null for what is no address of a page. */
const pageKey = (address: string): string | null => {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  const kept = [...url.searchParams].filter(([name]) => !/^(utm_\w+|gclid|fbclid)$/.test(name))
  const host = url.host.replace(/^www\./, '')
  return `${host}${url.pathname.replace(/\/+$/, '')}?${new URLSearchParams(kept).toString()}`
}

const tidy = ({ title, url, snippet }: SearchResult): SearchResult => ({
  title: title.replace(/\s+/g, ' ').trim() || url,
  url,
  snippet: snippet.replace(/\s+/g, ' ').trim(),
})
