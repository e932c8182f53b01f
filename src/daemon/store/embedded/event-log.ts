import { closeSync, fstatSync, openSync, renameSync } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { SparkyError } from '../../../protocol/failure.ts'
import { damaged } from './damage.ts'
import { syncDirectory, temporaryPath, writeFully } from './disk.ts'
import { Recent } from './recent.ts'
import type { Rewritten } from './rewrite-segment.ts'
import { createSegment, type Segment } from './segment.ts'
import { sidecarPath, writeSidecar, type IndexedEvent, type SegmentIndex } from './segment-index.ts'
import { crcOfStart, scanSegment } from './segment-scan.ts'

export type OpenFile = (path: string, flags: string) => Promise<FileHandle>

/** An event on its way into the log. */
export interface LogRecord {
  /** Sealed JSON with its line end. */
  readonly line: string
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
}

/**
 * What is in doubt after a failed append: `nothing`; the `tail`, where half-written bytes may stand behind the last
 * good record; the `pages`, after a failed sync, when the kernel may call bytes clean that never reached the disk.
 * Then the file is opened anew, cut, read back, and never written again: the log goes on in a new segment.
 */
type Doubt = 'nothing' | 'tail' | 'pages'

/** The append-only log on disk: the only thing that writes its segments. */
export class EventLog {
  readonly storeId: string
  readonly #directory: string
  readonly #segmentBytes: number
  readonly #openFile: OpenFile
  readonly #segments: Segment[]
  readonly #closedIndexes = new Recent<number, SegmentIndex>(8)
  readonly #sidecarWrites = new Set<Promise<void>>()
  #index: SegmentIndex
  #handle: FileHandle
  #doubt: Doubt = 'nothing'
  /** Set until a segment that was begun can be written: from then on the one before it must not grow. */
  #needsSegment = false
  /** Whether a file was put in the place of another, and that is not yet sure to last. */
  #hasNewName = false
  /** What uses the open segment does so one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(parts: EventLogParts, openFile: OpenFile, handle: FileHandle) {
    this.storeId = parts.storeId
    this.#directory = parts.directory
    this.#segmentBytes = parts.segmentBytes
    this.#openFile = openFile
    this.#segments = [...parts.segments]
    this.#index = parts.index
    this.#handle = handle
  }

  /** Goes on with segments that have been checked. */
  static async continue(parts: EventLogParts): Promise<EventLog> {
    const openFile = parts.openFile ?? open
    const last = parts.segments.at(-1) as Segment
    return new EventLog(parts, openFile, await openFile(last.path, 'a+'))
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  /** Of the last event on disk; 0 where there is none. */
  get lastSeq(): number {
    return this.#index.lastSeq
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
    if (segment.baseSeq === this.#index.baseSeq) return this.#index
    let index = this.#closedIndexes.get(segment.baseSeq)
    if (index === undefined) {
      const scanned = scanSegment(segment, { verify: false })
      index = scanned.index
      if (index.end < scanned.sizeBytes) throw damaged(segment.path, index.end, 'expected an event')
      this.#closedIndexes.set(segment.baseSeq, index)
      if (!scanned.isSidecarCurrent) this.#keepSidecar(segment, index)
    }
    return index
  }

  /**
   * Puts the records behind all others; resolves once they are on disk. Where it rejects, none of them is in the
   * log, and the next append begins by mending what the failed one has left.
   */
  append(records: readonly LogRecord[]): Promise<void> {
    return this.#inTurn(() => this.#append(records))
  }

  /** Finds out, without an append, whether one would succeed; rejects where it would not. */
  probe(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#mend()
      this.#checkOwnership()
      await this.#probeRoom()
    })
  }

