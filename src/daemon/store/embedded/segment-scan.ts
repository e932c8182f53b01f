import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { StoredEvent } from '../../../protocol/event.ts'
import { closingBytes, findClosing, unseal } from './sealed-json.ts'
import { maxHeaderBytes, readHeader, type Segment } from './segment.ts'
import { readSidecar, SegmentIndex, taskKey, type IndexedEvent } from './segment-index.ts'

export interface ScannedSegment {
  readonly storeId: string
  /** Covers every good event from the start on. */
  readonly index: SegmentIndex
  readonly sizeBytes: number
  /** Whether the sidecar covers all of that too. */
  readonly isSidecarCurrent: boolean
}

/**
 * Reads a segment's index from its sidecar and goes on from there through the segment itself; `index.end` below
 * `sizeBytes` means that what stands there is no good event. With `verify` the bytes that the sidecar covers are
 * checked too. Synchronous: it runs at start-up, and later only where a sidecar was lost.
 */
export const scanSegment = (segment: Segment, options: { readonly verify: boolean }): ScannedSegment => {
  const fd = openSync(segment.path, 'r')
  try {
    const sizeBytes = fstatSync(fd).size
    const header = readHeader(segment, readRange(fd, 0, Math.min(maxHeaderBytes, sizeBytes)))
    const sidecar = readSidecar(segment)
    const isSidecarRight =
      sidecar !== undefined &&
      sidecar.end <= sizeBytes &&
      (!options.verify || crcOfStart(fd, sidecar.end) === sidecar.crc)
    const index = isSidecarRight
      ? sidecar
      : new SegmentIndex(segment.baseSeq, header.bytes, crcOfStart(fd, header.bytes))
    const coveredBytes = isSidecarRight ? index.end : 0
    addFollowingEvents(fd, index, sizeBytes)
    return { storeId: header.storeId, index, sizeBytes, isSidecarCurrent: index.end === coveredBytes }
  } finally {
    closeSync(fd)
  }
}

/**
 * Whether, behind damage at the start of `rest`, there stands a record newer than `lastGoodSeq`. Then an
 * acknowledged record is damaged; otherwise `rest` is what an interrupted write has left: part of a record,
 * zeros, or an old block a second time.
 */
export const hasLaterRecord = (rest: Buffer, lastGoodSeq: number): boolean => {
  for (let at = findClosing(rest, 0); at !== -1; at = findClosing(rest, at + 1)) {
    const start = rest.lastIndexOf(0x0a, at) + 1
    const end = at + closingBytes
    // A last record that lacks nothing but its line end was cut by an interrupted write.
    const isCutLast = start === 0 && end >= rest.length - 1
    const record = unseal(rest, start, end) as Partial<StoredEvent> | undefined
    if (record?.seq !== undefined && record.seq > lastGoodSeq && !isCutLast) return true
  }
  return false
}

/** The bytes of an open file from `start` to `end`; fewer where it is shorter. */
export const readRange = (fd: number, start: number, end: number): Buffer => {
  const bytes = Buffer.allocUnsafe(end - start)
  let length = 0
  while (length < bytes.length) {
    const read = readSync(fd, bytes, length, bytes.length - length, start + length)
    if (read === 0) break
    length += read
  }
  return bytes.subarray(0, length)
}

/** CRC-32 of the first `end` bytes. */
export const crcOfStart = (fd: number, end: number): number => {
  let crc = 0
  for (let at = 0; at < end; at += chunkBytes)
    crc = crc32(readRange(fd, at, Math.min(end, at + chunkBytes)), crc)
  return crc
}

const chunkBytes = 1024 * 1024

const addFollowingEvents = (fd: number, index: SegmentIndex, sizeBytes: number): void => {
  let wantedBytes = chunkBytes
  while (index.end < sizeBytes) {
    const from = index.end
    const chunk = readRange(fd, from, Math.min(sizeBytes, from + wantedBytes))
    const { events, length, bad } = goodEvents(chunk, index.lastSeq + 1)
    index.add(events, chunk.subarray(0, length))
    if (bad || from + chunk.length >= sizeBytes) return
    // A record longer than the chunk: look at more of it at once.
    wantedBytes = length === 0 ? wantedBytes * 2 : chunkBytes
  }
}

/** The good events that `chunk` starts with, their length in bytes, and whether a bad one ended them. */
const goodEvents = (chunk: Buffer, firstSeq: number) => {
  const events: IndexedEvent[] = []
  let length = 0
  for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, length)) {
    const event = unseal(chunk, length, end) as StoredEvent | undefined
    if (event?.seq !== firstSeq + events.length) return { events, length, bad: true }
    events.push({ key: taskKey(event.task_id), bytes: end + 1 - length })
    length = end + 1
  }
  return { events, length, bad: false }
}
