import type { Workflow } from '../define-workflow.ts'
import type { NodeContext } from '../workflow-program.ts'
import { answerText } from './answer-text.ts'
import { analyseQuery } from './analyse-query.ts'
import { fetchPages } from './fetch-pages.ts'
import { searchAll } from './search-all.ts'
import type { SearchState } from './search-state.ts'
import { synthesise } from './synthesise.ts'

type Run = (state: SearchState, context: NodeContext) => Promise<Partial<SearchState>>

/** Sparky's own nodes get a little more of their context than users' do. */
const own = (run: Run): Workflow<SearchState>['nodes'][string]['run'] =>
  run as Workflow<SearchState>['nodes'][string]['run']

/** The web, searched and read for a question, and what was found told with its sources. */
export const search: Workflow<SearchState> = {
  name: 'search',
  description: 'Searches the web, reads the best pages and tells what they say, with its sources.',
  simulates: true,
  input: (input) => ({
    query: input.trim(),
    queries: [],
    failedQueries: [],
    results: [],
    sources: [],
    skipped: [],
    synthesis: '',
    answer: '',
    simulated: false,
  }),
  start: 'query_analysis',
  nodes: {
    query_analysis: { run: own(analyseQuery), next: 'web_search', retries: { attempts: 2 } },
    web_search: { run: own(searchAll), next: 'fetch_pages', retries: { attempts: 3 } },
    fetch_pages: { run: own(fetchPages), next: 'synthesis', retries: { attempts: 2 } },
    synthesis: { run: own(synthesise), next: 'formatting', retries: { attempts: 2 } },
    formatting: { run: (state) => ({ answer: answerText(state) }) },
  },
  output: ({ answer, query, queries, results, sources, skipped, simulated }) => ({
    answer,
    data: {
      query,
      queries,
      results,
      sources: sources.map(({ title, url }, index) => ({ number: index + 1, title, url })),
      skipped,
      ...(simulated ? { simulated } : {}),
    },
  }),
}
