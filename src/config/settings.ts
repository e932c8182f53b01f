import type { Config } from '../protocol/config.ts'
import { SparkyError } from '../protocol/failure.ts'
import { defined } from '../protocol/new-task.ts'
import type { Limits } from '../protocol/task.ts'
import { hookSettings, type HookSettings } from './hook-settings.ts'
import { budgetOf } from './budget-settings.ts'
import { retrySettings } from './retry-settings.ts'

/** What may be said on the command line of `sparky agent start`. */
export interface DaemonFlags {
  readonly host?: string
  readonly port?: number
  readonly concurrency?: number
  readonly pollIntervalS?: number
  readonly model?: string
  readonly auth: boolean
  readonly loop: boolean
}

/** What a running daemon goes by: flags beat the environment, which beats the configuration file. */
export interface DaemonSettings {
  readonly host: string
  readonly port: number
  readonly auth: boolean
  readonly concurrency: number
  readonly pollIntervalS: number
  readonly logLevel: LogLevel
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** WebSockets at a time. */
  readonly maxConnections: number
  readonly allowedFetchHosts: readonly string[]
  readonly groupConcurrency: Readonly<Record<string, number>>
  readonly limits: Limits
  readonly groupLimits: Readonly<Record<string, Partial<Limits>>>
  readonly budget: ReturnType<typeof budgetOf>
  readonly groupBudgets: Readonly<Record<string, NonNullable<ReturnType<typeof budgetOf>>>>
  /** Of a task that does not say. */
  readonly attempts: number
  readonly retries: ReturnType<typeof retrySettings>
  /** An attempt from which no byte comes for so long has stalled. */
  readonly stallTimeoutS: number
  /** How many tokens a prompt in a conversation may have; null leaves that to the model's name. */
  readonly chatContextTokens: number | null
  readonly hooks: HookSettings
  readonly retention: Retention
}

/** Which finished tasks are kept; null sets no bound. */
export interface Retention {
  /** The newest so many. */
  readonly tasks: number | null
  /** Those that finished at most so many days ago. */
  readonly days: number | null
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Throws `usage` naming the variable, what was expected and what was found. */
export const daemonSettings = (
  flags: DaemonFlags,
  env: NodeJS.ProcessEnv,
  config: Config,
): DaemonSettings => ({
  host: flags.host ?? text(env, 'SPARKY_HOST') ?? '127.0.0.1',
  port: flags.port ?? wholeNumber(env, 'SPARKY_PORT', { min: 0, max: 65_535 }) ?? config.port ?? 7717,
  auth: flags.auth,
  concurrency:
    flags.concurrency ??
    wholeNumber(env, 'SPARKY_AGENT_CONCURRENCY', { min: 1, max: 100 }) ??
    config.concurrency ??
    2,
  pollIntervalS:
    flags.pollIntervalS ?? positive(env, 'SPARKY_AGENT_POLL_INTERVAL') ?? config.poll_interval ?? 10,
  logLevel: oneOf(env, 'SPARKY_LOG_LEVEL', logLevels) ?? 'info',
  allowedHosts: config.server?.hosts ?? [],
  allowedOrigins: config.server?.origins ?? [],
  maxConnections: config.server?.max_connections ?? 1000,
  allowedFetchHosts: config.fetch?.allow ?? [],
  groupConcurrency: ofGroups(config, ({ concurrency }) => concurrency),
  limits: {
    max_steps: config.limits?.max_steps ?? 50,
    max_tokens: config.limits?.max_tokens ?? null,
    max_cost_usd: config.limits?.max_cost_usd ?? null,
    timeout_s: config.limits?.timeout_s ?? null,
  },
  groupLimits: ofGroups(config, ({ limits }) => limits && defined(limits)),
  budget: budgetOf(config.budget),
  groupBudgets: ofGroups(config, ({ budget }) => budgetOf(budget) ?? undefined),
  attempts: config.retries?.attempts ?? 1,
  retries: retrySettings(config.retries),
  stallTimeoutS: config.stall_timeout_s ?? 900,
  chatContextTokens: config.chat?.context_tokens ?? null,
  hooks: hookSettings(config.hooks),
  retention: { tasks: config.retention?.tasks ?? null, days: config.retention?.days ?? null },
})

type GroupConfig = NonNullable<Config['groups']>[string]

/** What the configuration says about each group; groups of which it says nothing are left out. */
const ofGroups = <T>(
  { groups = {} }: Config,
  valueOf: (group: GroupConfig) => T | undefined,
): Readonly<Record<string, T>> =>
  Object.fromEntries(
    Object.entries(groups).flatMap(([name, group]) => {
      const value = valueOf(group)
      return value === undefined ? [] : [[name, value]]
    }),
  )

const text = (env: NodeJS.ProcessEnv, name: string): string | undefined => env[name] || undefined

const wholeNumber = (
  env: NodeJS.ProcessEnv,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined => {
  const value = text(env, name)
  if (value === undefined) return undefined
  const number = Number(value)
  if (Number.isInteger(number) && number >= min && number <= max) return number
  throw new SparkyError(
    'usage',
    `expected ${name} to be a whole number from ${min} to ${max}, found "${value}"`,
  )
}

const positive = (env: NodeJS.ProcessEnv, name: string): number | undefined => {
  const value = text(env, name)
  if (value === undefined) return undefined
  const number = Number(value)
  if (Number.isFinite(number) && number > 0) return number
  throw new SparkyError('usage', `expected ${name} to be a number of seconds above 0, found "${value}"`)
}

const oneOf = <const T extends string>(
  env: NodeJS.ProcessEnv,
  name: string,
  values: readonly T[],
): T | undefined => {
  const value = text(env, name)?.toLowerCase()
  if (value === undefined) return undefined
  const found = values.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new SparkyError('usage', `expected ${name} to be one of ${values.join(', ')}, found "${value}"`)
}
