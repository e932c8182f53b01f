import { existsSync } from 'node:fs'
import { homePaths } from '../config/home.ts'
import { SparkyError } from '../protocol/failure.ts'
import { takeInstanceLock } from './lifecycle/instance-lock.ts'
import { findDamage, repairStore, type RepairReport } from './store/embedded/repair/repair-store.ts'

export type { RepairReport } from './store/embedded/repair/repair-store.ts'

/**
 * Repairs the store of a home in which no daemon runs: throws `conflict` where one does. Undefined where there is no
 * store yet. The home becomes the working directory meanwhile.
 */
export const repairHome = async (home: string): Promise<RepairReport | undefined> => {
  const { store } = homePaths(home)
  if (!existsSync(store)) return undefined
  const before = process.cwd()
  process.chdir(home)
  try {
    const lock = await takeInstanceLock()
    if (lock === undefined) {
      throw new SparkyError('conflict', `expected no daemon to run in ${home}, found one`, {
        hint: 'Stop it with "sparky agent stop", then repair.',
      })
    }
    try {
      return await repairStore(store, new Date())
    } finally {
      await lock.release()
    }
  } finally {
    process.chdir(before)
  }
}

/** Files of the home's event log that are damaged or missing. For a home in which no daemon runs. */
export const damageInHome = async (home: string): Promise<readonly string[]> => {
  const { store } = homePaths(home)
  return existsSync(store) ? findDamage(store) : []
}
