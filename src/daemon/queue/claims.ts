import type { EventDraft } from '../../protocol/event.ts'
import type { Task, TaskChanges } from '../../protocol/task.ts'
import { claimantOf, wakeMs, type ActiveTasks, type Claimant } from '../store/active-tasks.ts'
import type { StoreView } from '../store/store.ts'
import { nextTask } from './admission.ts'
import { filledPrompt } from './answer-template.ts'
import { ClaimedAttempt } from './claimed-attempt.ts'
import { queueState, type BudgetLook, type QueueOptions } from './queue-settings.ts'
import type { RunningAttempt } from './running-attempt.ts'
import { statusDraft } from './task-events.ts'

/** Who asks for the next task; what is delegated is claimed by name. */
export type Lane = Exclude<Claimant, 'parent'>

/** What comes due is queued this many at a time, so that no batch grows without bound. */
const batchSize = 500

/** Which tasks run: what takes the next one, and the attempts that are under way. */
export class Claims {
  readonly #options: QueueOptions
  readonly #running = new Map<string, ClaimedAttempt>()

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** The attempts that run now. */
  get running(): readonly RunningAttempt[] {
    return [...this.#running.values()]
  }

  /** The attempt that runs the task with this id. */
  runningOf(id: string): RunningAttempt | undefined {
    return this.#running.get(id)
  }

  /** Whether something has come due, can be paid for again or may start, by what is durable: a claim costs more than this look. */
  mayClaim(lane: Lane): boolean {
    const { store, now, settings } = this.#options
    return (
      dueTasks(store, now()).length > 0 ||
      affordableTasks(store, settings().budgets).length > 0 ||
      nextTask(queueState(store, this.#options), lane) !== undefined
    )
  }

  /** Takes the next task that may start; undefined where none may. The caller must settle it. */
  async claim(lane: Lane): Promise<RunningAttempt | undefined> {
    await this.#wake()
    return this.#claim((view) => nextTask(queueState(view, this.#options), lane))
  }

  /** Takes this task, which was delegated; undefined where it does not wait to be taken, or not yet. */
  claimDelegated(id: string): Promise<RunningAttempt | undefined> {
    return this.#claim((view) => {
      const task = view.task(id)
      const isReady = task?.status === 'pending' && claimantOf(task) === 'parent'
      return isReady && Date.parse(task.not_before ?? '1970') <= this.#options.now().getTime()
        ? task
        : undefined
    })
  }

  async #claim(choose: (view: StoreView) => Task | undefined): Promise<RunningAttempt | undefined> {
    const { store, settings, now } = this.#options
    let claimed: ClaimedAttempt | undefined
    try {
      await store.append((view) => {
        const next = choose(view)
        if (next === undefined) return []
        claimed = this.#attempt(next)
        const draft = claimed.claimDraft(next.model ?? settings().defaultModel, now())
        const find = (id: string): Task | undefined => view.task(id)
        return [next.started_at === null ? withChanges(draft, filledPrompt(next, find)) : draft]
      })
    } catch (error) {
      // Whoever has seen it by now waits for its end.
      claimed?.abandon()
      throw error
    }
    claimed?.begin(store.resolve(claimed.task.id))
    return claimed
  }

  /** When something comes due by the clock: a task, or a new day for the budgets; null where nothing waits for it. */
  nextDue(): Date | null {
    const nowMs = this.#options.now().getTime()
    const reset = this.#options.settings().budgets.reset
    for (const task of this.#options.store.timed()) {
      const dueMs = wakeMs(task) ?? 0
      if (dueMs > nowMs) return reset !== null && reset.getTime() < dueMs ? reset : new Date(dueMs)
    }
    return reset
  }

  /**
   * Takes back to `pending` what a daemon that is gone left `in_progress`; returns those tasks. To be called once,
   * before the first claim.
   */
  async recover(): Promise<readonly Task[]> {
    const events = await this.#options.store.append((view) =>
      view.running().map((task) => ({
        ...statusDraft({
          task,
          status: 'pending',
          verb: 'recover',
          message: `The daemon ended while this ran; it goes on in step ${Math.max(1, task.progress.step)}`,
        }),
        // So that the time in which nobody ran it is not counted as its.
        private: { endedAt: task.updated_at },
      })),
    )
    return events.flatMap(({ task_id }) =>
      task_id === null ? [] : (this.#options.store.task(task_id) ?? []),
    )
  }

  /** Queues what has waited for a moment that has come, or for a budget that there is again. */
  async #wake(): Promise<void> {
    const { store, now, settings } = this.#options
    const due = (view: ActiveTasks): Task[] => dueTasks(view, now())
    while (due(store).length > 0) {
      await store.append((view) => due(view).map((task) => wakeDraft(task, 'Its time has come')))
    }
    const affordable = (view: ActiveTasks): Task[] => affordableTasks(view, settings().budgets)
    while (affordable(store).length > 0) {
      await store.append((view) =>
        affordable(view).map((task) => wakeDraft(task, 'There is something left of its budget again')),
      )
    }
  }

  #attempt(task: Task): ClaimedAttempt {
    const attempt = new ClaimedAttempt({
      task,
      store: this.#options.store,
      retries: () => this.#options.settings().retries,
      now: this.#options.now,
      onSettled: () => {
        if (this.#running.get(task.id) === attempt) this.#running.delete(task.id)
      },
    })
    this.#running.set(task.id, attempt)
    return attempt
  }
}

const withChanges = (draft: EventDraft, more: TaskChanges): EventDraft =>
  draft.type === 'status'
    ? { ...draft, data: { ...draft.data, changes: { ...draft.data.changes, ...more } } }
    : draft

const wakeDraft = (task: Task, message: string): EventDraft =>
  statusDraft({
    task,
    status: 'pending',
    verb: 'start',
    message,
    changes: { not_before: null, waiting_for: null },
  })

/** What waits for a budget that was raised, or is gone from the configuration. */
const affordableTasks = (view: ActiveTasks, budgets: BudgetLook): Task[] => {
  const waiting = view.waiting().filter(({ waiting_for }) => waiting_for?.kind === 'budget')
  if (waiting.length === 0 || budgets.over(null) !== null) return []
  const over = new Set(
    [...new Set(waiting.map(({ group }) => group))].filter((group) => budgets.over(group) !== null),
  )
  return waiting.filter(({ group }) => !over.has(group)).slice(0, batchSize)
}

const dueTasks = (view: ActiveTasks, now: Date): Task[] => {
  const due: Task[] = []
  for (const task of view.timed()) {
    if ((wakeMs(task) ?? Infinity) > now.getTime()) break
    if (task.status !== 'pending') due.push(task)
    if (due.length === batchSize) break
  }
  return due
}
