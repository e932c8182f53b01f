import type { StoredEvent } from '../../../protocol/event.ts'
import { applyEvent } from '../../../protocol/fold.ts'
import type { Task } from '../../../protocol/task.ts'
import { inQueueOrder, wakeMs, type ActiveTasks, type Claimant } from '../active-tasks.ts'
import { burntNumber, foldFacts } from '../queue-facts.ts'
import type { StoreView } from '../store.ts'
import { ActiveIndex } from './active-index.ts'
import { mergeSorted } from './merge-sorted.ts'
import { resolveTask, type TaskNames } from './resolve-task.ts'
import { byNumber } from './task-groups.ts'
import { numberTold } from './tombstone.ts'

/** The folded state, as the durable task table holds it. */
export interface FoldedState extends TaskNames, ActiveTasks {
  active(): Iterable<Task>
  queueFacts(): Readonly<Record<string, unknown>>
  /** The highest number that was ever given to a task. */
  readonly lastNumber: number
}

/**
 * Changes over a state that is left as it is until the changes are durable. What it costs depends on how much has
 * changed and on how much is asked for, not on how much there is.
 */
export class Overlay implements StoreView {
  readonly #below: FoldedState
  /** Undefined for a task that was removed. */
  readonly #changes = new Map<string, Task | undefined>()
  /** Number -> id of the tasks that were added here. */
  readonly #added = new Map<number, string>()
  /** Of what has changed; made when it is first asked for, since to add a task nobody asks. */
  #index: ActiveIndex | undefined
  /** Whether one of the changes may wait for another task. */
  #hasDependants = false
  /** Whether one of the changes may be the child of another task. */
  #hasChildren = false
  #queueFacts: Readonly<Record<string, unknown>>
  #lastNumber: number
  #undo: (() => void)[] | undefined

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
    const id = number > this.#below.lastNumber ? this.#added.get(number) : this.#below.byNumber(number)?.id
    const task = id === undefined ? undefined : this.task(id)
    return task?.number === number ? task : undefined
  }

  idsStartingWith(prefix: string): readonly string[] {
    const below = this.#below.idsStartingWith(prefix).filter((id) => !this.#changes.has(id))
    const changed = [...this.#changes].filter(([id, task]) => task !== undefined && id.startsWith(prefix))
    return [...below, ...changed.map(([id]) => id)]
  }

  active(): readonly Task[] {
    return [...this.#merged((tasks) => tasks.active(), byNumber)]
  }

  queued(claimant: Claimant, isClosed?: (task: Task) => boolean): Iterable<Task> {
    return this.#merged((tasks) => tasks.queued(claimant, isClosed), inQueueOrder)
  }

  running(): readonly Task[] {
    return [...this.#merged((tasks) => tasks.running(), byNumber)]
  }

  waiting(): readonly Task[] {
    return [...this.#merged((tasks) => tasks.waiting(), byNumber)]
  }

  timed(): Iterable<Task> {
    return this.#merged((tasks) => tasks.timed(), earlierFirst)
  }

  dependants(id: string): readonly Task[] {
    // Asked with every add; while nothing that was added waits for anything, no index has to be made for it.
    if (!this.#hasDependants) return this.#below.dependants(id).filter((task) => !this.#changes.has(task.id))
    return [...this.#merged((tasks) => tasks.dependants(id), byNumber)]
  }

  children(id: string): readonly Task[] {
    if (!this.#hasChildren) return this.#below.children(id).filter((task) => !this.#changes.has(task.id))
    return [...this.#merged((tasks) => tasks.children(id), byNumber)]
  }

  withPrompt(prompt: string): Iterable<Task> {
    return this.#merged((tasks) => tasks.withPrompt(prompt), byNumber)
  }

  /** Folds one more event. */
  apply(event: StoredEvent): void {
    if (event.task_id === null) {
      this.#queueFacts = foldFacts(this.#queueFacts, event)
      this.#lastNumber = Math.max(this.#lastNumber, burntNumber(this.#queueFacts), numberTold(event))
      return
    }
    const before = this.task(event.task_id)
    const after = applyEvent(before, event)
    this.#lastNumber = Math.max(this.#lastNumber, numberTold(event))
    if (after !== before) this.#put(event.task_id, after)
  }

  /** Runs `work`; where that throws, every change that it has made is taken back first. */
  allOrNothing<T>(work: () => T): T {
    const [queueFacts, lastNumber, undo] = [this.#queueFacts, this.#lastNumber, [] as (() => void)[]]
    this.#undo = undo
    try {
      return work()
    } catch (error) {
      for (const takeBack of undo.reverse()) takeBack()
      this.#queueFacts = queueFacts
      this.#lastNumber = lastNumber
      throw error
    } finally {
      this.#undo = undefined
    }
  }

  #put(id: string, task: Task | undefined): void {
    const isChanged = this.#changes.has(id)
    const before = this.#changes.get(id)
    this.#undo?.push(() => this.#takeBack(id, isChanged ? { task: before } : undefined))
    this.#changes.set(id, task)
    if (task !== undefined && task.number > this.#below.lastNumber) this.#added.set(task.number, id)
    if (task !== undefined && task.depends_on.length > 0) this.#hasDependants = true
    if (task !== undefined && task.parent_id !== null) this.#hasChildren = true
    this.#index?.change(before, task)
  }

  #takeBack(id: string, before: { readonly task: Task | undefined } | undefined): void {
    this.#index?.change(this.#changes.get(id), before?.task)
    if (before === undefined) this.#changes.delete(id)
    else this.#changes.set(id, before.task)
  }

  *#merged(
    of: (tasks: FoldedState | ActiveIndex) => Iterable<Task>,
    compare: (one: Task, other: Task) => number,
  ): Generator<Task> {
    if (this.#changes.size === 0) return yield* of(this.#below)
    yield* mergeSorted({ one: this.#unchanged(of(this.#below)), other: of(this.#changed()), compare })
  }

  *#unchanged(tasks: Iterable<Task>): Generator<Task> {
    for (const task of tasks) if (!this.#changes.has(task.id)) yield task
  }

  #changed(): ActiveIndex {
    if (this.#index !== undefined) return this.#index
    this.#index = new ActiveIndex()
    for (const task of this.#changes.values()) this.#index.change(undefined, task)
    return this.#index
  }
}

const earlierFirst = (one: Task, other: Task): number =>
  (wakeMs(one) ?? 0) - (wakeMs(other) ?? 0) || byNumber(one, other)
