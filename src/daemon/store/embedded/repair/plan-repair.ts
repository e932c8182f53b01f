import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { StoredEvent } from '../../../../protocol/event.ts'
import { SparkyError } from '../../../../protocol/failure.ts'
import { damaged } from '../damage.ts'
import { unseal } from '../sealed-json.ts'
import { listSegments, maxHeaderBytes, readHeader, segmentPath, type Segment } from '../segment.ts'
import { readSidecar, type SegmentIndex } from '../segment-index.ts'
import { hasLaterRecord, readRange, scanSegment, type ScannedSegment } from '../segment-scan.ts'
import type { LoadedSnapshot } from '../snapshot.ts'
import { salvage, type WholeRecord } from './salvage.ts'

/** A file of the log that is to be written anew. */
export interface FilePlan {
  readonly baseSeq: number
  /** Every `seq` up to here is in it: as it was, where it is in `records`, else as `lost`. */
  readonly lastSeq: number
  readonly records: readonly WholeRecord[]
  readonly path: string
  /** What stands there now; null where nothing does. */
  readonly damaged: string | null
  /** `ts` of the event before its first. */
  readonly tsBefore: string | null
  /** Bytes behind the last line end, which were an interrupted write. */
  readonly tornBytes: number
  /** A start takes it as it is: all that is wrong is the end that an interrupted write has left. */
  readonly isOnlyTorn: boolean
}

/** What a repair has to do; with nothing to write and nothing to remove the log is whole. */
export interface RepairPlan {
  readonly storeId: string
  readonly files: readonly FilePlan[]
  /** Files whose events all stand in another one, or which are not of this store. */
  readonly superfluous: readonly string[]
}

/**
 * Looks at every file of the log and at how far the snapshot has seen it; changes nothing. Throws `daemon_version`
 * where a newer Sparky wrote any of it.
 */
export const planRepair = async (
  directory: string,
  snapshot: LoadedSnapshot | undefined,
): Promise<RepairPlan> => {
  const examined = (await listSegments(directory)).map(examine)
  const storeId = storeIdOf(examined, snapshot)
  const seenSeq = snapshot?.storeId === storeId ? snapshot.position.seq : 0
  const files: FilePlan[] = []
  const superfluous: string[] = []
  let [nextSeq, ts] = [1, null as string | null]
  const fill = (lastSeq: number): void => {
    if (nextSeq > lastSeq) return
    const missing = { records: [], damaged: null, tornBytes: 0, isOnlyTorn: false }
    const path = segmentPath(directory, nextSeq)
    files.push({ ...missing, path, baseSeq: checkGap(directory, nextSeq, lastSeq), lastSeq, tsBefore: ts })
    nextSeq = lastSeq + 1
  }
  for (const [position, { segment, whole, torn, storeId: writer = storeId }] of examined.entries()) {
    const nextBase = examined[position + 1]?.segment.baseSeq
    if (whole?.storeId === storeId && segment.baseSeq >= nextSeq && isBefore(whole.index.lastSeq, nextBase)) {
      fill(segment.baseSeq - 1)
      nextSeq = whole.index.lastSeq + 1
      ts = lastTs(segment, whole.index) ?? ts
      continue
    }
    const found = writer === storeId ? salvageSegment(segment) : nothing
    fill(segment.baseSeq - 1)
    const lastSeq = nextBase === undefined ? Math.max(found.lastSeq, seenSeq) : nextBase - 1
    if (lastSeq < nextSeq && position > 0) {
      superfluous.push(segment.path)
      continue
    }
    const baseSeq = checkGap(segment.path, nextSeq, lastSeq)
    const records = found.records.filter(({ seq }) => seq >= baseSeq && seq <= lastSeq)
    const { tornBytes } = found
    const path = segmentPath(directory, baseSeq)
    const isOnlyTorn = nextBase === undefined && torn?.storeId === storeId
    files.push({
      baseSeq,
      lastSeq,
      records,
      path,
      damaged: segment.path,
      tsBefore: ts,
      tornBytes,
      isOnlyTorn,
    })
    if (path !== segment.path) superfluous.push(segment.path)
    nextSeq = lastSeq + 1
    ts = records.at(-1)?.ts ?? ts
  }
  fill(seenSeq)
  return { storeId, files, superfluous }
}

