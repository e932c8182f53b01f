import { open } from 'node:fs/promises'
import { damaged } from './damage.ts'
import { syncDirectory } from './disk.ts'
import {
  OpenSegment,
  syncedByHere,
  takeName,
  type OpenFile,
  type SegmentFiles,
  type SyncedBy,
} from './open-segment.ts'
import { Recent } from './recent.ts'
import type { Rewritten } from './rewrite-segment.ts'
import { createSegment, type Segment } from './segment.ts'
import { writeSidecar, type IndexedEvent, type SegmentIndex } from './segment-index.ts'
import { scanSegment } from './segment-scan.ts'
import { Turns } from './turns.ts'

/** An event on its way into the log. */
export interface LogRecord {
  /** Sealed JSON with its line end. */
  readonly line: Buffer
  /** `taskKey` of its task. */
  readonly key: number
}

interface EventLogParts {
  readonly directory: string
  readonly storeId: string
  readonly segments: readonly Segment[]
  /** Of the last segment. */
  readonly index: SegmentIndex
  /** A new segment begins where one would grow above this. */
  readonly segmentBytes: number
  readonly openFile?: OpenFile | undefined
  readonly syncedBy?: SyncedBy | undefined
}

/** The append-only log on disk: the only thing that writes its segments. */
export class EventLog {
  readonly storeId: string
  /** Who reads many events, piece by piece. */
  readonly readers = new Turns(2)
  readonly #directory: string
  readonly #segmentBytes: number
  readonly #files: SegmentFiles
  /** The last is the open one. */
  readonly #segments: Segment[]
  readonly #closedIndexes = new Recent<number, SegmentIndex>(8)
  readonly #sidecarWrites = new Set<Promise<void>>()
  #open: OpenSegment
  /** What uses the open segment does so one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(parts: EventLogParts, files: SegmentFiles, openSegment: OpenSegment) {
    this.storeId = parts.storeId
    this.#directory = parts.directory
    this.#segmentBytes = parts.segmentBytes
    this.#files = files
    this.#segments = [...parts.segments]
    this.#open = openSegment
  }

  /** Goes on with segments that have been checked. */
  static async continue(parts: EventLogParts): Promise<EventLog> {
    const { openFile = open, syncedBy = syncedByHere } = parts
    const files = { openFile, syncedBy }
    const last = parts.segments.at(-1) as Segment
    return new EventLog(parts, files, await OpenSegment.open(last, parts.index, files))
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  /** Of the last event on disk; 0 where there is none. */
  get lastSeq(): number {
    return this.#open.index.lastSeq
  }

  /** The segment that holds this `seq`, which must be on disk. One that is rewritten becomes another object. */
  segmentOf(seq: number): Segment {
    let [low, high] = [0, this.#segments.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#segments[middle]?.baseSeq ?? Infinity) <= seq) low = middle
      else high = middle - 1
    }
    return this.#segments[low] as Segment
  }

  indexOf(segment: Segment): SegmentIndex {
    if (segment.baseSeq === this.#open.segment.baseSeq) return this.#open.index
    let index = this.#closedIndexes.get(segment.baseSeq)
    if (index === undefined) {
      const scanned = scanSegment(segment, { verify: false })
      index = scanned.index
      if (index.end < scanned.sizeBytes) throw damaged(segment.path, index.end, 'expected an event')
      this.#closedIndexes.set(segment.baseSeq, index)
      if (!scanned.isSidecarCurrent) void this.#keepSidecar(segment, index)
    }
    return index
  }

  /**
   * Puts the records behind all others; resolves once they are on disk. Where it rejects, none of them is in the
   * log, and the next append begins by mending what the failed one has left.
   */
  append(records: readonly LogRecord[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#open.mend()
      const bytes = Buffer.concat(records.map(({ line }) => line))
      const { count, end } = this.#open.index
      const isFull = count > 0 && end + bytes.length > this.#segmentBytes
      if (isFull || this.#open.isFinished) await this.#startSegment()
      const events: IndexedEvent[] = records.map(({ line, key }) => ({ key, bytes: line.length }))
      await this.#open.write(bytes, events)
    })
  }

  /** Finds out, without an append, whether one would succeed; rejects where it would not. */
  probe(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#open.mend()
      await this.#open.probe()
    })
  }

  /** Closes the open segment, so that it may be rewritten; the next append goes into a new one. */
  closeSegment(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#open.mend()
      if (this.#open.index.count > 0) await this.#startSegment()
    })
  }

  /**
   * Puts what `rewrite` makes of a segment in its place: whole or not at all, and readers that have the old file open
   * read on in it. Appends wait while it is the open segment.
   */
  async replaceSegment(baseSeq: number, rewrite: Rewrite): Promise<void> {
    if (baseSeq !== this.#open.segment.baseSeq) return this.#replaceClosed(baseSeq, rewrite)
    const isReplaced = await this.#inTurn(async () => {
      if (baseSeq !== this.#open.segment.baseSeq) return false
      await this.#open.mend()
      const { path, index } = await rewrite(this.#open.segment, this.#open.index)
      await this.#open.replace(path, index, (segment) => this.#segments.splice(-1, 1, segment))
      return true
    })
    if (!isReplaced) await this.#replaceClosed(baseSeq, rewrite)
  }

  /** Writes the index of the open segment beside it, so that a start need not read the whole segment. */
  async keepOpenIndex(): Promise<void> {
    await this.#keepSidecar(this.#open.segment, this.#open.index)
  }

  async close(): Promise<void> {
    await this.#turn
    await Promise.all(this.#sidecarWrites)
    await this.#open.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #replaceClosed(baseSeq: number, rewrite: Rewrite): Promise<void> {
    const closed = this.#segments.find((one) => one.baseSeq === baseSeq)
    if (closed === undefined) return
    await Promise.all(this.#sidecarWrites)
    const { path, index } = await rewrite(closed, this.indexOf(closed))
    await takeName(closed, path, (segment) => {
      this.#segments[this.#segments.indexOf(closed)] = segment
      this.#closedIndexes.set(baseSeq, index)
      void this.#keepSidecar(segment, index)
    })
    await syncDirectory(this.#directory)
  }

  async #startSegment(): Promise<void> {
    // Until another one can be written, and from then on.
    this.#open.finish()
    const closed = this.#open
    const segment = await createSegment(this.#directory, this.storeId, this.lastSeq + 1)
    const { index } = scanSegment(segment, { verify: true })
    this.#open = await OpenSegment.open(segment, index, this.#files)
    if (segment.baseSeq !== closed.segment.baseSeq) {
      void this.#keepSidecar(closed.segment, closed.index)
      this.#closedIndexes.set(closed.segment.baseSeq, closed.index)
      this.#segments.push(segment)
    }
    await closed.close().catch(() => undefined)
  }

  /** Does not reject: losing it costs a scan, never an event. A rewrite of the segment waits for it. */
  #keepSidecar(segment: Segment, index: SegmentIndex): Promise<void> {
    const write = writeSidecar(segment, index).catch(() => undefined)
    this.#sidecarWrites.add(write)
    return write.finally(() => this.#sidecarWrites.delete(write))
  }
}

/** Makes a new file of a segment that is on disk. */
type Rewrite = (segment: Segment, index: SegmentIndex) => Promise<Rewritten>
