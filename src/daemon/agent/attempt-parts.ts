import type { Agent } from '../../protocol/agent.ts'
import type { Delta } from '../../protocol/event.ts'
import type { SparkyError } from '../../protocol/failure.ts'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import type { Task } from '../../protocol/task.ts'
import type { Model, ModelPrompt } from '../models/model.ts'
import type { Queue } from '../queue/queue.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { Store } from '../store/store.ts'
import type { Tool, ToolContext } from '../tools/tool.ts'
import type { RetryTiming } from './call-model.ts'
import type { ProjectNotes } from './instructions.ts'
import type { AgentLog } from './log.ts'
import type { BudgetStop } from './react.ts'

/** What attempts need of the rest of the daemon. */
export interface AttemptParts {
  readonly store: Pick<Store, 'events' | 'keepResult' | 'task' | 'onAppend'>
  /** Where delegated tasks go, and where they are taken from. */
  readonly queue: Pick<Queue, 'add' | 'claimDelegated'>
  /** The model that a task asks for, with what its shell says; throws `SparkyError`s. */
  readonly modelFor: (wish: ModelWish) => Promise<Model>
  /** The definition of the agent that does the task. Throws `not_found`, or `usage` with the file and line of what is wrong. */
  readonly agentOf: (task: Task) => Agent
  /** Every agent that there is for this task: those of its project, of the user, and the built-in ones. */
  readonly agents: (task: Task) => readonly Agent[]
  /** What the project that it works in says to everybody who works there. */
  readonly notes: (task: Task) => readonly ProjectNotes[]
  /** The tools that this agent gets for this task; asked anew for each attempt. Rejects where `signal` aborts. */
  readonly tools: (task: Task, agent: Agent, signal: AbortSignal) => Promise<OfferedTools>
  /** What was said in its conversation before this task, for the model; empty where it is in none, or begins it. */
  readonly earlier: (request: EarlierRequest) => Promise<ModelPrompt>
  /** What tools get of the daemon for this task. */
  readonly toolSurroundings: (task: Task, environment: TaskEnvironment) => ToolSurroundings
  /** The daemon's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onDelta: (delta: Delta) => void
  readonly log: AgentLog
  /** Why the budgets of today forbid a model call to a task of this group; null where they do not. */
  readonly budgetStop: (group: string, isPriceKnown: boolean) => Promise<BudgetStop | null>
  /** An attempt from which nothing comes for so long has stalled; asked anew while it runs. */
  readonly stallTimeoutMs: () => number
  readonly retryTiming?: RetryTiming
}

interface OfferedTools {
  readonly tools: readonly Tool[]
  /** What should be there and is not, such as the tools of a server that does not start: for people. */
  readonly problems: readonly SparkyError[]
}

export interface EarlierRequest {
  readonly task: Task
  readonly model: Model
  /** The instructions of this turn, and what the user has said: they take up room too. */
  readonly opening: ModelPrompt
  /** Ids that calls of this turn have already: those of earlier turns have to be others. */
  readonly callIds: ReadonlySet<string>
  /** Whether the budgets of today allow one more model call. */
  readonly isAffordable: () => Promise<boolean>
  readonly signal: AbortSignal
  /** Resolves once these are on disk. */
  readonly record: (drafts: readonly AttemptDraft[]) => Promise<void>
}

interface ModelWish {
  readonly model: string | null
  readonly environment: TaskEnvironment
}

type ToolSurroundings = Omit<
  ToolContext,
  'signal' | 'cwd' | 'environment' | 'callId' | 'output' | 'started' | 'noted' | 'delegate'
>
