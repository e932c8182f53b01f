import { join } from 'node:path'
import type { Store } from '../store.ts'
import { makePrivateDirectory } from './disk.ts'
import type { EmbeddedStoreOptions } from './embedded-store-options.ts'
import { openLog } from './open-log.ts'
import { PendingRemovals } from './pending-removals.ts'
import { restore } from './restore.ts'
import { ResultFiles } from './results.ts'
import { Snapshot } from './snapshot.ts'
import { StoreOverLog } from './store-over-log.ts'

/**
 * Opens the store in a folder: an event log, a snapshot of the state that it folds to, and whole results of tools.
 * Throws `store_damaged` where acknowledged events are damaged or gone, `daemon_version` where a newer Sparky wrote it.
 */
export const openEmbeddedStore = async (options: EmbeddedStoreOptions): Promise<Store> => {
  const {
    directory,
    openFile,
    syncedBy,
    segmentBytes = 64 * 1024 * 1024,
    onNotice = () => undefined,
  } = options
  await makePrivateDirectory(directory)
  const snapshot = await Snapshot.in(join(directory, 'snapshot'), onNotice)
  const results = await ResultFiles.in(join(directory, 'results'))
  const isInUse = await snapshot.exists()
  const log = await openLog({ directory, segmentBytes, onNotice, openFile, syncedBy, isInUse })
  const removals = PendingRemovals.load(directory, log)
  const restored = await restore({ log, snapshot, results, removals, onNotice }).catch(
    async (error: unknown) => {
      await log.close()
      throw error
    },
  )
  return new StoreOverLog({ options, onNotice, log, snapshot, results, removals, restored })
}
