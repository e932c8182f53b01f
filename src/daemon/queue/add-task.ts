import { stat } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { EventDraft } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { settingsOf, type TaskSettings } from '../../protocol/new-task.ts'
import type { ApiParams } from '../../protocol/api.ts'
import { emptyUsage, type Json, type Limits, type Task } from '../../protocol/task.ts'
import { claimantOf } from '../store/active-tasks.ts'
import type { StoreView } from '../store/store.ts'
import { waitingStatus } from './admission.ts'
import { checkAnswers } from './answer-template.ts'
import { brokenDependency, dependenciesOf } from './dependencies.ts'
import { defaultGroup } from './groups.ts'
import { asksForCwdLock, lockNames, realDirectory } from './lock-names.ts'
import { newTaskId } from './new-task-id.ts'
import { dependencyFailed } from './task-events.ts'
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

/** The events that add a prepared task; none where it is there already (same id, or `dedupe` found its equal). */
export const addDrafts = (view: StoreView, prepared: PreparedTask, now: Date): AddDecision => {
  const find = (id: string): Task | undefined => view.task(id)
  const known = find(prepared.id)
  if (known !== undefined) return { id: known.id, drafts: [] }
  checkUnused(view, prepared.id)
  const task = newTask(prepared, dependenciesOf(view, prepared.settings))
  checkAnswers(task, find)
  const equal = prepared.params.dedupe === true ? equalTask(view, task) : undefined
  if (equal !== undefined) return { id: equal.id, drafts: [] }
  const status = waitingStatus(task, { find, now })
  const added = status === task.status ? task : { ...task, status }
  const broken = brokenDependency(added, find)
  const { environment } = prepared.params
  const { history } = prepared.origin
  const kept = { ...(environment && { environment }), ...(history === undefined ? {} : { history }) }
  const drafts: EventDraft[] = [
    {
      task_id: task.id,
      type: 'task_added',
      data: { task: added },
      ...(Object.keys(kept).length === 0 ? {} : { private: kept }),
    },
  ]
  if (task.conversation_id !== null) drafts.push(saidDraft(task))
  if (broken !== undefined) drafts.push(...dependencyFailed(added, broken, now))
  return { id: task.id, drafts }
}

/** What the user said, as the conversation that the task is a turn of has it. */
const saidDraft = ({
  id,
  prompt,
  agent,
  conversation_id,
  request_payload: { pillar },
}: Task): EventDraft => ({
  task_id: id,
  type: 'message',
  data: {
    role: 'user',
    text: prompt,
    agent_type: agent,
    ...(typeof pillar === 'string' ? { pillar } : {}),
    ...(conversation_id === null ? {} : { conversation_id }),
  },
})

/** A removed task counts as done for those that waited for it: another one with its id would stop them, or wait for them. */
const checkUnused = (view: StoreView, id: string): void => {
  const [waiting] = view.dependants(id)
  if (waiting === undefined) return
  throw new SparkyError(
    'conflict',
    `the id ${id} was that of a removed task, which task ${waiting.number} waited for`,
    { hint: 'Add it with another id.' },
  )
}

interface AddDecision {
  readonly id: string
  readonly drafts: readonly EventDraft[]
}

const newTask = (
  {
    params,
    settings,
    origin,
    agent,
    id,
    cwd,
    realCwd,
    model,
    notBefore,
    limits,
    maxAttempts,
    schedule,
  }: PreparedTask,
  { depends_on, depends_on_any }: Pick<Task, 'depends_on' | 'depends_on_any'>,
): Task => ({
  id,
  // The store puts in the numbers and times. Spelled out, because spreading them in made this ten times as slow.
  number: 0,
  kind: origin.kind,
  status: 'pending',
  prompt: params.prompt,
  request_payload: {
    prompt: params.prompt,
    context: settings.context ?? null,
    model,
    ...(agent.pillar === null ? undefined : { pillar: agent.pillar }),
    ...origin.payload,
  },
  response_payload: null,
  error: null,
  waiting_for: null,
  agent: agent.name,
  model,
  cwd,
  group: settings.group ?? defaultGroup,
  priority: settings.priority ?? 0,
  locks: locksOf(settings.locks, params.conversation_id, realCwd),
  depends_on,
  depends_on_any,
  parent_id: params.parent_id ?? null,
  conversation_id: params.conversation_id ?? null,
  schedule: schedule ?? null,
  labels: settings.labels ?? noLabels,
  notify: settings.notify ?? false,
  attempt: 1,
  attempts: none,
  max_attempts: maxAttempts,
  progress: { step: 0, max_steps: limits.max_steps, note: null },
  limits,
  usage: emptyUsage,
  created_at: '',
  updated_at: '',
  not_before: notBefore,
  started_at: null,
  finished_at: null,
  first_seq: 0,
  last_seq: 0,
})

/** The turns of a conversation run one after the other. */
const locksOf = (
  locks: readonly string[] | undefined,
  conversationId: string | undefined,
  realCwd: string,
): string[] => {
  if (locks === undefined && conversationId === undefined) return none
  const own = locks === undefined ? [] : lockNames(locks, realCwd)
  return conversationId === undefined ? own : [...own, `conversation:${conversationId}`]
}

/** Most tasks have none of most things: they share these, since no task is ever changed in place. */
const none: never[] = []
const noLabels: Record<string, string> = {}

/** Members of the request that make it another one, whatever its words are. */
const asksForAnother = ['pillar', 'workflow', 'simulate']

const equalTask = (view: StoreView, task: Task): Task | undefined => {
  for (const other of view.withPrompt(task.prompt)) {
    const { kind, agent, cwd, conversation_id, request_payload } = other
    if (kind !== task.kind || agent !== task.agent || cwd !== task.cwd) continue
    if (conversation_id !== task.conversation_id) continue
    // What another has delegated ends with that, and is no answer to a user who asks for the same.
    if (claimantOf(other) !== claimantOf(task)) continue
    const own = task.request_payload
    if (asksForAnother.some((member) => request_payload[member] !== own[member])) continue
    if (isDeepStrictEqual(request_payload.context, own.context)) return other
  }
  return undefined
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
