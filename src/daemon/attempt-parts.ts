import { addTaskBody } from '../protocol/new-task.ts'
import type { AttemptParts } from './agent/attempt-parts.ts'
import type { Budgets } from './budgets/budgets.ts'
import type { Agents } from './definitions/agents.ts'
import { getsTool } from './definitions/tool-choice.ts'
import type { Log } from './lifecycle/log.ts'
import type { LiveSettings } from './live-settings.ts'
import type { McpOffer, McpRequest } from './mcp/mcp-tools.ts'
import { withinMostTools } from './mcp/most-tools.ts'
import { projectNotes } from './projects/agents-md.ts'
import type { Queue } from './queue/queue.ts'
import type { Store } from './store/store.ts'
import { offeredTools } from './tools/registry.ts'
import type { Tool } from './tools/tool.ts'
import type { RunShell } from './tools/shell.ts'

interface Surroundings {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly settings: LiveSettings
  readonly agents: Agents
  readonly store: Store
  readonly queue: Queue
  readonly budgets: Budgets
  readonly runShell: RunShell
  readonly mcpTools: (request: McpRequest) => Promise<McpOffer>
  readonly earlier: AttemptParts['earlier']
  readonly onDelta: AttemptParts['onDelta']
  readonly log: Log
}

/** A list for a model is to be read, not searched. */
const listedTasks = 50

/** What an attempt gets of the daemon that it runs in. */
export const attemptParts = ({
  home,
  env,
  settings,
  agents,
  store,
  queue,
  budgets,
  runShell,
  mcpTools,
  earlier,
  onDelta,
  log,
}: Surroundings): AttemptParts => ({
  store,
  queue,
  modelFor: (wish) => settings.models.modelFor(wish),
  agentOf: (task) => agents.of(task),
  agents: ({ cwd }) => agents.list(cwd).agents,
  notes: ({ cwd }) => projectNotes(cwd, home),
  tools: async ({ cwd }, agent, signal) => {
    const { tools, problems } = await mcpTools({ cwd, rules: agent.tools, signal })
    const gets = (tool: Tool): boolean => getsTool(agent, tool)
    const own = offeredTools({ search: settings.models.settings.search }).filter(gets)
    const offer = withinMostTools(own, tools.filter(gets))
    return { tools: offer.tools, problems: [...problems, ...offer.problems] }
  },
  earlier,
  toolSurroundings: (task, environment) => ({
    runShell,
    queue: {
      // A task that an agent adds works where its parent does, with what its parent's shell said.
      add: (body) =>
        queue.add(addTaskBody.parse({ cwd: task.cwd, environment, ...body, parent_id: task.id })),
      list: async (status) => {
        const wanted = status === undefined ? {} : { statuses: new Set([status]) }
        return (await store.tasks({ ...wanted, limit: listedTasks })).tasks
      },
      get: async (ref) => ({
        task: store.resolve(ref),
        reasons: queue.why(ref).reasons.map(({ message }) => message),
      }),
    },
    search: settings.models.settings.search,
    protectedPaths: [home],
    allowedFetchHosts: settings.current.allowedFetchHosts,
  }),
  environment: env,
  budgetStop: (group, isPriceKnown) => budgets.stopFor(group, isPriceKnown),
  stallTimeoutMs: () => settings.current.stallTimeoutS * 1000,
  onDelta,
  log,
})
