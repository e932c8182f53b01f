import type { ApiParams } from '../../protocol/api.ts'
import type { EventDraft } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { defined, settingsOf, type TaskSettings } from '../../protocol/new-task.ts'
import type { Task, TaskChanges } from '../../protocol/task.ts'
import type { StoreView } from '../store/store.ts'
import { waitingStatus } from './admission.ts'
import { checkDirectory, type ChosenAgent, type TaskDefaults } from './prepare-task.ts'
import { checkAnswers } from './answer-template.ts'
import { brokenDependency, dependenciesOf, waitsFor } from './dependencies.ts'
import { asksForCwdLock, lockNames, movedLocks, realDirectory } from './lock-names.ts'
import { statusDraft } from './task-events.ts'
import { checkIsItsOwn } from './user-commands.ts'
import { parseWhen } from './when.ts'

export interface PreparedEdit {
  readonly prompt: string | undefined
  readonly settings: TaskSettings
  /** Undefined where it stays the same. */
  readonly agent: ChosenAgent | undefined
  readonly notBefore: string | undefined
  /** Where the task will work, without symbolic links; known only where a lock may depend on it. */
  readonly realCwd: string
}

/** `before` is the task as it is now. */
export const prepareEdit = async (
  params: ApiParams<'editTask'>,
  {
    modelName,
    chooseAgent,
    before,
    now,
  }: Pick<TaskDefaults, 'modelName' | 'chooseAgent'> & {
    readonly before: Pick<Task, 'agent' | 'cwd'>
    readonly now: Date
  },
): Promise<PreparedEdit> => {
  const asked = settingsOf(params)
  const cwd = asked.cwd ?? before.cwd
  if (asked.cwd !== undefined) await checkDirectory(asked.cwd)
  const agent =
    asked.agent === undefined && asked.pillar === undefined
      ? undefined
      : chooseAgent({ agent: asked.agent ?? before.agent, pillar: asked.pillar, cwd })
  const model = asked.model ?? agent?.model ?? undefined
  const settings = model === undefined ? asked : { ...asked, model: modelName(model) }
  return {
    prompt: params.prompt,
    settings,
    agent,
    realCwd: settings.cwd !== undefined || asksForCwdLock(settings.locks) ? await realDirectory(cwd) : cwd,
    notBefore: settings.at === undefined ? undefined : parseWhen(settings.at, now).toISOString(),
  }
}

/** The events of an edit; `conflict` where the task has started, or would wait for itself. */
export const editDrafts = (view: StoreView, task: Task, edit: PreparedEdit, now: Date): EventDraft[] => {
  if (!['scheduled', 'blocked', 'paused', 'pending'].includes(task.status) || task.started_at !== null) {
    throw new SparkyError(
      'conflict',
      `cannot edit task ${task.number}: it is ${task.status}, and only what has not started can be changed`,
    )
  }
  checkIsItsOwn(task, { find: (id) => view.task(id) }, 'edit')
  const changes = changesOf(view, task, edit)
  if (Object.keys(changes).length === 0) {
    throw new SparkyError('usage', 'expected something to change, found nothing')
  }
  const edited = { ...task, ...changes }
  const find = (id: string): Task | undefined => view.task(id)
  if (changes.depends_on !== undefined) checkDependencies(view, edited)
  if (changes.depends_on !== undefined || changes.prompt !== undefined) checkAnswers(edited, find)
  const drafts: EventDraft[] = [{ task_id: task.id, type: 'task_updated', data: { changes } }]
  const status = task.status === 'paused' ? 'paused' : waitingStatus(edited, { find, now })
  if (status !== task.status) {
    drafts.push(statusDraft({ task: edited, status, verb: 'edit', message: 'Changed by the user' }))
  }
  return drafts
}

/** Throws `conflict` where the task would wait for itself, or for what can no longer come. */
const checkDependencies = (view: StoreView, task: Task): void => {
  const circular = task.depends_on.find((id) => waitsFor(view, id, task.id))
  if (circular !== undefined) {
    const other = view.task(circular)?.number
    throw new SparkyError(
      'conflict',
      other === task.number
        ? `task ${other} cannot wait for itself`
        : `task ${task.number} cannot wait for task ${other}, which waits for task ${task.number}`,
    )
  }
  const broken = brokenDependency(task, (id) => view.task(id))
  if (broken !== undefined) {
    throw new SparkyError(
      'conflict',
      `task ${task.number} cannot wait for task ${broken.number} to complete: it is ${broken.status}`,
      { hint: `Retry task ${broken.number} first, or use --after-any ${broken.number}.` },
    )
  }
}

const changesOf = (
  view: StoreView,
  task: Task,
  { prompt, settings, agent, notBefore, realCwd }: PreparedEdit,
): TaskChanges => {
  const { after, afterAny, context, model, locks } = settings
  const limits =
    Object.keys(settings.limits).length === 0 ? undefined : { ...task.limits, ...settings.limits }
  // A workflow works on it, and its request says so.
  const input = task.kind === 'workflow' ? prompt : undefined
  const asked = defined({ prompt, input, context, model, pillar: agent?.pillar ?? undefined })
  const { pillar, ...payload } = { ...task.request_payload, ...asked }
  const touchesPayload = Object.keys(asked).length > 0 || agent !== undefined
  return defined({
    prompt,
    request_payload: touchesPayload
      ? { ...payload, ...(agent?.pillar === null || pillar === undefined ? {} : { pillar }) }
      : undefined,
    agent: agent?.name,
    model,
    cwd: settings.cwd,
    group: settings.group,
    priority: settings.priority,
    locks:
      locks !== undefined
        ? lockNames(locks, realCwd)
        : settings.cwd === undefined
          ? undefined
          : movedLocks(task.locks, realCwd),
    ...(after === undefined && afterAny === undefined ? {} : dependenciesOf(view, settings, task)),
    labels: settings.labels === undefined ? undefined : { ...settings.labels },
    notify: settings.notify,
    // Attempts that a user's retry has left behind are not among those asked for.
    max_attempts: settings.maxAttempts === undefined ? undefined : task.attempt - 1 + settings.maxAttempts,
    limits,
    progress: limits === undefined ? undefined : { ...task.progress, max_steps: limits.max_steps },
    not_before: notBefore,
  }) as TaskChanges
}
