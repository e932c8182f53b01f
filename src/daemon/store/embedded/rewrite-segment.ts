import { open, rm, type FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { StoredEvent } from '../../../protocol/event.ts'
import { damaged } from './damage.ts'
import { temporaryPath, writeFully } from './disk.ts'
import { seal, unseal } from './sealed-json.ts'
import type { Segment } from './segment.ts'
import { SegmentIndex, taskKey, type IndexedEvent } from './segment-index.ts'
import { tombstoneOf } from './tombstone.ts'

interface RewriteRequest {
  readonly segment: Segment
  /** Of that segment as it is: every byte is checked against it. */
  readonly index: SegmentIndex
  /** Whether events with this key may have to go; only those are looked at. */
  readonly mayGo: (key: number, seq: number) => boolean
  readonly goes: (event: StoredEvent) => boolean
  readonly signal: AbortSignal
}

export interface Rewritten {
  /** A file beside the segment that is on disk and holds its header and its events, tombstones among them. */
  readonly path: string
  readonly index: SegmentIndex
  /** How many events have gone. */
  readonly gone: number
}

/**
 * Writes a segment anew with tombstones in the place of what goes, a piece at a time. Throws `store_damaged` where the
 * segment is not what its index says, and whatever the disk says; then nothing is left of it.
 */
export const rewriteSegment = async (request: RewriteRequest): Promise<Rewritten> => {
  const { segment, index, signal } = request
  const path = temporaryPath(segment.path)
  const source = await open(segment.path, 'r')
  try {
    const target = await open(path, 'wx', 0o600)
    try {
      const header = await readFully(source, 0, index.offset(0))
      await writeFully(target, header)
      let crc = crc32(header)
      const copy = new SegmentIndex(index.baseSeq, header.length, crc)
      let gone = 0
      for (const piece of piecesOf(index)) {
        signal.throwIfAborted()
        const bytes = await readFully(source, index.offset(piece.first), index.offset(piece.end))
        crc = crc32(bytes, crc)
        const replaced = replaceIn(bytes, piece, request)
        await writeFully(target, replaced.bytes)
        copy.add(replaced.events, replaced.bytes)
        gone += replaced.gone
        await setImmediate()
      }
      if (crc !== index.crc) throw damaged(segment.path, 0, 'its bytes are not those that were written')
      await target.sync()
      return { path, index: copy, gone }
    } finally {
      await target.close()
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  } finally {
    await source.close()
  }
}

/** Events that are read and written at once: positions in the index. */
interface Piece {
  readonly first: number
  readonly end: number
}

const pieceBytes = 256 * 1024

function* piecesOf(index: SegmentIndex): Generator<Piece> {
  for (let first = 0; first < index.count;) {
    let end = first + 1
    while (end < index.count && index.offset(end + 1) - index.offset(first) <= pieceBytes) end += 1
    yield { first, end }
    first = end
  }
}

const replaceIn = (bytes: Buffer, { first, end }: Piece, { segment, index, mayGo, goes }: RewriteRequest) => {
  const parts: Buffer[] = []
  const events: IndexedEvent[] = []
  const origin = index.offset(first)
  let [gone, copied] = [0, 0]
  for (let position = first; position < end; position += 1) {
    const [from, to] = [index.offset(position) - origin, index.offset(position + 1) - origin]
    const key = index.key(position)
    const event = mayGo(key, index.baseSeq + position) ? eventIn(bytes.subarray(from, to - 1)) : undefined
    if (event === null) throw damaged(segment.path, origin + from, 'expected an event with its checksum')
    if (event === undefined || !goes(event)) {
      events.push({ key, bytes: to - from })
      continue
    }
    const tombstone = Buffer.from(`${seal(JSON.stringify(tombstoneOf(event)))}\n`)
    parts.push(bytes.subarray(copied, from), tombstone)
    events.push({ key: taskKey(null), bytes: tombstone.length })
    copied = to
    gone += 1
  }
  parts.push(bytes.subarray(copied))
  return { bytes: Buffer.concat(parts), events, gone }
}

const eventIn = (line: Buffer): StoredEvent | null => (unseal(line) as StoredEvent | undefined) ?? null

const readFully = async (handle: FileHandle, start: number, end: number): Promise<Buffer> => {
  const bytes = Buffer.allocUnsafe(end - start)
  for (let length = 0; length < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, start + length)
    if (bytesRead === 0) return bytes.subarray(0, length)
    length += bytesRead
  }
  return bytes
}
