import { SparkyError } from '../../protocol/failure.ts'
import type { SearchSettings } from '../tools/tool.ts'
import { webSearch } from '../tools/web-search.ts'
import type { Workflow } from './define-workflow.ts'
import { checkedWorkflow, localBody } from './local-body.ts'
import { search } from './search/search.ts'
import type { WorkflowProgram } from './workflow-program.ts'

/** The workflows that come with Sparky. `searchSettings` is asked whenever it counts. */
export const builtInPrograms = (searchSettings: () => SearchSettings): readonly WorkflowProgram[] => [
  {
    ...inThisProcess(search as unknown as Workflow),
    obstacle: () =>
      searchSettings() === null
        ? new SparkyError('search_not_configured', webSearch.whyNot ?? 'no search provider is configured', {
            hint: 'Set one of them in this shell, or "sparky config set providers.tavily.api_key KEY" (or search.searxng_url URL); --simulate runs on samples.',
          })
        : null,
  },
]

const inThisProcess = (workflow: Workflow): WorkflowProgram => {
  const [checked, outline] = checkedWorkflow(workflow, '')
  const { name, description, nodes, simulates } = outline
  return {
    row: { name, description, nodes: nodes.map(({ name }) => name), source: 'built-in', file: null },
    simulates,
    open: async () => localBody(checked, outline),
  }
}
