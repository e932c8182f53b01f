import type { ApiParams, StatusCounts, Why } from '../../protocol/api.ts'
import type { EventDraft } from '../../protocol/event.ts'
import { isFinal, type Task, type TaskStatus } from '../../protocol/task.ts'
import { wakeMs, type ActiveTasks } from '../store/active-tasks.ts'
import type { Decide, Store, StoreView } from '../store/store.ts'
import { addDrafts, prepareTask, type TaskDefaults } from './add-task.ts'
import { nextTask, reasonsAgainst, type AdmissionSettings, type QueueState } from './admission.ts'
import { ClaimedAttempt } from './claimed-attempt.ts'
import { editDrafts, prepareEdit } from './edit-task.ts'
import type { RunningAttempt } from './running-attempt.ts'
import { lostCallDrafts } from './open-calls.ts'
import { statusDraft } from './task-events.ts'
import { cancelDrafts, pauseDrafts, removeDraft, resumeDrafts, retryDrafts } from './user-commands.ts'

export interface QueueOptions {
  readonly store: Store
  /** Asked anew for each decision, so that a changed configuration counts at once. */
  readonly settings: () => QueueSettings
  readonly now?: () => Date
}

export interface QueueSettings {
  readonly loopOn: boolean
  readonly concurrency: number
  readonly groupConcurrency: Readonly<Record<string, number>>
  readonly taskDefaults: TaskDefaults
  /** What a task gets at its start that nobody chose a model for. */
  readonly defaultModel: string
}

export interface TaskFilter {
  readonly statuses?: ReadonlySet<TaskStatus>
  readonly group?: string
  readonly labels?: Readonly<Record<string, string>>
}

/** What concerns many tasks is done for this many an append, so that no batch grows without bound. */
const batchSize = 500

/**
 * Every command that changes a task, each one decision on the store. A command resolves when its events are on
 * disk. Refusals are `SparkyError`s: `not_found`, `conflict`, `usage`, `not_durable`.
 */
export class Queue {
  readonly #store: Store
  readonly #settings: () => QueueSettings
  readonly #now: () => Date
  readonly #running = new Map<string, ClaimedAttempt>()

  constructor({ store, settings, now = () => new Date() }: QueueOptions) {
    this.#store = store
    this.#settings = settings
    this.#now = now
  }

