import type { StatusCounts } from '../../../protocol/daemon-status.ts'
import type { StoredEvent } from '../../../protocol/event.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import type { Claimant } from '../active-tasks.ts'
import type { Task } from '../../../protocol/task.ts'
import type {
  Decide,
  EventQuery,
  FinishedTask,
  KeptResult,
  OnAppend,
  Store,
  TaskPage,
  TaskQuery,
} from '../store.ts'
import { Batch } from './batch.ts'
import { CommitQueue } from './commit-queue.ts'
import { Compaction } from './compaction.ts'
import { countGroups } from './count-groups.ts'
import { diskHint } from './disk.ts'
import type { EmbeddedStoreOptions } from './embedded-store-options.ts'
import type { EventLog } from './event-log.ts'
import { listTasks } from './list-tasks.ts'
import { Listeners } from './listeners.ts'
import type { OnNotice } from './notice.ts'
import { oldestFinished } from './oldest-finished.ts'
import type { PendingRemovals } from './pending-removals.ts'
import { readEvents, wantedTasks } from './read-events.ts'
import { RemovedTasks } from './removed-tasks.ts'
import { resolveTask } from './resolve-task.ts'
import type { RestoredState } from './restore.ts'
import type { ResultFiles } from './results.ts'
import { SnapshotSchedule } from './snapshot-schedule.ts'
import type { Snapshot } from './snapshot.ts'
import { spanOfTasks } from './span-of-tasks.ts'
import { tombstoneOf } from './tombstone.ts'
import { Writability } from './writability.ts'

interface Parts {
  readonly options: EmbeddedStoreOptions
  readonly onNotice: OnNotice
  readonly log: EventLog
  readonly snapshot: Snapshot
  readonly results: ResultFiles
  readonly removals: PendingRemovals
  readonly restored: RestoredState
}

/** The log, the state that it folds to, and everyone who changes it, asks for it or listens. */
export class StoreOverLog implements Store {
  readonly #parts: Parts
  readonly #now: () => Date
  readonly #commits: CommitQueue
  readonly #snapshots: SnapshotSchedule
  readonly #listeners: Listeners
  readonly #removedTasks: RemovedTasks
  readonly #compaction: Compaction
  readonly #writability: Writability
  #lastSeq: number
  #lastWriteSeq: number
  #lastTs: string
  #closed: Promise<void> | undefined

