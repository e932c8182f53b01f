import type { StoredEvent } from '../../../protocol/event.ts'
import { applyEvent } from '../../../protocol/fold.ts'
import { isFinal, type Task } from '../../../protocol/task.ts'
import { activeTasksOf, type ActiveTasks } from '../active-tasks.ts'
import { foldFacts } from '../queue-facts.ts'
import type { StoreView } from '../store.ts'
import { resolveTask, type TaskNames } from './resolve-task.ts'

/** The folded state: what the durable task table is, and what each layer of decisions over it is. */
export interface FoldedState extends TaskNames {
  active(): readonly Task[]
  queueFacts(): Readonly<Record<string, unknown>>
  /** The highest number that was ever given to a task. */
  readonly lastNumber: number
}

/** Changes over a state that is left as it is until the changes are durable. */
export class Overlay implements FoldedState, StoreView {
  readonly #below: FoldedState
  /** Undefined for a task that was removed. */
  readonly #changes = new Map<string, Task | undefined>()
  #queueFacts: Readonly<Record<string, unknown>>
  #lastNumber: number
  #active: readonly Task[] | undefined

  constructor(below: FoldedState) {
    this.#below = below
    this.#queueFacts = below.queueFacts()
    this.#lastNumber = below.lastNumber
  }

  get changes(): ReadonlyMap<string, Task | undefined> {
    return this.#changes
  }

  get lastNumber(): number {
    return this.#lastNumber
  }

  queueFacts(): Readonly<Record<string, unknown>> {
    return this.#queueFacts
  }

  task(id: string): Task | undefined {
    return this.#changes.has(id) ? this.#changes.get(id) : this.#below.task(id)
  }

  resolve(ref: string): Task {
    return resolveTask(this, ref)
  }

  byNumber(number: number): Task | undefined {
    for (const task of this.#changes.values()) if (task?.number === number) return task
    const task = this.#below.byNumber(number)
    return task === undefined || this.#changes.has(task.id) ? undefined : task
  }

  idsStartingWith(prefix: string): readonly string[] {
    const below = this.#below.idsStartingWith(prefix).filter((id) => !this.#changes.has(id))
    const changed = [...this.#changes].filter(([id, task]) => task !== undefined && id.startsWith(prefix))
    return [...below, ...changed.map(([id]) => id)]
  }

  active(): readonly Task[] {
    if (this.#changes.size === 0) return this.#below.active()
    this.#active ??= this.#mergeActive()
    return this.#active
  }

  queued(): Iterable<Task> {
    return this.#index().queued()
  }

  running(): readonly Task[] {
    return this.#index().running()
  }

  waiting(): readonly Task[] {
    return this.#index().waiting()
  }

  timed(): Iterable<Task> {
    return this.#index().timed()
  }

  dependants(id: string): readonly Task[] {
    return this.#index().dependants(id)
  }

  /** Folds one more event. */
  apply(event: StoredEvent): void {
    if (event.task_id === null) {
      this.#queueFacts = foldFacts(this.#queueFacts, event)
      return
    }
    const before = this.task(event.task_id)
    const after = applyEvent(before, event)
    if (event.type === 'task_added') this.#lastNumber = Math.max(this.#lastNumber, event.data.task.number)
    if (after !== before) this.#put(event.task_id, after)
  }

  /** Takes the changes of a layer over this one into this one. */
  takeIn(above: Overlay): void {
    for (const [id, task] of above.changes) this.#put(id, task)
    this.#queueFacts = above.queueFacts()
    this.#lastNumber = above.lastNumber
  }

  #put(id: string, task: Task | undefined): void {
    this.#changes.set(id, task)
    this.#active = undefined
  }

  #index(): ActiveTasks {
    return activeTasksOf(this.active())
  }

  #mergeActive(): readonly Task[] {
    const changed = [...this.#changes.values()].filter((task) => task !== undefined && !isFinal(task.status))
    const unchanged = this.#below.active().filter((task) => !this.#changes.has(task.id))
    return [...unchanged, ...(changed as Task[])].sort((one, other) => one.number - other.number)
  }
}
