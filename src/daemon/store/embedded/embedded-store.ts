import { join } from 'node:path'
import type { StatusCounts } from '../../../protocol/api.ts'
import type { StoredEvent } from '../../../protocol/event.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import type { Task } from '../../../protocol/task.ts'
import type { Decide, EventQuery, FinishedTask, KeptResult, Store, TaskPage, TaskQuery } from '../store.ts'
import { Batch } from './batch.ts'
import { countGroups } from './count-groups.ts'
import { CommitQueue } from './commit-queue.ts'
import { Compaction } from './compaction.ts'
import { diskHint, makePrivateDirectory } from './disk.ts'
import type { EventLog } from './event-log.ts'
import type { OpenFile } from './open-segment.ts'
import { listTasks } from './list-tasks.ts'
import type { OnNotice } from './notice.ts'
import { oldestFinished } from './oldest-finished.ts'
import { openLog } from './open-log.ts'
import { PendingRemovals } from './pending-removals.ts'
import { readEvents } from './read-events.ts'
import { resolveTask } from './resolve-task.ts'
import { restore, type RestoredState } from './restore.ts'
import { ResultFiles } from './results.ts'
import { Snapshot } from './snapshot.ts'
import { SnapshotSchedule } from './snapshot-schedule.ts'
import { tombstoneOf } from './tombstone.ts'
import { Writability } from './writability.ts'

export interface EmbeddedStoreOptions {
  /** Made where it is missing. One process at a time may have it open; who opens it sees to that. */
  readonly directory: string
  readonly now?: () => Date
  readonly onNotice?: OnNotice
  /** A segment of the log that would grow above this is closed. */
  readonly segmentBytes?: number
  /** A snapshot is taken after this many events, and after a while without any. */
  readonly snapshotEvents?: number
  readonly snapshotIdleMs?: number
  /** What was removed leaves the disk this long after it, or so, where it is much of a file … */
  readonly compactionIdleMs?: number
  /** … and after this long in any case. */
  readonly compactionPatienceMs?: number
  /** How often a store that could not be written tries whether it can be again. */
  readonly probeMs?: number
  /** Opens the file that the log is written to. */
  readonly openFile?: OpenFile
}

/**
 * Opens the store in a folder: an event log, a snapshot of the state that it folds to, and whole results of tools.
 * Throws `store_damaged` where acknowledged events are damaged or gone, `daemon_version` where a newer Sparky wrote it.
 */
export const openEmbeddedStore = async (options: EmbeddedStoreOptions): Promise<Store> => {
  const { directory, openFile, segmentBytes = 64 * 1024 * 1024, onNotice = () => undefined } = options
  await makePrivateDirectory(directory)
  const snapshot = await Snapshot.in(join(directory, 'snapshot'), onNotice)
  const results = await ResultFiles.in(join(directory, 'results'))
  const isInUse = await snapshot.exists()
  const log = await openLog({ directory, segmentBytes, onNotice, openFile, isInUse })
  const removals = PendingRemovals.load(directory, log)
  const restored = await restore({ log, snapshot, results, removals, onNotice }).catch(
    async (error: unknown) => {
      await log.close()
      throw error
    },
  )
  return new EmbeddedStore({ options, onNotice, log, snapshot, results, removals, restored })
}

interface Parts {
  readonly options: EmbeddedStoreOptions
  readonly onNotice: OnNotice
  readonly log: EventLog
  readonly snapshot: Snapshot
  readonly results: ResultFiles
  readonly removals: PendingRemovals
  readonly restored: RestoredState
}

class EmbeddedStore implements Store {
  readonly #parts: Parts
  readonly #now: () => Date
  readonly #commits: CommitQueue
  readonly #snapshots: SnapshotSchedule
  readonly #listeners = new Set<(events: readonly StoredEvent[]) => void>()
  readonly #resultRemovals = new Set<Promise<void>>()
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

  queued(isClosed?: (task: Task) => boolean): Iterable<Task> {
    return this.#table.queued(isClosed)
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
    const row = query.taskId === undefined ? undefined : this.#table.row(query.taskId)
    const after = Math.max(query.after, (row?.firstSeq ?? 1) - 1)
    const upTo = Math.min(query.upTo ?? Infinity, row?.lastSeq ?? Infinity, this.#lastSeq)
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

  onAppend(listener: (events: readonly StoredEvent[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
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
    this.#noteRemovals(batch.events)
    this.#table.take(batch.state)
    this.#lastWriteSeq = this.#lastSeq + 1
    this.#lastSeq += batch.events.length
    this.#lastTs = batch.ts
    this.#publish(batch.events)
    for (const event of batch.events) if (event.type === 'task_removed') this.#removeResults(event.task_id)
    this.#snapshots.add(batch.events.length)
  }

  /** To be called while the tasks are still there. */
  #noteRemovals(events: readonly StoredEvent[]): void {
    const removed = events.filter(({ type }) => type === 'task_removed')
    for (const { task_id, seq } of removed) {
      const firstSeq = this.#table.row(task_id ?? '')?.firstSeq ?? events[0]?.seq ?? 1
      this.#parts.removals.add(task_id ?? '', { firstSeq, seq }, Date.now())
    }
    if (removed.length > 0) this.#compaction.schedule()
  }

  #notDurable(cause: unknown): SparkyError {
    const message = `the command could not be written to disk: ${(cause as Error).message}`
    this.#writability.failed(message)
    if (cause instanceof SparkyError) return cause
    return new SparkyError('not_durable', message, { hint: diskHint(cause), retryable: true, cause })
  }

  #publish(events: readonly StoredEvent[]): void {
    const listeners = Array.from(this.#listeners)
    for (const listener of listeners) {
      try {
        listener(events)
      } catch (error) {
        // The events are on disk: a listener's mistake must not tell their callers otherwise.
        this.#parts.onNotice({
          kind: 'listener_failed',
          message: `A listener of the store threw ${String(error)}`,
        })
      }
    }
  }

  #removeResults(taskId: string | null): void {
    const removal = this.#parts.results.remove(taskId ?? '').catch((error: unknown) => {
      this.#parts.onNotice({
        kind: 'leftover',
        message: `The results of task ${taskId} were left: ${String(error)}`,
      })
    })
    this.#resultRemovals.add(removal)
    void removal.finally(() => this.#resultRemovals.delete(removal))
  }

  /** A start removes the results of tasks that were removed after the snapshot: so these come before it. */
  async #writeSnapshot(): Promise<void> {
    const { log, snapshot, removals } = this.#parts
    await Promise.all(this.#resultRemovals)
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