  /** Closes the open segment, so that it may be rewritten; the next append goes into a new one. */
  closeSegment(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#mend()
      if (this.#index.count > 0) await this.#startSegment()
    })
  }

  /**
   * Puts what `rewrite` makes of a segment in its place: whole or not at all, and readers that have the old file open
   * read on in it. Appends wait while it is the open segment. False where there is no such segment any more.
   */
  async replaceSegment(
    baseSeq: number,
    rewrite: (segment: Segment, index: SegmentIndex) => Promise<Rewritten>,
  ): Promise<boolean> {
    if (baseSeq === this.#index.baseSeq) {
      return this.#inTurn(async () => baseSeq === this.#index.baseSeq && this.#replaceOpen(rewrite))
    }
    const segment = this.#segments.find((one) => one.baseSeq === baseSeq)
    if (segment === undefined) return false
    await Promise.all(this.#sidecarWrites)
    const { path, index } = await rewrite(segment, this.indexOf(segment))
    await this.#takeName(segment, path, () => this.#closedIndexes.set(baseSeq, index))
    this.#keepSidecar(segment, index)
    await syncDirectory(this.#directory)
    return true
  }

  async #replaceOpen(
    rewrite: (segment: Segment, index: SegmentIndex) => Promise<Rewritten>,
  ): Promise<boolean> {
    await this.#mend()
    const segment = this.#segments.at(-1) as Segment
    const { path, index } = await rewrite(segment, this.#index)
    const handle = await this.#openFile(path, 'a+').catch(async (error: unknown) => {
      await rm(path, { force: true }).catch(() => undefined)
      throw error
    })
    const before = this.#handle
    await this.#takeName(segment, path, () => {
      this.#index = index
      this.#handle = handle
      this.#hasNewName = true
    }).catch(async (error: unknown) => {
      await handle.close()
      throw error
    })
    await before.close().catch(() => undefined)
    await this.#mend()
    return true
  }

  /** In one turn, so that nobody sees the one file with the index of the other. */
  async #takeName(segment: Segment, path: string, swap: () => void): Promise<void> {
    try {
      // It would be of other bytes; without it a start reads the segment itself.
      await rm(sidecarPath(segment), { force: true })
      renameSync(path, segment.path)
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined)
      throw error
    }
    this.#segments[this.#segments.indexOf(segment)] = { ...segment }
    swap()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #append(records: readonly LogRecord[]): Promise<void> {
    await this.#mend()
    const bytes = Buffer.from(records.map((record) => record.line).join(''))
    const isFull = this.#index.count > 0 && this.#index.end + bytes.length > this.#segmentBytes
    if (isFull || this.#needsSegment) await this.#startSegment()
    this.#checkOwnership()
    await this.#writeAndSync(bytes)
    const events: IndexedEvent[] = records.map(({ line, key }) => ({ key, bytes: Buffer.byteLength(line) }))
    this.#index.add(events, bytes)
  }

  /** Writes the index of the open segment beside it, so that a start need not read the whole segment. */
  async keepOpenIndex(): Promise<void> {
    const segment = this.#segments.at(-1)
    // Losing it costs a scan, never an event.
    if (segment !== undefined) await writeSidecar(segment, this.#index).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#turn
    await Promise.all(this.#sidecarWrites)
    await this.#handle.close()
  }

  /** Another writer, or a log that was deleted below us, must not get (or lose) a single acknowledged event. */
  #checkOwnership(): void {
    const file = fstatSync(this.#handle.fd)
    const { path } = this.#segments.at(-1) as Segment
    if (file.nlink === 0) throw new SparkyError('not_durable', `${path} was deleted while the store was open`)
    if (file.size === this.#index.end) return
    throw damaged(
      path,
      this.#index.end,
      `expected the file to end there, found ${file.size} bytes: something else writes to it`,
    )
  }

  async #writeAndSync(bytes: Buffer): Promise<void> {
    try {
      await writeFully(this.#handle, bytes)
    } catch (error) {
      this.#doubt = 'tail'
      await this.#cutTail().catch(() => undefined)
      throw error
    }
    try {
      await this.#handle.datasync()
    } catch (error) {
      this.#doubt = 'pages'
      await this.#handle.truncate(this.#index.end).catch(() => undefined)
      throw error
    }
  }

  /** Writes and syncs a little beside the log: what is refused there would be refused here. */
  async #probeRoom(): Promise<void> {
    const path = temporaryPath((this.#segments.at(-1) as Segment).path)
    try {
      const handle = await this.#openFile(path, 'w')
      try {
        await writeFully(handle, Buffer.alloc(probeBytes))
        await handle.datasync()
      } finally {
        await handle.close()
      }
    } finally {
      await rm(path, { force: true }).catch(() => undefined)
    }
  }

  async #mend(): Promise<void> {
    if (this.#hasNewName) await syncDirectory(this.#directory)
    this.#hasNewName = false
    if (this.#doubt === 'tail') await this.#cutTail()
    if (this.#doubt !== 'pages') return
    const segment = this.#segments.at(-1) as Segment
    const handle = await this.#openFile(segment.path, 'a+')
    const failed = this.#handle
    this.#handle = handle
    await failed.close().catch(() => undefined)
    await handle.truncate(this.#index.end)
    await handle.datasync()
    if (crcOfFile(segment.path, this.#index.end) !== this.#index.crc) {
      throw damaged(segment.path, 0, 'a failed sync has changed events that were on disk before')
    }
    this.#needsSegment = true
    this.#doubt = 'nothing'
  }

  async #cutTail(): Promise<void> {
    await this.#handle.truncate(this.#index.end)
    this.#doubt = 'nothing'
  }

  async #startSegment(): Promise<void> {
    this.#needsSegment = true
    const closed = this.#segments.at(-1) as Segment
    const segment = await createSegment(this.#directory, this.storeId, this.lastSeq + 1)
    const handle = await this.#openFile(segment.path, 'a+')
    const closedHandle = this.#handle
    this.#handle = handle
    await closedHandle.close().catch(() => undefined)
    if (segment.baseSeq !== closed.baseSeq) {
      this.#keepSidecar(closed, this.#index)
      this.#closedIndexes.set(closed.baseSeq, this.#index)
      this.#segments.push(segment)
    }
    this.#index = scanSegment(segment, { verify: true }).index
    this.#needsSegment = false
  }

  #keepSidecar(segment: Segment, index: SegmentIndex): void {
    const write = writeSidecar(segment, index).catch(() => undefined)
    this.#sidecarWrites.add(write)
    void write.finally(() => this.#sidecarWrites.delete(write))
  }
}

/** Room that is worth to begin again with. */
const probeBytes = 64 * 1024

const crcOfFile = (path: string, end: number): number => {
  const fd = openSync(path, 'r')
  try {
    return crcOfStart(fd, end)
  } finally {
    closeSync(fd)
  }
}
