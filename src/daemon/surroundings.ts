import { flatten, holdsMask, masked } from '../config/shown-config.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { ModelList } from '../protocol/inspection.ts'
import type { Json } from '../protocol/task.ts'
import type { Ledger } from './budgets/ledger.ts'
import type { LiveSettings } from './live-settings.ts'
import type { ConfigDesk, Surroundings } from './server/surroundings.ts'
import { toolCatalogue } from './tools/registry.ts'

interface SurroundingsParts {
  readonly settings: LiveSettings
  readonly ledger: Ledger
  readonly env: NodeJS.ProcessEnv
  /** `--model` of the daemon. */
  readonly modelFlag: string | null
}

/** How long each provider may take to say which models it has. */
const providerTimeoutMs = 10_000

export const surroundings = (parts: SurroundingsParts): Surroundings => {
  const { settings, ledger } = parts
  return {
    tools: () =>
      toolCatalogue(settings.models.settings).map((row) => ({
        ...row,
        input_schema: row.input_schema as Record<string, Json>,
      })),
    models: onceAtATime(() => modelsOf(parts)),
    config: configDesk(settings),
    usedToday: async () => {
      await ledger.ready
      const { steps, tokens, costUsd, timeMs } = ledger.used(null)
      return { modelCalls: steps, tokens, costUsd, attemptsMs: timeMs }
    },
  }
}

/** Who asks while an answer is on its way gets the same. */
const onceAtATime = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let underWay: Promise<T> | undefined
  return () => (underWay ??= ask().finally(() => (underWay = undefined)))
}

const modelsOf = async ({ settings, env, modelFlag }: SurroundingsParts): Promise<ModelList> => {
  const { listModels, modelRows } = await import('./models/list-models.ts')
  const report = await listModels({
    environment: env,
    config: settings.config,
    flag: modelFlag,
    timeoutMs: providerTimeoutMs,
  })
  const problems = report.providers.flatMap(({ provider, problem }) =>
    problem === null ? [] : [{ provider, problem }],
  )
  return {
    models: modelRows(report),
    chosen: report.chosen,
    problems: [
      ...problems,
      ...(report.problem === null ? [] : [{ provider: null, problem: report.problem }]),
    ],
  }
}

const configDesk = (settings: LiveSettings): ConfigDesk => ({
  list: () =>
    flatten(settings.userConfig.all() as Json)
      .filter(([key]) => key !== '')
      .map(([key, value]) => ({ key, value })),
  show: (key) => {
    const value = settings.userConfig.get(key)
    if (value === undefined) throw new SparkyError('not_found', `${key} is not set`)
    return { key, value: masked(key, value) }
  },
  set: async (key, value) => {
    if (holdsMask(key, value)) {
      throw new SparkyError('usage', `expected ${key} to be the secret itself, found its masked form`)
    }
    const set = settings.userConfig.setValue(key, value)
    await settings.applyNow()
    return { key, value: masked(key, set) }
  },
  unset: async (key) => {
    settings.userConfig.unset(key)
    await settings.applyNow()
    return { key, value: null }
  },
})
