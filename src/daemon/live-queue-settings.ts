import type { DaemonSettings } from '../config/settings.ts'
import type { Budgets } from './budgets/budgets.ts'
import type { LiveSettings } from './live-settings.ts'
import { modelName, type ModelSource } from './model-source.ts'
import type { TaskDefaults } from './queue/prepare-task.ts'
import type { QueueSettings } from './queue/queue.ts'

interface Sources {
  readonly settings: LiveSettings
  readonly models: ModelSource
  readonly budgets: Budgets
  readonly loopOn: () => boolean
  readonly cwd: string
  readonly chooseAgent: TaskDefaults['chooseAgent']
}

/** What the queue goes by, put together anew only where something has changed: it is asked for with every task. */
export const liveQueueSettings = ({
  settings,
  models,
  budgets,
  loopOn,
  cwd,
  chooseAgent,
}: Sources): (() => QueueSettings) => {
  let from: DaemonSettings | undefined
  let last: QueueSettings | undefined
  return () => {
    const { current } = settings
    const now = { loopOn: loopOn(), defaultModel: models.defaultName }
    const isSame = from === current && last?.loopOn === now.loopOn && last.defaultModel === now.defaultModel
    if (last !== undefined && isSame) return last
    from = current
    const { limits, groupLimits, attempts } = current
    last = {
      ...current,
      ...now,
      budgets,
      taskDefaults: { cwd, limits, groupLimits, maxAttempts: attempts, modelName, chooseAgent },
    }
    return last
  }
}
