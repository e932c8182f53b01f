import type { Store } from './store.ts'

/** Where a view of the log is kept. */
export interface ViewFile {
  /** Rejects where there is nothing. */
  read(): Promise<string>
  /** What is written must be on disk, whole or not at all. */
  write(text: string): Promise<void>
}

interface ViewCheckpointOptions {
  readonly store: Pick<Store, 'storeId' | 'lastSeq'>
  readonly file: ViewFile
  /** Changes with the form of what is kept: what is of another is not read. */
  readonly format: number
}

/** What a view of the log has kept of itself, so that a start reads few events; losing it costs a look back. */
export class ViewCheckpoint<T extends object> {
  readonly #options: ViewCheckpointOptions
  #written: Promise<void> = Promise.resolve()

  constructor(options: ViewCheckpointOptions) {
    this.#options = options
  }

  /** Undefined where what the file holds is of no use: damaged, of another form or store, or from beyond the log's end. */
  async read(): Promise<KeptView<T> | undefined> {
    const { store, file, format } = this.#options
    const kept = await file.read().then(parsed<T>, () => undefined)
    const isOurs = kept?.v === format && kept.store_id === store.storeId && kept.seq <= store.lastSeq
    return isOurs ? kept : undefined
  }

  /** Writes what the view holds as of that event, after what is being written. Rejects where it cannot be. */
  write(seq: number, view: T): Promise<void> {
    const { store, file, format } = this.#options
    const kept: KeptView<T> = { v: format, store_id: store.storeId, seq, ...view }
    const text = `${JSON.stringify(kept)}\n`
    const written = this.#written.then(() => file.write(text))
    this.#written = written.catch(() => {})
    return written
  }
}

type KeptView<T extends object> = T & {
  readonly v: number
  readonly store_id: string
  /** The last event that is in it. */
  readonly seq: number
}

const parsed = <T extends object>(text: string): KeptView<T> | undefined => {
  try {
    return JSON.parse(text) as KeptView<T>
  } catch {
    return undefined
  }
}
