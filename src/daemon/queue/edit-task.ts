import type { ApiParams } from '../../protocol/api.ts'
import type { EventDraft } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { defined, settingsOf, type TaskSettings } from '../../protocol/new-task.ts'
import type { Task, TaskChanges } from '../../protocol/task.ts'
import type { StoreView } from '../store/store.ts'
import { waitingStatus } from './admission.ts'
import { checkAgent, checkDirectory, lockNames, type TaskDefaults } from './add-task.ts'
import { statusDraft } from './task-events.ts'
import { parseWhen } from './when.ts'

export interface PreparedEdit {
  readonly prompt: string | undefined
  readonly settings: TaskSettings
  readonly notBefore: string | undefined
}

export const prepareEdit = async (
  params: ApiParams<'editTask'>,
  { modelName }: Pick<TaskDefaults, 'modelName'>,
  now: Date,
): Promise<PreparedEdit> => {
  const asked = settingsOf(params)
  const settings = asked.model === undefined ? asked : { ...asked, model: modelName(asked.model) }
  if (settings.cwd !== undefined) await checkDirectory(settings.cwd)
  if (settings.agent !== undefined) checkAgent(settings.agent)
  return {
    prompt: params.prompt,
    settings,
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
  const changes = changesOf(view, task, edit)
  if (Object.keys(changes).length === 0) {
    throw new SparkyError('usage', 'expected something to change, found nothing')
  }
  const edited = { ...task, ...changes }
  const drafts: EventDraft[] = [{ task_id: task.id, type: 'task_updated', data: { changes } }]
  const status =
    task.status === 'paused' ? 'paused' : waitingStatus(edited, { find: (id) => view.task(id), now })
  if (status !== task.status) {
    drafts.push(statusDraft({ task: edited, status, verb: 'edit', message: 'Changed by the user' }))
  }
  return drafts
}

const changesOf = (
  view: StoreView,
  task: Task,
  { prompt, settings, notBefore }: PreparedEdit,
): TaskChanges => {
  const { context, model, locks } = settings
  const limits =
    Object.keys(settings.limits).length === 0 ? undefined : { ...task.limits, ...settings.limits }
  const payload = { ...task.request_payload, ...defined({ prompt, context, model }) }
  const touchesPayload = prompt !== undefined || context !== undefined || model !== undefined
  return defined({
    prompt,
    request_payload: touchesPayload ? payload : undefined,
    agent: settings.agent,
    model,
    cwd: settings.cwd,
    group: settings.group,
    priority: settings.priority,
    locks: locks === undefined ? undefined : lockNames(locks, settings.cwd ?? task.cwd),
    depends_on: settings.after === undefined ? undefined : dependencies(view, task, settings.after),
    labels: settings.labels === undefined ? undefined : { ...settings.labels },
    notify: settings.notify,
    max_attempts: settings.maxAttempts,
    limits,
    progress: limits === undefined ? undefined : { ...task.progress, max_steps: limits.max_steps },
    not_before: notBefore,
  }) as TaskChanges
}

const dependencies = (view: StoreView, task: Task, refs: readonly string[]): string[] => {
  const found = [...new Set(refs.map((ref) => view.resolve(ref).id))]
  if (found.some((id) => waitsFor(view, id, task.id))) {
    throw new SparkyError('conflict', `task ${task.number} cannot wait for a task that waits for it`)
  }
  return found
}

/** Whether `id` is `target`, or waits for it over any number of steps. */
const waitsFor = (view: StoreView, id: string, target: string): boolean => {
  const seen = new Set<string>()
  const open = [id]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === target) return true
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(view.task(next)?.depends_on ?? []))
  }
  return false
}
