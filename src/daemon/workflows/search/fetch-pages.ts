import type { SearchResult } from '../../tools/search-providers.ts'
import { headOf } from '../../tools/truncate.ts'
import type { WorkflowToolError } from '../define-workflow.ts'
import type { NodeContext } from '../workflow-program.ts'
import type { SearchState, SkippedPage, Source } from './search-state.ts'

const maxPages = 4
const maxPageChars = 12_000

/** The best pages side by side. One that cannot be read is skipped, and named with the reason. */
export const fetchPages = async (
  { results }: SearchState,
  context: NodeContext,
): Promise<Partial<SearchState>> => {
  const best = results.slice(0, maxPages)
  if (context.simulate) {
    for (const { title } of best) await context.pretend('fetch_url', title)
    return { sources: best.map(asSource) }
  }
  const fetched = await Promise.allSettled(best.map(({ url }) => context.tool('fetch_url', { url })))
  const sources: Source[] = []
  const skipped: SkippedPage[] = []
  for (const [index, one] of fetched.entries()) {
    const result = best[index]
    if (result === undefined) continue
    const { title, url } = result
    if (one.status === 'fulfilled') sources.push({ title, url, text: headOf(one.value.text, maxPageChars) })
    else skipped.push({ title, url, reason: reasonOf(one.reason as WorkflowToolError) })
  }
  // What the search itself said of the pages is better than nothing.
  return { sources: sources.length === 0 ? best.map(asSource) : sources, skipped }
}

const asSource = ({ title, url, snippet }: SearchResult): Source => ({ title, url, text: snippet })

const reasonOf = ({ message, details }: WorkflowToolError): string => {
  const status = details?.['status']
  // Which page it is stands before the reason.
  return typeof status === 'number' ? `HTTP ${status}` : message.replace(/^https?:\/\/\S+: /, '')
}
