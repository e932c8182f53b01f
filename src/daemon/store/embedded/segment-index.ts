import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { replaceFile } from './disk.ts'
import type { Segment } from './segment.ts'

/** What an index knows of an event's task: a number made of its id, 0 for none. Two ids may share one. */
export const taskKey = (taskId: string | null): number => (taskId === null ? 0 : crc32(taskId) || 1)

/**
 * Where each event of a segment stands and which task it is about, so that a reader seeks instead of scanning.
 * In memory for the open segment; beside a closed one as a file (its sidecar), which can always be made again.
 */
export class SegmentIndex {
  readonly baseSeq: number
  /** Offset and key of each event, in turn. */
  #entries: Uint32Array
  #count = 0
  #end: number
  #crc: number

  /** An index of no events yet, for a segment whose header takes `end` bytes with the checksum `crc`. */
  constructor(baseSeq: number, end: number, crc: number, entries = new Uint32Array(1024)) {
    this.baseSeq = baseSeq
    this.#end = end
    this.#crc = crc
    this.#entries = entries
  }

  get count(): number {
    return this.#count
  }

  get lastSeq(): number {
    return this.baseSeq + this.#count - 1
  }

  /** How many bytes of the segment this index covers: the offset after the last event. */
  get end(): number {
    return this.#end
  }

  /** CRC-32 of the bytes that it covers. */
  get crc(): number {
    return this.#crc
  }

  offset(position: number): number {
    return position < this.#count ? (this.#entries[position * 2] as number) : this.#end
  }

  key(position: number): number {
    return this.#entries[position * 2 + 1] as number
  }

  /** Takes in the events that stand next in the segment: the key and the length of each, and all their bytes. */
  add(events: readonly IndexedEvent[], bytes: Buffer): void {
    for (const event of events) {
      if (this.#count * 2 === this.#entries.length) this.#grow()
      this.#entries[this.#count * 2] = this.#end
      this.#entries[this.#count * 2 + 1] = event.key
      this.#count += 1
      this.#end += event.bytes
    }
    this.#crc = crc32(bytes, this.#crc)
  }

  #grow(): void {
    const entries = new Uint32Array(this.#entries.length * 2)
    entries.set(this.#entries)
    this.#entries = entries
  }

  encode(): Buffer {
    const entries = Buffer.from(this.#entries.buffer, this.#entries.byteOffset, this.#count * entryBytes)
    const head = Buffer.alloc(headBytes)
    head.write(magic, 'latin1')
    head.writeDoubleLE(this.baseSeq, 8)
    head.writeDoubleLE(this.#end, 16)
    head.writeUInt32LE(this.#crc, 24)
    head.writeUInt32LE(crc32(entries, crc32(head.subarray(0, 28))), 28)
    return Buffer.concat([head, entries])
  }

  /** Undefined where `file` is not what `encode` gave. */
  static decode(file: Buffer): SegmentIndex | undefined {
    if (file.length < headBytes || file.toString('latin1', 0, magic.length) !== magic) return undefined
    const entries = file.subarray(headBytes)
    if (file.readUInt32LE(28) !== crc32(entries, crc32(file.subarray(0, 28)))) return undefined
    const copy = new Uint32Array(Math.max(2, entries.length / 4))
    Buffer.from(copy.buffer).set(entries)
    const index = new SegmentIndex(file.readDoubleLE(8), file.readDoubleLE(16), file.readUInt32LE(24), copy)
    index.#count = entries.length / entryBytes
    return index
  }
}

export interface IndexedEvent {
  readonly key: number
  /** Length of its line, line end included. */
  readonly bytes: number
}

/** The index that lies beside the segment; undefined where it is missing, damaged or of something else. */
export const readSidecar = (segment: Segment): SegmentIndex | undefined => {
  let file: Buffer
  try {
    file = readFileSync(sidecarPath(segment))
  } catch {
    return undefined
  }
  const index = SegmentIndex.decode(file)
  return index?.baseSeq === segment.baseSeq ? index : undefined
}

export const writeSidecar = (segment: Segment, index: SegmentIndex): Promise<void> =>
  replaceFile(sidecarPath(segment), index.encode())

export const sidecarPath = (segment: Pick<Segment, 'path'>): string =>
  segment.path.replace(/\.jsonl$/, '.index')

const magic = 'sparkyI1'
const headBytes = 32
const entryBytes = 8
