import type { EventDraft, EventPayload } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { isFinal, type Task, type TaskStatus } from '../../protocol/task.ts'
import { claimantOf } from '../store/active-tasks.ts'
import type { StoreView } from '../store/store.ts'
import { answersWanted } from './answer-template.ts'
import type { QueueOptions } from './queue-settings.ts'

export interface TaskFilter {
  readonly statuses?: ReadonlySet<TaskStatus>
  readonly group?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** How many tasks a `clear` has removed, and how many it left because an unfinished one needs their answer. */
export interface Cleared {
  readonly removed: number
  readonly kept?: number
}

/** So many are removed in one append, so that no batch grows without bound. */
const batchSize = 500

/** What makes finished tasks go for good. */
export class Removals {
  readonly #options: Pick<QueueOptions, 'store' | 'beforeRemoval'>

  constructor(options: Pick<QueueOptions, 'store' | 'beforeRemoval'>) {
    this.#options = options
  }

  /** Removes a finished task; returns it as it was. */
  async remove(ref: string): Promise<Task> {
    let removed: Task | undefined
    await this.#options.beforeRemoval?.()
    await this.#options.store.append((view) => {
      removed = view.resolve(ref)
      return [removeDraft(view, removed)]
    })
    return removed ?? this.#options.store.resolve(ref)
  }

  /** Removes the finished tasks that the filter fits, but for those that an unfinished one needs. */
  async clear(filter: TaskFilter): Promise<Cleared> {
    let [removed, kept] = [0, 0]
    let before: number | null = Number.MAX_SAFE_INTEGER
    while (before !== null) {
      const page = await this.#options.store.tasks({ ...filter, limit: batchSize, before })
      // The turns of a conversation live as long as it does.
      const ids = page.tasks
        .filter(({ status, conversation_id }) => isFinal(status) && conversation_id === null)
        .map(({ id }) => id)
      await this.#options.beforeRemoval?.()
      let needed = 0
      const events = await this.#options.store.append((view) => {
        // Meanwhile it may have been retried, and have ended otherwise.
        const finished = ids
          .flatMap((id) => view.task(id) ?? [])
          .filter(({ status }) => isFinal(status) && (filter.statuses?.has(status) ?? true))
        const free = finished.filter((task) => !isNeeded(view, task))
        needed = finished.length - free.length
        return free.map((task) => removeDraft(view, task))
      })
      removed += events.length
      kept += needed
      before = page.nextBefore
    }
    return kept === 0 ? { removed } : { removed, kept }
  }

  /** Removes these tasks in one batch, all or none, with this fact beside them; `conflict` where one is not finished. */
  async removeTogether(ids: readonly string[], fact: EventPayload<'queue_changed'>): Promise<void> {
    await this.#options.beforeRemoval?.()
    await this.#options.store.append((view) => [
      ...ids.flatMap((id) => view.task(id) ?? []).map((task) => removeDraft(view, task)),
      { task_id: null, type: 'queue_changed', data: fact },
    ])
  }

  /** Removes, in one batch, those of these tasks that are finished and that no other waits for; returns how many. */
  async removeFinished(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0
    await this.#options.beforeRemoval?.()
    const events = await this.#options.store.append((view) =>
      ids.flatMap((id) => {
        const task = view.task(id)
        const isOver =
          task !== undefined &&
          isFinal(task.status) &&
          view.dependants(id).length === 0 &&
          partOf(view, task) === undefined
        return isOver ? [removeDraft(view, task)] : []
      }),
    )
    return events.length
  }
}

/** Removes what is finished; `conflict` where it is not, or where an unfinished task still needs its answer. */
const removeDraft = (view: StoreView, task: Task): EventDraft => {
  const conflict = (because: string, hint: string): SparkyError =>
    new SparkyError('conflict', `cannot remove task ${task.number}: ${because}`, { hint })
  if (!isFinal(task.status)) {
    throw conflict(
      `it is ${task.status}, not finished`,
      `Cancel it first: sparky agent tasks cancel ${task.number}`,
    )
  }
  const needing = neededBy(view, task)
  if (needing !== undefined) {
    throw conflict(`task ${needing.number} needs its answer`, `When that one has started, this one can go.`)
  }
  const whole = partOf(view, task)
  if (whole !== undefined) {
    throw conflict(`it is a part of task ${whole.number}`, `When that one has ended, this one can go.`)
  }
  return { task_id: task.id, type: 'task_removed', data: {} }
}

const isNeeded = (view: StoreView, task: Task): boolean =>
  neededBy(view, task) !== undefined || partOf(view, task) !== undefined

/** The unfinished task that has delegated this one, and may look for its answer yet; undefined where there is none. */
export const partOf = (view: Pick<StoreView, 'task'>, task: Task): Task | undefined => {
  const parent =
    claimantOf(task) === 'parent' && task.parent_id !== null ? view.task(task.parent_id) : undefined
  return parent === undefined || isFinal(parent.status) ? undefined : parent
}

/** A task that has not started and whose prompt is to be filled with this one's answer; undefined where there is none. */
const neededBy = (view: StoreView, { id }: Task): Task | undefined =>
  view
    .dependants(id)
    .find((task) => task.started_at === null && answersWanted(task, (other) => view.task(other)).includes(id))
