import { join } from 'node:path'
import type { StoredEvent } from '../../../protocol/event.ts'
import type { EventLog } from './event-log.ts'
import { readEvents } from './read-events.ts'
import { SealedFile } from './sealed-file.ts'
import { taskKey } from './segment-index.ts'

interface StoredRemovals {
  readonly format: 1
  /** Id of each removed task, and the `seq` of its `task_removed`. */
  readonly removed: readonly (readonly [string, number])[]
  /** First `seq` of each segment that may hold something of them, and since when. */
  readonly segments: readonly (readonly [number, string])[]
}

/** What is to leave a segment. */
interface Waiting {
  /** When the first of it was removed, in ms since 1970. */
  readonly sinceMs: number
  /** The `seq` of the last removal. */
  readonly lastSeq: number
}

/**
 * Which removed tasks may still have content in which segments. It is on disk before the snapshot that no longer
 * knows them, and where it is lost, it is found again in the log: so what somebody wanted gone does go.
 */
export class PendingRemovals {
  readonly #file: SealedFile<StoredRemovals>
  readonly #log: EventLog
  readonly #removed = new Map<string, number>()
  /** The same by `taskKey`. */
  readonly #keys = new Map<number, number>()
  /** By the first `seq` of the segment. */
  readonly #segments = new Map<number, Waiting>()
  /** Removals up to this `seq` have yet to be looked for in the log. */
  #searchUpTo = 0
  #isDirty = false
  #lastSeq = 0
  #keeping: Promise<void> = Promise.resolve()

  private constructor(directory: string, log: EventLog) {
    this.#file = new SealedFile(join(directory, 'removals.json'))
    this.#log = log
  }

  static load(directory: string, log: EventLog): PendingRemovals {
    const pending = new PendingRemovals(directory, log)
    const stored = pending.#read()
    if (stored === undefined) {
      pending.#isDirty = true
      pending.#searchUpTo = log.lastSeq
    }
    for (const [id, seq] of stored?.removed ?? []) pending.#remember(id, seq)
    for (const [baseSeq, since] of stored?.segments ?? []) {
      pending.#segments.set(baseSeq, { sinceMs: Date.parse(since), lastSeq: 0 })
    }
    return pending
  }

  get size(): number {
    return this.#removed.size
  }

  /** The `seq` of the last removal that is known here. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  /** Segments that may hold something to remove, by their first `seq`, oldest first. */
  get segments(): readonly number[] {
    return [...this.#segments.keys()].sort((one, other) => one - other)
  }

  /** Since when something has been waiting to leave this segment, in ms since 1970. */
  waitingSinceMs(baseSeq: number): number {
    return this.#segments.get(baseSeq)?.sinceMs ?? Infinity
  }

  /** A task whose first event was `firstSeq` was removed by the event `seq`. */
  add(id: string, range: { readonly firstSeq: number; readonly seq: number }, nowMs: number): void {
    this.#isDirty = true
    this.#remember(id, range.seq)
    this.#lastSeq = Math.max(this.#lastSeq, range.seq)
    const { segments } = this.#log
    for (let at = segments.indexOf(this.#log.segmentOf(range.firstSeq)); at < segments.length; at += 1) {
      const baseSeq = segments[at]?.baseSeq ?? Infinity
      if (baseSeq >= range.seq) return
      const sinceMs = this.#segments.get(baseSeq)?.sinceMs ?? nowMs
      this.#segments.set(baseSeq, { sinceMs, lastSeq: range.seq })
    }
  }

  /** Whether this event is what is left of a removed task. */
  covers({ task_id, seq, type }: StoredEvent): boolean {
    return type !== 'task_removed' && task_id !== null && seq < (this.#removed.get(task_id) ?? 0)
  }

  /** Whether an event with this key may be of a removed task: two ids may share one. */
  mayCover(key: number, seq: number): boolean {
    return seq < (this.#keys.get(key) ?? 0)
  }

  /** Nothing of what was removed up to the `seq` `upTo` is in this segment any more. */
  leave(baseSeq: number, upTo: number): void {
    if ((this.#segments.get(baseSeq)?.lastSeq ?? 0) > upTo) return
    this.#isDirty = true
    this.#segments.delete(baseSeq)
    if (this.#segments.size > 0) return
    this.#removed.clear()
    this.#keys.clear()
  }

  /** Finds removals that a lost list has forgotten. To be stopped by `signal`, and then begun anew at the next start. */
  async search(signal: AbortSignal, nowMs: number): Promise<void> {
    if (this.#searchUpTo === 0) return
    const types = new Set<StoredEvent['type']>(['task_removed'])
    for await (const events of readEvents(this.#log, { after: 0, upTo: this.#searchUpTo, types })) {
      if (signal.aborted) return
      for (const { task_id, seq } of events) this.add(task_id ?? '', { firstSeq: 1, seq }, nowMs)
    }
    this.#searchUpTo = 0
  }

  /** Resolves once what is known now is on disk. Throws where it cannot be written. */
  keep(): Promise<void> {
    const kept = this.#keeping.then(() => this.#write())
    this.#keeping = kept.catch(() => undefined)
    return kept
  }

  async #write(): Promise<void> {
    // A list that is not complete yet must not look like one.
    if (!this.#isDirty || this.#searchUpTo > 0) return
    this.#isDirty = false
    const segments = [...this.#segments].map(
      ([seq, { sinceMs }]) => [seq, new Date(sinceMs).toISOString()] as const,
    )
    try {
      await this.#file.write({ format: 1, removed: [...this.#removed], segments })
    } catch (error) {
      this.#isDirty = true
      throw error
    }
  }

  #remember(id: string, seq: number): void {
    const key = taskKey(id)
    // A search comes across older ones.
    this.#removed.set(id, Math.max(seq, this.#removed.get(id) ?? 0))
    this.#keys.set(key, Math.max(seq, this.#keys.get(key) ?? 0))
  }

  #read(): StoredRemovals | undefined {
    try {
      const stored = this.#file.readSync()
      return stored?.format === 1 ? stored : undefined
    } catch {
      return undefined
    }
  }
}