  /** The attempts that run now. */
  get running(): readonly RunningAttempt[] {
    return [...this.#running.values()]
  }

  get paused(): boolean {
    return isPaused(this.#store)
  }

  counts(): StatusCounts {
    return this.#store.counts()
  }

  /** Adds a task; with an id that is there already, or with `dedupe`, returns the task that is there. */
  async add(params: ApiParams<'addTask'>): Promise<Task> {
    const prepared = await prepareTask(params, this.#settings().taskDefaults, this.#now())
    let id = prepared.id
    await this.#store.append((view) => {
      const decision = addDrafts(view, prepared, this.#now())
      id = decision.id
      return decision.drafts
    })
    return this.#store.resolve(id)
  }

  /** Changes what has not started yet. */
  async edit(ref: string, params: ApiParams<'editTask'>): Promise<Task> {
    const prepared = await prepareEdit(params, this.#settings().taskDefaults, this.#now())
    return this.#change(ref, (view, task) => editDrafts(view, task, prepared, this.#now()))
  }

  /** Ends a task for good. A running one is told to stop; resolves when its `cancelled` is on disk. */
  async cancel(ref: string, { by, reason }: { by: string; reason: string | null }): Promise<Task> {
    const { id } = this.#store.resolve(ref)
    for (;;) {
      const attempt = this.#running.get(id)
      if (attempt !== undefined) {
        attempt.stop({ kind: 'cancel', by, reason })
        await attempt.settled
        if (this.#store.task(id)?.status === 'cancelled') return this.#store.resolve(id)
      }
      // Between this look and the decision the task may have been claimed, or have gone on in another way.
      const seen = this.#store.resolve(id)
      const lostCalls = seen.started_at === null ? [] : await lostCallDrafts(seen, this.#store)
      let isSame = false
      const task = await this.#change(id, (view, task) => {
        isSame = task.last_seq === seen.last_seq && !this.#running.has(id)
        return isSame ? [...lostCalls, ...cancelDrafts(view, task, { reason, now: this.#now() })] : []
      })
      if (isSame) return task
    }
  }

  /** Starts a finished task afresh, as its next attempt. */
  retry(ref: string): Promise<Task> {
    return this.#change(ref, (view, task) => retryDrafts(task, this.#state(view)))
  }

  /** Keeps a task that has not started from starting. */
  pause(ref: string): Promise<Task> {
    return this.#change(ref, (_view, task) => pauseDrafts(task))
  }

  resume(ref: string): Promise<Task> {
    return this.#change(ref, (view, task) => resumeDrafts(task, this.#state(view)))
  }

  /** Removes a finished task; returns it as it was. */
  async remove(ref: string): Promise<Task> {
    let removed: Task | undefined
    await this.#store.append((view) => {
      removed = view.resolve(ref)
      return [removeDraft(removed)]
    })
    return removed ?? this.#store.resolve(ref)
  }

  /** Removes the finished tasks that the filter fits; returns how many. */
  async clear(filter: TaskFilter): Promise<number> {
    let removed = 0
    let before: number | null = Number.MAX_SAFE_INTEGER
    while (before !== null) {
      const page = await this.#store.tasks({ ...filter, limit: batchSize, before })
      const ids = page.tasks.filter(({ status }) => isFinal(status)).map(({ id }) => id)
      const events = await this.#store.append((view) =>
        ids.flatMap((id) => {
          const task = view.task(id)
          return task !== undefined && isFinal(task.status) ? [removeDraft(task)] : []
        }),
      )
      removed += events.length
      before = page.nextBefore
    }
    return removed
  }

  /** Every reason that a task is not running; the same predicates that admit it. */
  why(ref: string): Why {
    const task = this.#store.resolve(ref)
    return {
      task_id: task.id,
      running: task.status === 'in_progress',
      reasons: reasonsAgainst(task, this.#state(this.#store)),
    }
  }

  /** Stops or lets go on the starting of tasks; lasts over restarts. */
  async setPaused(paused: boolean): Promise<void> {
    await this.#store.append((view) =>
      isPaused(view) === paused ? [] : [{ task_id: null, type: 'queue_changed', data: { paused } }],
    )
  }

  /** Takes the next task that may start; undefined where none may. The caller must settle it. */
  async claim(): Promise<RunningAttempt | undefined> {
    await this.#wake()
    let claimed: ClaimedAttempt | undefined
    try {
      await this.#store.append((view) => {
        const state = this.#state(view)
        const next = nextTask(state)
        if (next === undefined) return []
        claimed = this.#attempt(next)
        return [claimed.claimDraft(next.model ?? this.#settings().defaultModel, state.now)]
      })
    } catch (error) {
      if (claimed !== undefined) this.#running.delete(claimed.task.id)
      throw error
    }
    claimed?.begin(this.#store.resolve(claimed.task.id))
    return claimed
  }

  /** When the next task comes due by the clock; null where none waits for it. */
  nextDue(): Date | null {
    const nowMs = this.#now().getTime()
    for (const task of this.#store.timed()) {
      const dueMs = wakeMs(task) ?? 0
      if (dueMs > nowMs) return new Date(dueMs)
    }
    return null
  }

  /** Queues what has waited for a moment that has come. */
  async #wake(): Promise<void> {
    while (dueTasks(this.#store, this.#now()).length > 0) {
      await this.#store.append((view) =>
        dueTasks(view, this.#now()).map((task) =>
          statusDraft({
            task,
            status: 'pending',
            verb: 'start',
            message: 'Its time has come',
            changes: { not_before: null, waiting_for: null },
          }),
        ),
      )
    }
  }

  /**
   * Takes back to `pending` what a daemon that is gone left `in_progress`; returns those tasks. To be called once,
   * before the first claim.
   */
  async recover(): Promise<readonly Task[]> {
    const events = await this.#store.append((view) =>
      view.running().map((task) =>
        statusDraft({
          task,
          status: 'pending',
          verb: 'recover',
          message: `The daemon ended while this ran; it goes on after step ${task.progress.step}`,
        }),
      ),
    )
    return events.flatMap(({ task_id }) => (task_id === null ? [] : (this.#store.task(task_id) ?? [])))
  }

  #attempt(task: Task): ClaimedAttempt {
    const attempt = new ClaimedAttempt({
      task,
      store: this.#store,
      now: this.#now,
      onSettled: () => {
        if (this.#running.get(task.id) === attempt) this.#running.delete(task.id)
      },
    })
    this.#running.set(task.id, attempt)
    return attempt
  }

  async #change(ref: string, decide: (view: StoreView, task: Task) => readonly EventDraft[]): Promise<Task> {
    let id = ''
    const resolved: Decide = (view) => {
      const task = view.resolve(ref)
      id = task.id
      return decide(view, task)
    }
    await this.#store.append(resolved)
    return this.#store.resolve(id)
  }

  #state(view: StoreView | Store): QueueState {
    const { loopOn, concurrency, groupConcurrency } = this.#settings()
    const settings: AdmissionSettings = { loopOn, concurrency, groupConcurrency, paused: isPaused(view) }
    return { tasks: view, find: (id) => view.task(id), settings, now: this.#now() }
  }
}

const isPaused = (view: Pick<StoreView, 'queueFacts'>): boolean => view.queueFacts()['paused'] === true

const dueTasks = (view: ActiveTasks, now: Date): Task[] => {
  const due: Task[] = []
  for (const task of view.timed()) {
    if ((wakeMs(task) ?? Infinity) > now.getTime()) break
    if (task.status !== 'pending') due.push(task)
    if (due.length === batchSize) break
  }
  return due
}
