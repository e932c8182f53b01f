import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { ApiParams } from '../../protocol/api.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { settingsOf, type TaskSettings } from '../../protocol/new-task.ts'
import type { Json, Limits, Task } from '../../protocol/task.ts'
import { defaultGroup } from './groups.ts'
import { asksForCwdLock, realDirectory } from './lock-names.ts'
import { newTaskId } from './new-task-id.ts'
import { parseWhen } from './when.ts'

/** What a task gets where its adder says nothing. */
export interface TaskDefaults {
  readonly cwd: string
  readonly limits: Limits
  /** What stands before `limits` for the tasks of a group. */
  readonly groupLimits: Readonly<Record<string, Partial<Limits>>>
  readonly maxAttempts: number
  /** A model as a person named it, as `provider/model`; throws `usage` for what is no name of a model. */
  readonly modelName: (name: string) => string
  /** Throws `not_found` where there is no such agent, and `usage` where its definition, or the wish, makes no sense. */
  readonly chooseAgent: (wish: AgentWish) => ChosenAgent
}

interface AgentWish {
  /** A name, or `NAME/PILLAR`; undefined is the default agent. */
  readonly agent: string | undefined
  readonly pillar: string | undefined
  /** Where the task works: projects have agents of their own. */
  readonly cwd: string
}

/** What of an agent's definition counts when a task is added. */
export interface ChosenAgent {
  readonly name: string
  readonly pillar: string | null
  /** As a person named it; null where the definition leaves that open. */
  readonly model: string | null
  readonly limits: Partial<Limits>
}

/** What a task is, beside what its adder may ask for. */
export interface TaskOrigin {
  readonly kind: Task['kind']
  /** Members of the `request_payload` beside those that every task has. */
  readonly payload?: Readonly<Record<string, Json>>
  /** What its limits are at most, whatever else says what they are. */
  readonly atMost?: Omit<Limits, 'timeout_s'>
  /** What was said before it, for its agent alone: kept with the task and shown to nobody else. */
  readonly history?: string
}

type AddParams = ApiParams<'addTask'>

/** What of a request needs no look at the queue; throws `usage` or `not_found` where it makes no sense. */
export const prepareTask = async (
  params: AddParams,
  defaults: TaskDefaults,
  now: Date,
  origin: TaskOrigin = plainTask,
): Promise<PreparedTask> => {
  const settings = settingsOf(params)
  const cwd = settings.cwd ?? defaults.cwd
  if (settings.cwd !== undefined) await checkDirectory(cwd)
  const agent = defaults.chooseAgent({ agent: settings.agent, pillar: settings.pillar, cwd })
  const model = settings.model ?? agent.model ?? params.environment?.AGENT_MODEL
  return {
    params,
    settings,
    origin,
    agent,
    id: params.id ?? newTaskId(),
    cwd,
    realCwd: asksForCwdLock(settings.locks) ? await realDirectory(cwd) : cwd,
    model: model === undefined ? null : defaults.modelName(model),
    notBefore: settings.at === undefined ? null : parseWhen(settings.at, now).toISOString(),
    limits: lowered(limitsOf(settings, agent, defaults), origin.atMost),
    maxAttempts: settings.maxAttempts ?? defaults.maxAttempts,
  }
}

const plainTask: TaskOrigin = { kind: 'agent' }

export interface PreparedTask {
  readonly params: AddParams
  readonly settings: TaskSettings
  readonly origin: TaskOrigin
  readonly agent: ChosenAgent
  readonly id: string
  readonly cwd: string
  /** Without symbolic links; known only where a lock on it is asked for. */
  readonly realCwd: string
  /** What the adder or its shell asked for; null leaves the choice to the daemon when the task starts. */
  readonly model: string | null
  readonly notBefore: string | null
  readonly limits: Limits
  readonly maxAttempts: number
  /** The schedule that adds it. */
  readonly schedule?: string | null
}

/** Flags beat what the agent's definition says, that what the configuration says for the group, and that what it says for all. */
const limitsOf = (
  { group, limits }: TaskSettings,
  agent: Pick<ChosenAgent, 'limits'>,
  defaults: TaskDefaults,
): Limits => {
  const { groupLimits } = defaults
  const name = group ?? defaultGroup
  const ofGroup = Object.hasOwn(groupLimits, name) ? groupLimits[name] : undefined
  // Most tasks have nothing of their own, and share one object.
  const isPlain = Object.keys(limits).length === 0 && Object.keys(agent.limits).length === 0
  if (ofGroup === undefined && isPlain) return defaults.limits
  return { ...defaults.limits, ...ofGroup, ...agent.limits, ...limits }
}

/** No limit of the one is above that of the other; null is none. */
const lowered = (limits: Limits, atMost: TaskOrigin['atMost']): Limits => {
  if (atMost === undefined) return limits
  const lower = (one: number | null, other: number | null): number | null =>
    one === null || other === null ? (one ?? other) : Math.min(one, other)
  return {
    ...limits,
    max_steps: lower(limits.max_steps, atMost.max_steps),
    max_tokens: lower(limits.max_tokens, atMost.max_tokens),
    max_cost_usd: lower(limits.max_cost_usd, atMost.max_cost_usd),
  }
}

/** Throws `usage` where this is no absolute path of a directory that is there. */
export const checkDirectory = async (cwd: string): Promise<void> => {
  if (!path.isAbsolute(cwd)) {
    throw new SparkyError('usage', `expected cwd to be an absolute path, found "${cwd}"`)
  }
  const isDirectory = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isDirectory)
    throw new SparkyError('usage', `expected cwd to be a directory that exists, found "${cwd}"`)
}