  constructor(parts: Parts) {
    const { options, log, restored } = parts
    this.#parts = parts
    this.#now = options.now ?? (() => new Date())
    this.#lastSeq = log.lastSeq
    this.#lastWriteSeq = log.lastSeq
    this.#lastTs = restored.lastTs
    this.#commits = new CommitQueue({
      openBatch: () => new Batch(restored.table, { seq: this.#lastSeq + 1, ts: this.#nextTs() }),
      commit: (batch) => this.#commit(batch),
    })
    this.#snapshots = new SnapshotSchedule({
      events: options.snapshotEvents ?? 50_000,
      idleMs: options.snapshotIdleMs ?? 5_000,
      write: () => this.#writeSnapshot(),
    })
    this.#snapshots.add(log.lastSeq - restored.snapshotSeq)
    this.#writability = new Writability({
      probe: () => log.probe(),
      everyMs: options.probeMs ?? 1000,
      onNotice: parts.onNotice,
    })
    this.#compaction = new Compaction({
      log,
      pending: parts.removals,
      onNotice: parts.onNotice,
      idleMs: options.compactionIdleMs ?? 2_000,
      patienceMs: options.compactionPatienceMs ?? 24 * 60 * 60 * 1000,
    })
    this.#listeners = new Listeners(parts.onNotice)
    this.#removedTasks = new RemovedTasks({
      pending: parts.removals,
      results: parts.results,
      onNotice: parts.onNotice,
      onNoted: () => this.#compaction.schedule(),
    })
  }

  get storeId(): string {
    return this.#parts.log.storeId
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  get writable(): boolean {
    return this.#writability.isWritable
  }

  async append(decide: Decide): Promise<readonly StoredEvent[]> {
    if (this.#closed !== undefined) throw new SparkyError('not_durable', 'the store is closed')
    return this.#commits.add(decide)
  }

  task(id: string): Task | undefined {
    return this.#table.task(id)
  }

  resolve(ref: string): Task {
    return resolveTask(this.#table, ref)
  }

  active(): readonly Task[] {
    return [...this.#table.active()]
  }

  queued(claimant: Claimant, isClosed?: (task: Task) => boolean): Iterable<Task> {
    return this.#table.queued(claimant, isClosed)
  }

  running(): readonly Task[] {
    return this.#table.running()
  }

  waiting(): readonly Task[] {
    return this.#table.waiting()
  }

  timed(): Iterable<Task> {
    return this.#table.timed()
  }

  dependants(id: string): readonly Task[] {
    return this.#table.dependants(id)
  }

  children(id: string): readonly Task[] {
    return this.#table.children(id)
  }

  withPrompt(prompt: string): Iterable<Task> {
    return this.#table.withPrompt(prompt)
  }

  queueFacts(): Readonly<Record<string, unknown>> {
    return this.#table.queueFacts()
  }

  tasks(query: TaskQuery): Promise<TaskPage> {
    return listTasks(this.#table, query)
  }

  counts(): StatusCounts {
    return this.#table.counts()
  }

  groupCounts(): ReadonlyMap<string, StatusCounts> {
    return countGroups(this.#table.pages)
  }

  oldestFinished(limit: number, isSkipped: (number: number) => boolean): readonly FinishedTask[] {
    return oldestFinished(this.#table.pages, limit, isSkipped)
  }

  events(query: EventQuery): AsyncIterable<readonly StoredEvent[]> {
    const span = spanOfTasks(this.#table, wantedTasks(query))
    const after = Math.max(query.after, span.first - 1)
    const upTo = Math.min(query.upTo ?? Infinity, span.last, this.#lastSeq)
    return readEvents(this.#parts.log, { ...query, after, upTo }, (event) =>
      this.#isRemoved(event) ? tombstoneOf(event) : event,
    )
  }

  async keepResult(taskId: string, callId: string, text: string): Promise<void> {
    try {
      await this.#parts.results.keep(taskId, callId, text)
    } catch (cause) {
      const message = `the result could not be written to disk: ${(cause as Error).message}`
      throw new SparkyError('not_durable', message, { retryable: true, cause })
    }
  }

  result(taskId: string, callId: string): Promise<KeptResult | undefined> {
    return this.#parts.results.read(taskId, callId)
  }

  onAppend(listener: OnAppend): () => void {
    return this.#listeners.add(listener)
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  get #table() {
    return this.#parts.restored.table
  }

  /** Whether it is about a task that was removed, even if another one has its id by now. */
  #isRemoved({ task_id, seq, type }: StoredEvent): boolean {
    if (task_id === null || type === 'task_removed') return false
    return seq < (this.#table.row(task_id)?.firstSeq ?? Infinity)
  }

  /** A clock that is set back must not order events otherwise than `seq` does. */
  #nextTs(): string {
    const now = this.#now().toISOString()
    return now > this.#lastTs ? now : this.#lastTs
  }

  async #commit(batch: Batch): Promise<void> {
    try {
      await this.#parts.log.append(batch.records)
    } catch (error) {
      throw this.#notDurable(error)
    }
    this.#writability.succeeded()
    this.#removedTasks.note(batch.events, (id) => this.#table.row(id)?.firstSeq)
    this.#table.take(batch.state)
    this.#lastWriteSeq = this.#lastSeq + 1
    this.#lastSeq += batch.events.length
    this.#lastTs = batch.ts
    this.#listeners.tell(batch.events, batch.texts)
    this.#removedTasks.removeResults(batch.events)
    this.#snapshots.add(batch.events.length)
  }

  #notDurable(cause: unknown): SparkyError {
    const message = `the command could not be written to disk: ${(cause as Error).message}`
    this.#writability.failed(message)
    if (cause instanceof SparkyError) return cause
    return new SparkyError('not_durable', message, { hint: diskHint(cause), retryable: true, cause })
  }

  /** A start removes the results of tasks that were removed after the snapshot: so these come before it. */
  async #writeSnapshot(): Promise<void> {
    const { log, snapshot, removals } = this.#parts
    await this.#removedTasks.resultsGone()
    await log.keepOpenIndex()
    const position = { seq: this.#lastSeq, lastWriteSeq: this.#lastWriteSeq, ts: this.#lastTs }
    await snapshot.write(this.#table, { storeId: log.storeId, position, before: () => removals.keep() })
  }

  async #close(): Promise<void> {
    await this.#commits.idle()
    this.#writability.close()
    await this.#compaction.close()
    await this.#snapshots.finish()
    await this.#parts.log.close()
  }
}
