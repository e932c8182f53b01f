import type { Task } from '../../protocol/task.ts'
import type { Store, StoreView } from '../store/store.ts'
import type { TaskDefaults } from './add-task.ts'
import type { QueueState } from './admission.ts'
import { pausedGroups } from './groups.ts'
import type { RetrySettings } from './retry-policy.ts'

/** What commands and claims share: the store that they decide on, and what counts for their decisions. */
export interface QueueOptions {
  readonly store: Store
  /** Asked anew for each decision, so that a changed configuration counts at once. */
  readonly settings: () => QueueSettings
  readonly now: () => Date
}

export interface QueueSettings {
  readonly loopOn: boolean
  readonly concurrency: number
  readonly groupConcurrency: Readonly<Record<string, number>>
  readonly taskDefaults: TaskDefaults
  readonly retries: RetrySettings
  /** What a task gets at its start that nobody chose a model for. */
  readonly defaultModel: string
}

/** What admission looks at, as the view shows it now. */
export const queueState = (view: StoreView | Store, { settings, now }: QueueOptions): QueueState => {
  const { loopOn, concurrency, groupConcurrency } = settings()
  return {
    tasks: view,
    find: (id): Task | undefined => view.task(id),
    settings: {
      loopOn,
      concurrency,
      groupConcurrency,
      paused: isPaused(view),
      pausedGroups: pausedGroups(view),
    },
    now: now(),
  }
}

/** Whether a user has stopped the starting of tasks. */
export const isPaused = (view: Pick<StoreView, 'queueFacts'>): boolean => view.queueFacts()['paused'] === true
