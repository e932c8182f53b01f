import type { Task } from '../../protocol/task.ts'
import type { Store, StoreView } from '../store/store.ts'
import type { TaskDefaults } from './prepare-task.ts'
import type { QueueState } from './admission.ts'
import type { ConversationBook } from './conversation-book.ts'
import { pausedGroups } from './groups.ts'
import type { RetrySettings } from './retry-policy.ts'

/** What commands and claims share: the store that they decide on, and what counts for their decisions. */
export interface QueueOptions {
  readonly store: Store
  /** Asked anew for each decision, so that a changed configuration counts at once. */
  readonly settings: () => QueueSettings
  readonly now: () => Date
  /** Awaited before tasks are removed: what is to be remembered of them must be kept elsewhere by then. */
  readonly beforeRemoval?: (() => Promise<void>) | undefined
  /** Without it, a task may be a turn of any conversation. */
  readonly conversations?: ConversationBook | undefined
}

/** What admission asks about budgets. */
export interface BudgetLook {
  /** The budget of all tasks (null), or the own one of a group, where it is used up; else null. */
  readonly over: (group: string | null) => { readonly message: string; readonly until: string } | null
  /** When what is used up is given again; null where no budget is set. */
  readonly reset: Date | null
}

export interface QueueSettings {
  readonly loopOn: boolean
  readonly concurrency: number
  readonly groupConcurrency: Readonly<Record<string, number>>
  readonly taskDefaults: TaskDefaults
  readonly retries: RetrySettings
  readonly budgets: BudgetLook
  /** What a task gets at its start that nobody chose a model for. */
  readonly defaultModel: string
}

/** What admission looks at, as the view shows it now. */
export const queueState = (view: StoreView | Store, { settings, now }: QueueOptions): QueueState => {
  const { loopOn, concurrency, groupConcurrency, budgets } = settings()
  return {
    tasks: view,
    find: (id): Task | undefined => view.task(id),
    settings: {
      loopOn,
      concurrency,
      groupConcurrency,
      paused: isPaused(view),
      pausedGroups: pausedGroups(view),
      overBudget: remembered((group) => budgets.over(group)?.message ?? null),
    },
    now: now(),
  }
}

/** Asks once for each group, however many tasks are looked at. */
const remembered = (
  ask: (group: string | null) => string | null,
): ((group: string | null) => string | null) => {
  const answers = new Map<string | null, string | null>()
  return (group) => {
    let answer = answers.get(group)
    if (answer === undefined) {
      answer = ask(group)
      answers.set(group, answer)
    }
    return answer
  }
}

/** Whether a user has stopped the starting of tasks. */
export const isPaused = (view: Pick<StoreView, 'queueFacts'>): boolean => view.queueFacts()['paused'] === true
