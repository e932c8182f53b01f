import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { damaged, newerFormat, storeFormat } from './damage.ts'
import { replaceFile } from './disk.ts'
import { seal, unseal } from './sealed-json.ts'

/**
 * A segment is one file of the log: a header line, then one sealed event a line, `seq` without gaps from
 * `baseSeq` on, which is also in its name. All but the last are closed: they never change again.
 */
export interface Segment {
  readonly baseSeq: number
  readonly path: string
}

interface SegmentHeader {
  readonly sparky: 'events'
  readonly format: number
  readonly store_id: string
  readonly base_seq: number
}

/** The segments of a log, in the order of their events. */
export const listSegments = async (directory: string): Promise<Segment[]> => {
  const names = (await readdir(directory)).filter((name) => segmentName.test(name)).sort()
  return names.map((name) => ({ baseSeq: Number(segmentName.exec(name)?.[1]), path: join(directory, name) }))
}

export const segmentPath = (directory: string, baseSeq: number): string =>
  join(directory, `events-${String(baseSeq).padStart(12, '0')}.jsonl`)

/** The line that a segment begins with. */
export const headerLine = (storeId: string, baseSeq: number): string => {
  const header: SegmentHeader = {
    sparky: 'events',
    format: storeFormat,
    store_id: storeId,
    base_seq: baseSeq,
  }
  return `${seal(JSON.stringify(header))}\n`
}

/** Makes a segment that holds its header only, durable under its name. Replaces a segment without events. */
export const createSegment = async (
  directory: string,
  storeId: string,
  baseSeq: number,
): Promise<Segment> => {
  const path = segmentPath(directory, baseSeq)
  await replaceFile(path, headerLine(storeId, baseSeq))
  return { baseSeq, path }
}

/**
 * What the first bytes of a segment say about it, and how many the header takes. Throws `store_damaged`, or
 * `daemon_version` where a newer Sparky wrote it.
 */
export const readHeader = (segment: Segment, start: Buffer): { storeId: string; bytes: number } => {
  const end = start.indexOf(0x0a)
  const header = end === -1 ? undefined : (unseal(start, 0, end) as Partial<SegmentHeader> | undefined)
  if (header?.sparky !== 'events' || header.store_id === undefined) {
    throw damaged(segment.path, 0, 'expected the header of an event log')
  }
  if (header.format === undefined || header.format > storeFormat)
    throw newerFormat(segment.path, header.format)
  if (header.base_seq !== segment.baseSeq) {
    throw damaged(
      segment.path,
      0,
      `expected seq ${segment.baseSeq} first, as its name says, found ${header.base_seq}`,
    )
  }
  return { storeId: header.store_id, bytes: end + 1 }
}

/** No header is longer than this. */
export const maxHeaderBytes = 1024

const segmentName = /^events-(\d{12})\.jsonl$/
