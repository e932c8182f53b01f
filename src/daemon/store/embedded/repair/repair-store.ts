import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { removeTemporaryFiles } from '../disk.ts'
import { openEmbeddedStore } from '../embedded-store.ts'
import { Snapshot, type LoadedSnapshot } from '../snapshot.ts'
import { mendState } from './mend-state.ts'
import { planRepair, type RepairPlan } from './plan-repair.ts'
import { rewriteSegments, type RepairedFile } from './rewrite-segments.ts'

export interface RepairReport {
  readonly files: readonly RepairedFile[]
  /** The folder with the damaged originals; null where nothing was damaged. */
  readonly keptIn: string | null
  /** Tasks that the snapshot brought back, as they were. */
  readonly restoredTasks: number
  /** Tasks of which only later events are left: they are there as failed. */
  readonly unknownTasks: number
  /** The store as it opens now. */
  readonly lastSeq: number
  readonly tasks: number
}

/**
 * Makes a damaged store one that opens: keeps every damaged file of the log aside, writes it anew with a `lost` event
 * at each `seq` that cannot be read, brings back from the snapshot what it still knows, and opens the store once.
 * Nobody else may have the store open. Can be killed at any moment and run again; on a whole store it changes nothing.
 */
export const repairStore = async (directory: string, now: Date): Promise<RepairReport> => {
  await removeTemporaryFiles(directory)
  const plan = await planRepair(directory, await loadSnapshot(directory))
  const keptIn = join(directory, `damaged-${now.toISOString().replaceAll(/[:.]/g, '-')}`)
  const files = isNothing(plan) ? [] : await rewriteSegments(plan, { directory, keptIn, now })
  const { restored, unknown } = await mendState(directory, now)
  const store = await openEmbeddedStore({ directory })
  const tasks = Object.values(store.counts()).reduce((sum, count) => sum + count, 0)
  const { lastSeq } = store
  await store.close()
  return {
    files,
    keptIn: files.some(({ kept }) => kept !== null) ? keptIn : null,
    restoredTasks: restored.length,
    unknownTasks: unknown.length,
    lastSeq,
    tasks,
  }
}

/** The files of the log that are damaged, or missing, so that a start would refuse them or lose events; changes nothing. */
export const findDamage = async (directory: string): Promise<readonly string[]> => {
  const { files, superfluous } = await planRepair(directory, await loadSnapshot(directory))
  const bad = files.filter(
    ({ baseSeq, lastSeq, records, isOnlyTorn }) => !isOnlyTorn || records.length <= lastSeq - baseSeq,
  )
  return [...new Set([...bad.map(({ damaged, path }) => damaged ?? path), ...superfluous])]
}

const isNothing = ({ files, superfluous }: RepairPlan): boolean =>
  files.length === 0 && superfluous.length === 0

const loadSnapshot = async (directory: string): Promise<LoadedSnapshot | undefined> => {
  const snapshotDirectory = join(directory, 'snapshot')
  if (!existsSync(snapshotDirectory)) return undefined
  return (await Snapshot.in(snapshotDirectory, () => undefined)).load()
}
