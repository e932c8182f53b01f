import type { Delta } from '../../protocol/event.ts'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import type { Task } from '../../protocol/task.ts'
import type { Model } from '../models/model.ts'
import type { Store } from '../store/store.ts'
import type { Tool, ToolContext } from '../tools/tool.ts'
import type { RetryTiming } from './call-model.ts'
import type { AgentLog } from './log.ts'
import type { BudgetStop } from './react.ts'

/** What attempts need of the rest of the daemon. */
export interface AttemptParts {
  readonly store: Pick<Store, 'events' | 'keepResult'>
  /** The model that a task asks for, with what its shell says; throws `SparkyError`s. */
  readonly modelFor: (wish: ModelWish) => Promise<Model>
  /** The tools that are offered; asked anew for each attempt. */
  readonly tools: () => readonly Tool[]
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

interface ModelWish {
  readonly model: string | null
  readonly environment: TaskEnvironment
}

type ToolSurroundings = Omit<ToolContext, 'signal' | 'cwd' | 'environment' | 'output' | 'started'>
