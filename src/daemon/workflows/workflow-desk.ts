import { SparkyError } from '../../protocol/failure.ts'
import { defined } from '../../protocol/new-task.ts'
import type { ApiParams, ApiResult } from '../../protocol/api.ts'
import type { Task } from '../../protocol/task.ts'
import type { WorkflowRow } from '../../protocol/workflow.ts'
import type { Queue } from '../queue/queue.ts'
import type { WorkflowLibrary } from './workflow-library.ts'

interface DeskParts {
  readonly library: Pick<WorkflowLibrary, 'all' | 'find'>
  readonly queue: Pick<Queue, 'add'>
}

/** What the server asks of workflows: which there are, and to run one. */
export const workflowDesk = ({ library, queue }: DeskParts) => ({
  list: async (cwd?: string): Promise<ApiResult<'listWorkflows'>> => {
    const { programs, problems } = await library.all(cwd)
    return { workflows: programs.map(({ row }) => row), problems: [...problems] }
  },
  show: async (name: string, cwd?: string): Promise<WorkflowRow> => (await library.find(name, cwd)).row,
  run: async ({ name, input, simulate = false, ...settings }: ApiParams<'runWorkflow'>): Promise<Task> => {
    const program = await library.find(name, settings.cwd)
    const obstacle = simulate ? null : (program.obstacle?.() ?? null)
    if (obstacle !== null) throw obstacle
    if (simulate && !program.simulates) {
      throw new SparkyError('usage', `the workflow "${name}" has no simulation`, {
        hint: 'One that has says "simulates: true", and its nodes look at context.simulate.',
      })
    }
    if (input.trim() === '') {
      throw new SparkyError('usage', 'expected an input with text in it, found only white space')
    }
    const payload = { workflow: name, input, simulate }
    return queue.add({ ...defined(settings), prompt: input }, { kind: 'workflow', payload })
  },
})
