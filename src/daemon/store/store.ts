import type { EventDraft, EventType, StoredEvent } from '../../protocol/event.ts'
import type { StatusCounts } from '../../protocol/daemon-status.ts'
import type { Task, TaskStatus } from '../../protocol/task.ts'
import type { ActiveTasks } from './active-tasks.ts'

/**
 * What a decision may look at: the durable state, plus what earlier decisions of the same batch have decided.
 * Valid only while the decision runs.
 */
export interface StoreView extends ActiveTasks {
  /** The task with this id; undefined where there is none (any more). */
  task(id: string): Task | undefined
  /** The task that a person named: its number, its id, or a unique prefix (at least 4 characters) of its id.
   * Throws `not_found`, or `usage` where a prefix fits several. */
  resolve(ref: string): Task
  /** Every task that is not final, in the order of their numbers. */
  active(): readonly Task[]
  /** The newest fact of this kind about no task (`queue_changed`), folded: later members win. */
  queueFacts(): Readonly<Record<string, unknown>>
}

/**
 * A decision: looks at the state and says which events follow from it; an empty list where nothing does. Runs
 * synchronously when its batch is formed, so nothing can change between the look and the append. What it throws
 * rejects its `append` alone and leaves no trace.
 */
export type Decide = (view: StoreView) => readonly EventDraft[]

export interface EventQuery {
  /** Only events with a larger `seq`; 0 for all. */
  readonly after: number
  /** Only events up to and including this `seq`; without it, up to the last durable one at the call. */
  readonly upTo?: number
  /** Only this task's events (by id). */
  readonly taskId?: string
  /** Only these tasks' events (by id); of several, as quickly as of one. */
  readonly taskIds?: ReadonlySet<string>
  readonly types?: ReadonlySet<EventType>
}

export interface TaskQuery {
  readonly statuses?: ReadonlySet<TaskStatus>
  readonly group?: string
  readonly labels?: Readonly<Record<string, string>>
  /** At most this many, newest first. */
  readonly limit: number
  /** Only tasks with a smaller number: the cursor of the page before. */
  readonly before?: number
}

export interface TaskPage {
  readonly tasks: readonly Task[]
  /** `before` of the next page; null at the end. */
  readonly nextBefore: number | null
}

/** A task that has finished, as far as that is known without loading it. */
export interface FinishedTask {
  readonly id: string
  readonly number: number
  /** Of its last event. */
  readonly lastSeq: number
}

/** A tool's whole result, kept beside its event where that holds only head and tail. */
export interface KeptResult {
  readonly text: string
  /** Size of what the tool gave; more than the text's where that was cut at 10 MiB. */
  readonly bytes: number
}

/** Hears of events that became durable together; `texts` are the same as JSON, as they were written. */
export type OnAppend = (events: readonly StoredEvent[], texts: readonly string[]) => void

/**
 * The one port to durable state, and its only writer. One numbered, append-only log is the truth; tasks are its
 * fold by `applyEvent`.
 *
 * - `append` resolves once the events are on disk, with them as stored, and not before; listeners of `onAppend`
 *   are called first, in order of `seq`. It rejects with `not_durable` where they could not be written: then
 *   nothing of that batch is visible, and the store stays readable and takes appends again when it can.
 * - Reads show durable state only.
 */
export interface Store extends ActiveTasks {
  /** Made once with the store; a client's cursor is valid only within one. */
  readonly storeId: string
  readonly lastSeq: number
  /** False after a failed write, until one succeeds. */
  readonly writable: boolean
  append(decide: Decide): Promise<readonly StoredEvent[]>
  /** As in `StoreView`, on durable state. */
  task(id: string): Task | undefined
  resolve(ref: string): Task
  active(): readonly Task[]
  queueFacts(): Readonly<Record<string, unknown>>
  tasks(query: TaskQuery): Promise<TaskPage>
  counts(): StatusCounts
  /** The same for each group that has tasks; looks at every task. */
  groupCounts(): ReadonlyMap<string, StatusCounts>
  /** The finished tasks that ended first, oldest first: at most `limit`, of those whose number is not skipped. */
  oldestFinished(limit: number, isSkipped: (number: number) => boolean): readonly FinishedTask[]
  /** Events in order of `seq`, in chunks bounded by size (about 256 KiB), so that a reader sets the pace. */
  events(query: EventQuery): AsyncIterable<readonly StoredEvent[]>
  /** Keeps a result so that an event may refer to it; resolves once it is on disk. Text above 10 MiB is cut. */
  keepResult(taskId: string, callId: string, text: string): Promise<void>
  result(taskId: string, callId: string): Promise<KeptResult | undefined>
  /** Called with each durable batch. Returns the unsubscribe. A listener must not throw. */
  onAppend(listener: OnAppend): () => void
  /** Flushes, writes the snapshot and lets go of the files. Appends after it reject. */
  close(): Promise<void>
}
