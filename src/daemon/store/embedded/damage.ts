import { SparkyError } from '../../../protocol/failure.ts'

/** `store_damaged`: what is wrong with which file, from which byte on, and the way out. */
export const damaged = (file: string, offset: number, what: string): SparkyError =>
  new SparkyError('store_damaged', `${file} is damaged at byte ${offset}: ${what}`, {
    hint: 'Run `sparky doctor --repair`: it keeps the damaged original and marks what is lost.',
  })

/** The highest format that this version reads and the one that it writes, of the log and of the snapshot. */
export const storeFormat = 1

export const newerFormat = (file: string, found: unknown): SparkyError =>
  new SparkyError(
    'daemon_version',
    `${file} was written by a newer Sparky: expected store format ${storeFormat}, found ${String(found)}`,
    { hint: 'Update Sparky, or set SPARKY_HOME to another directory.' },
  )
