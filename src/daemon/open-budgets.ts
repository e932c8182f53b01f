import { readFile } from 'node:fs/promises'
import { Budgets } from './budgets/budgets.ts'
import { Ledger } from './budgets/ledger.ts'
import { writePrivateFile } from './lifecycle/home-folder.ts'
import type { Log } from './lifecycle/log.ts'
import type { Releasers } from './lifecycle/releasers.ts'
import type { LiveSettings } from './live-settings.ts'
import type { Store } from './store/store.ts'

interface Surroundings {
  readonly store: Store
  readonly settings: LiveSettings
  /** Where the ledger keeps what it has added up. */
  readonly file: string
  readonly releasers: Releasers
  readonly log: Log
}

/** The budgets of the day, and the ledger that counts what was used of them. */
export const openBudgets = ({
  store,
  settings,
  file,
  releasers,
  log,
}: Surroundings): { readonly budgets: Budgets; readonly ledger: Ledger } => {
  const ledger = new Ledger({
    store,
    file: { read: () => readFile(file, 'utf8'), write: (text) => writePrivateFile(file, text) },
    onTrouble: (error, message) => log.error({ error }, message),
  })
  releasers.add(() => ledger.close())
  const budgets = new Budgets({ ledger, settings: () => settings.current })
  void budgets.ready()
  return { ledger, budgets }
}
