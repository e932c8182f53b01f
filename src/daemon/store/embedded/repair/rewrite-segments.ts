import { readFileSync } from 'node:fs'
import { copyFile, link, mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { protocolVersion } from '../../../../protocol/version.ts'
import { replaceFile, syncDirectory } from '../disk.ts'
import { seal } from '../sealed-json.ts'
import { headerLine } from '../segment.ts'
import { sidecarPath, writeSidecar } from '../segment-index.ts'
import { scanSegment } from '../segment-scan.ts'
import type { FilePlan, RepairPlan } from './plan-repair.ts'

/** What a repair did to one file of the log. */
export interface RepairedFile {
  readonly file: string
  /** Where the damaged original is kept; null where the file was missing. */
  readonly kept: string | null
  /** First and last `seq` of every stretch of events that are lost. */
  readonly lost: readonly (readonly [number, number])[]
  /** Bytes of an interrupted write that were cut off its end. */
  readonly tornBytes: number
}

/**
 * Carries out the plan, file by file, each whole or not at all. The originals are kept in `keptIn`, which is made for
 * that. Killed at any moment it leaves a log that can be planned for again.
 */
export const rewriteSegments = async (
  { storeId, files, superfluous }: RepairPlan,
  { directory, keptIn, now }: { directory: string; keptIn: string; now: Date },
): Promise<RepairedFile[]> => {
  const repaired: RepairedFile[] = []
  for (const plan of files) {
    const kept = plan.damaged === null ? null : await keep(plan.damaged, keptIn)
    const { bytes, lost } = rewritten(plan, storeId, now)
    await rm(sidecarPath(plan), { force: true })
    await replaceFile(plan.path, bytes)
    const segment = { baseSeq: plan.baseSeq, path: plan.path }
    await writeSidecar(segment, scanSegment(segment, { verify: true }).index)
    repaired.push({ file: plan.path, kept, lost, tornBytes: plan.tornBytes })
  }
  for (const file of superfluous) {
    const kept = await keep(file, keptIn)
    await rm(sidecarPath({ path: file }), { force: true })
    await rm(file, { force: true })
    if (!files.some(({ damaged }) => damaged === file)) repaired.push({ file, kept, lost: [], tornBytes: 0 })
  }
  await syncDirectory(directory)
  return repaired
}

/** The damaged file under its name in that folder; the same bytes, so that a full disk has room for it. */
const keep = async (file: string, keptIn: string): Promise<string> => {
  const kept = join(keptIn, basename(file))
  await mkdir(keptIn, { recursive: true, mode: 0o700 })
  try {
    await link(file, kept)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return kept
    // Some file systems know no second name for a file.
    await copyFile(file, kept)
  }
  await syncDirectory(keptIn)
  return kept
}

const rewritten = (
  plan: FilePlan,
  storeId: string,
  now: Date,
): { bytes: Buffer; lost: [number, number][] } => {
  const original = plan.damaged === null ? Buffer.alloc(0) : readFileSync(plan.damaged)
  const parts: Buffer[] = [Buffer.from(headerLine(storeId, plan.baseSeq))]
  const lost: [number, number][] = []
  let nextSeq = plan.baseSeq
  let ts = plan.tsBefore ?? plan.records[0]?.ts ?? now.toISOString()
  const loseUpTo = (lastSeq: number): void => {
    if (nextSeq > lastSeq) return
    lost.push([nextSeq, lastSeq])
    const reason =
      plan.damaged === null ? 'the file that held it was missing' : 'the line that held it was damaged'
    let lines = ''
    for (let seq = nextSeq; seq <= lastSeq; seq += 1) lines += lostLine(seq, ts, reason)
    parts.push(Buffer.from(lines))
    nextSeq = lastSeq + 1
  }
  for (const { seq, ts: recordTs, start, end } of plan.records) {
    loseUpTo(seq - 1)
    parts.push(original.subarray(start, end), lineEnd)
    nextSeq = seq + 1
    ts = recordTs
  }
  loseUpTo(plan.lastSeq)
  return { bytes: Buffer.concat(parts), lost }
}

const lineEnd = Buffer.from('\n')

const lostLine = (seq: number, ts: string, reason: string): string => {
  const event = { v: protocolVersion, seq, ts, task_id: null, attempt: null, step: null, type: 'lost' }
  return `${seal(JSON.stringify({ ...event, data: { reason } }))}\n`
}
