import { closeSync, openSync } from 'node:fs'
import { truncate } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { damaged } from './damage.ts'
import { removeTemporaryFiles, replaceFile } from './disk.ts'
import { EventLog } from './event-log.ts'
import type { OpenFile, SyncedBy } from './open-segment.ts'
import type { OnNotice } from './notice.ts'
import { createSegment, listSegments, type Segment } from './segment.ts'
import { writeSidecar } from './segment-index.ts'
import { hasLaterRecord, readRange, scanSegment, type ScannedSegment } from './segment-scan.ts'

interface OpenLogOptions {
  readonly directory: string
  readonly segmentBytes: number
  readonly onNotice: OnNotice
  /** Whether something else in the store shows that there were events. */
  readonly isInUse: boolean
  readonly openFile?: OpenFile | undefined
  readonly syncedBy?: SyncedBy | undefined
}

/**
 * Opens the log, or makes one in a folder that has none. What an interrupted write has left at its end is cut off and
 * kept beside it. Damage anywhere else, missing events and a newer format are refused: then nothing has been changed.
 */
export const openLog = async (options: OpenLogOptions): Promise<EventLog> => {
  await removeTemporaryFiles(options.directory)
  const segments = await listSegments(options.directory)
  if (segments.length === 0) {
    if (options.isInUse)
      throw damaged(options.directory, 0, 'expected an event log beside the snapshot, found none')
    segments.push(await createSegment(options.directory, randomUUID(), 1))
  }
  const scanned = scanNewestFirst(segments)
  checkSequence(segments, scanned)
  if (options.isInUse && scanned.at(-1)?.index.lastSeq === 0) {
    throw damaged(
      (segments.at(-1) as Segment).path,
      0,
      'expected the events that the snapshot was made of, found none',
    )
  }
  const last = { segment: segments.at(-1) as Segment, scan: scanned.at(-1) as ScannedSegment }
  await cutTornTail(last.segment, last.scan, options.onNotice)
  await replaceSidecars(segments.slice(0, -1), scanned, options.onNotice)
  const { storeId, index } = last.scan
  return EventLog.continue({ ...options, storeId, segments, index })
}

/** Bytes of closed segments that a start reads through to verify them. Older ones are verified when they are read. */
const verifiedBytes = 512 * 1024 * 1024

const scanNewestFirst = (segments: readonly Segment[]): ScannedSegment[] => {
  let bytesLeft = verifiedBytes
  const scans = segments.toReversed().map((segment) => {
    const scan = scanSegment(segment, { verify: bytesLeft > 0 })
    bytesLeft -= scan.sizeBytes
    return scan
  })
  return scans.reverse()
}

const checkSequence = (segments: readonly Segment[], scans: readonly ScannedSegment[]): void => {
  let nextSeq = 1
  for (const [position, segment] of segments.entries()) {
    const scan = scans[position] as ScannedSegment
    if (segment.baseSeq !== nextSeq) {
      throw damaged(
        segment.path,
        0,
        `expected seq ${nextSeq} to ${segment.baseSeq - 1} in a file before it, found none`,
      )
    }
    if (scan.storeId !== scans[0]?.storeId) throw damaged(segment.path, 0, 'it belongs to another store')
    const isLast = position === segments.length - 1
    if (!isLast && scan.index.end < scan.sizeBytes) {
      throw damaged(segment.path, scan.index.end, `expected seq ${scan.index.lastSeq + 1}`)
    }
    nextSeq = scan.index.lastSeq + 1
  }
}

const cutTornTail = async (segment: Segment, { index, sizeBytes }: ScannedSegment, onNotice: OnNotice) => {
  if (index.end === sizeBytes) return
  const tail = readTail(segment, index.end, sizeBytes)
  if (hasLaterRecord(tail, index.lastSeq)) {
    throw damaged(segment.path, index.end, `expected seq ${index.lastSeq + 1}, and newer events follow`)
  }
  const keptAs = `${segment.path}.torn-${index.end}-${Date.now()}`
  await replaceFile(keptAs, tail)
  await truncate(segment.path, index.end)
  onNotice({
    kind: 'torn_tail',
    message:
      `The last write to ${segment.path} was interrupted: its ${tail.length} bytes from byte ${index.end} on ` +
      `were cut off and kept in ${keptAs}`,
  })
}

/** For closed segments; without its sidecar each start would read a whole segment. */
const replaceSidecars = async (
  segments: readonly Segment[],
  scans: readonly ScannedSegment[],
  onNotice: OnNotice,
) => {
  for (const [position, segment] of segments.entries()) {
    const { index, isSidecarCurrent } = scans[position] as ScannedSegment
    if (isSidecarCurrent) continue
    await writeSidecar(segment, index).catch(() => undefined)
    onNotice({
      kind: 'rebuilt',
      message: `The index of ${segment.path} was missing or wrong and is made again`,
    })
  }
}

const readTail = ({ path }: Segment, start: number, end: number): Buffer => {
  const fd = openSync(path, 'r')
  try {
    return readRange(fd, start, end)
  } finally {
    closeSync(fd)
  }
}