interface Examined {
  readonly segment: Segment
  /** Undefined where any of it is damaged. */
  readonly whole: ScannedSegment | undefined
  /** Undefined where it is whole, or more than its end is damaged. */
  readonly torn: ScannedSegment | undefined
  /** Undefined where the header is damaged. */
  readonly storeId: string | undefined
}

const examine = (segment: Segment): Examined => {
  const storeId = unlessDamaged(() => headerOf(segment))
  const scan = unlessDamaged(() => scanSegment(segment, { verify: true }))
  if (scan === undefined || scan.index.end === scan.sizeBytes)
    return { segment, whole: scan, torn: undefined, storeId }
  const isTorn = !hasLaterRecord(tailOf(segment, scan), scan.index.lastSeq)
  return { segment, whole: undefined, torn: isTorn ? scan : undefined, storeId }
}

const tailOf = (segment: Segment, { index, sizeBytes }: ScannedSegment): Buffer => {
  const fd = openSync(segment.path, 'r')
  try {
    return readRange(fd, index.end, sizeBytes)
  } finally {
    closeSync(fd)
  }
}

const headerOf = (segment: Segment): string => {
  const fd = openSync(segment.path, 'r')
  try {
    return readHeader(segment, readRange(fd, 0, maxHeaderBytes)).storeId
  } finally {
    closeSync(fd)
  }
}

const unlessDamaged = <T>(look: () => T): T | undefined => {
  try {
    return look()
  } catch (error) {
    if (error instanceof SparkyError && error.code === 'store_damaged') return undefined
    throw error
  }
}

/** The snapshot's where any file says the same; else what the first readable file says; else what is left. */
const storeIdOf = (examined: readonly Examined[], snapshot: LoadedSnapshot | undefined): string => {
  const found = examined.flatMap(({ storeId }) => storeId ?? [])
  const known = snapshot?.storeId
  if (known !== undefined && (found.length === 0 || found.includes(known))) return known
  return found[0] ?? randomUUID()
}

const isBefore = (lastSeq: number, nextBase: number | undefined): boolean =>
  nextBase === undefined || lastSeq < nextBase

interface Found {
  readonly records: readonly WholeRecord[]
  readonly tornBytes: number
  /** How far the segment went: as its lines or its sidecar say, whichever knows more. */
  readonly lastSeq: number
}

/** In a file of another store. */
const nothing: Found = { records: [], tornBytes: 0, lastSeq: 0 }

const salvageSegment = (segment: Segment): Found => {
  const { records, damagedLastLines, tornBytes } = salvage(readFileSync(segment.path), segment.baseSeq)
  const lastSeq = (records.at(-1)?.seq ?? segment.baseSeq - 1) + damagedLastLines
  return { records, tornBytes, lastSeq: Math.max(lastSeq, readSidecar(segment)?.lastSeq ?? 0) }
}

/** A larger hole comes from a file that does not belong here, not from damage. */
const largestGap = 20_000_000

const checkGap = (file: string, firstSeq: number, lastSeq: number): number => {
  if (lastSeq - firstSeq < largestGap) return firstSeq
  throw damaged(file, 0, `expected seq ${firstSeq} next, found ${lastSeq}: a file here is of something else`)
}

const lastTs = (segment: Segment, index: SegmentIndex): string | undefined => {
  if (index.count === 0) return undefined
  const fd = openSync(segment.path, 'r')
  try {
    const line = readRange(fd, index.offset(index.count - 1), index.end - 1)
    return (unseal(line) as StoredEvent | undefined)?.ts
  } finally {
    closeSync(fd)
  }
}
