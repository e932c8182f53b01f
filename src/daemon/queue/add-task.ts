import { isDeepStrictEqual } from 'node:util'
import type { EventDraft } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { emptyUsage, type Task } from '../../protocol/task.ts'
import { claimantOf } from '../store/active-tasks.ts'
import type { StoreView } from '../store/store.ts'
import { waitingStatus } from './admission.ts'
import { checkAnswers } from './answer-template.ts'
import { brokenDependency, dependenciesOf } from './dependencies.ts'
import { defaultGroup } from './groups.ts'
import { lockNames } from './lock-names.ts'
import type { PreparedTask } from './prepare-task.ts'
import { dependencyFailed } from './task-events.ts'

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
    // What was said before decides what it means.
    if (other.conversation_id !== task.conversation_id) continue
    const own = task.request_payload
    if (asksForAnother.some((member) => request_payload[member] !== own[member])) continue
    if (isDeepStrictEqual(request_payload.context, own.context)) return other
  }
  return undefined
}
