import type { PageFiles } from './page.ts'

/** What stands in the snapshot's one file that names the others: which pages belong together, and what they hold. */
export interface Manifest {
  readonly format: number
  readonly store_id: string
  readonly seq: number
  readonly last_write_seq: number
  readonly ts: string
  readonly last_number: number
  readonly queue_facts: Readonly<Record<string, unknown>>
  readonly pages: readonly PageFiles[]
}

/** One of another format is made again from the log: 2 brought the attempts of a task. */
export const snapshotFormat = 2

export const manifestName = 'manifest.json'

export const noManifest: Manifest = {
  format: 0,
  store_id: '',
  seq: 0,
  last_write_seq: 0,
  ts: '',
  last_number: 0,
  queue_facts: {},
  pages: [],
}
