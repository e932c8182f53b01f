import type { StoredEvent } from '../../protocol/event.ts'
import type { Store } from '../store/store.ts'
import { dayOf, type Day } from './day.ts'
import { DaySpend, type KeptDaySpend } from './day-spend.ts'
import { firstSeqSince } from './first-seq-since.ts'
import type { Spend } from './spend.ts'

export interface LedgerOptions {
  readonly store: Pick<Store, 'storeId' | 'lastSeq' | 'events' | 'onAppend' | 'task'>
  readonly file: LedgerFile
  /** Called where something does not go as it should; the ledger goes on with the log. */
  readonly onTrouble: (error: unknown, message: string) => void
  readonly now?: () => Date
}

/** Where the ledger keeps what it has added up. What is written must be on disk, whole or not at all. */
export interface LedgerFile {
  /** Rejects where there is nothing. */
  read(): Promise<string>
  write(text: string): Promise<void>
}

interface Checkpoint extends KeptDaySpend {
  readonly v: typeof format
  readonly store_id: string
  /** The last event that is in it. */
  readonly seq: number
}

const format = 1
/** So long after something was used it is written down, so that a start reads few events. */
const keepAfterMs = 30_000

/**
 * What was used today, by all tasks and by group: a view of the store's events. A start takes what the file holds and
 * adds the events that came after it, so that a kill loses nothing; where the file is lost, it reads the log from the
 * first event of today. What removed tasks have used is in the file alone: `keep` before a removal.
 */
export class Ledger {
  /** Resolves when everything up to now is counted; never rejects. */
  readonly ready: Promise<void>
  readonly #options: LedgerOptions
  readonly #now: () => Date
  readonly #unsubscribe: () => void
  #spend: DaySpend
  #seq = 0
  /** Came in while the log was read. */
  #unread: StoredEvent[] | null = []
  #isDirty = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
    this.#spend = new DaySpend(this.#now().getTime())
    const upTo = options.store.lastSeq
    this.#unsubscribe = options.store.onAppend((events) => this.#take(events))
    this.ready = this.#load(upTo)
  }

  /** What all tasks (null) or those of a group have used today. */
  used(group: string | null): Spend {
    return this.#spend.used(group, this.#now().getTime())
  }

  get day(): Day {
    return this.#spend.dayAt(this.#now().getTime())
  }

  /** Resolves when what was counted until the call is on disk, or cannot be written. */
  async keep(): Promise<void> {
    await this.ready
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#isDirty) return this.#writing
    this.#isDirty = false
    const { store, file, onTrouble } = this.#options
    const checkpoint: Checkpoint = {
      v: format,
      store_id: store.storeId,
      seq: this.#seq,
      ...this.#spend.kept(),
    }
    this.#writing = this.#writing
      .then(() => file.write(`${JSON.stringify(checkpoint)}\n`))
      .catch((error: unknown) => {
        this.#isDirty = true
        onTrouble(error, 'What was used today could not be written down; a start reads it from the log')
      })
    return this.#writing
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.keep()
    clearTimeout(this.#timer)
    this.#unsubscribe()
  }

  async #load(upTo: number): Promise<void> {
    try {
      this.#seq = (await this.#takeCheckpoint(upTo)) ?? (await this.#startOfToday(upTo))
      for await (const events of this.#options.store.events({ after: this.#seq, upTo })) {
        // The next start goes on from what was counted so far.
        if (this.#isClosed) return
        this.#count(events)
      }
      this.#seq = upTo
    } catch (error) {
      this.#options.onTrouble(error, 'What was used today could not be read; budgets count from now on')
    }
    const unread = this.#unread ?? []
    this.#unread = null
    this.#take(unread)
  }

  /** The `seq` up to which the file has counted; undefined where it cannot be used. */
  async #takeCheckpoint(upTo: number): Promise<number | undefined> {
    const kept = await this.#options.file.read().then(parsed, () => undefined)
    if (kept === undefined || kept.store_id !== this.#options.store.storeId || kept.seq > upTo)
      return undefined
    if (kept.day_start_ms > this.#now().getTime()) return undefined
    const spend = DaySpend.from(kept)
    if (spend === undefined) return undefined
    this.#spend = spend
    return kept.seq
  }

  async #startOfToday(upTo: number): Promise<number> {
    const { startMs } = dayOf(this.#now().getTime())
    return (await firstSeqSince(this.#options.store, startMs, upTo)) - 1
  }

  #take(events: readonly StoredEvent[]): void {
    if (this.#unread !== null) this.#unread.push(...events)
    else this.#count(events)
  }

  #count(events: readonly StoredEvent[]): void {
    for (const event of events) {
      this.#spend.add(event, (id) => this.#options.store.task(id)?.group ?? 'default')
      this.#seq = event.seq
      if (event.type === 'usage' || event.type === 'status') this.#isDirty = true
    }
    if (!this.#isDirty || this.#timer !== undefined) return
    this.#timer = setTimeout(() => void this.keep(), keepAfterMs).unref()
  }
}

const parsed = (text: string): Checkpoint | undefined => {
  try {
    const checkpoint = JSON.parse(text) as Checkpoint
    return checkpoint.v === format ? checkpoint : undefined
  } catch {
    return undefined
  }
}
