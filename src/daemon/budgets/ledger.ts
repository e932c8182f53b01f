import type { StoredEvent } from '../../protocol/event.ts'
import type { Store } from '../store/store.ts'
import { ViewCheckpoint, type ViewFile } from '../store/view-checkpoint.ts'
import { dayOf, type Day } from './day.ts'
import { DaySpend, type KeptDaySpend } from './day-spend.ts'
import { firstSeqSince } from './first-seq-since.ts'
import type { Spend } from './spend.ts'

export interface LedgerOptions {
  readonly store: Pick<Store, 'storeId' | 'lastSeq' | 'events' | 'onAppend' | 'task'>
  /** Where it keeps what it has added up. */
  readonly file: ViewFile
  /** Called where something does not go as it should; the ledger goes on with the log. */
  readonly onTrouble: (error: unknown, message: string) => void
  readonly now?: () => Date
}

const format = 1
/** So long after something was used it is written down, so that a start reads few events. */
const keepAfterMs = 30_000
/** Where nobody asks, a start is left alone for so long, and then so many events are read and no more. */
const unaskedAfterMs = 10_000
const unaskedEvents = 100_000

/**
 * What was used today, by all tasks and by group: a view of the store's events. A start takes what the file holds and
 * adds the events that came after it, so that a kill loses nothing; where the file is lost, it reads the log from the
 * first event of today. What removed tasks have used is in the file alone: `keep` before a removal. Nothing is read
 * before somebody asks, as many a daemon has no budget, and a day's log may be long.
 */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #now: () => Date
  readonly #checkpoint: ViewCheckpoint<KeptDaySpend>
  #spend: DaySpend
  #seq = 0
  #loaded: Promise<void> | undefined
  #unsubscribe: (() => void) | undefined
  #isDirty = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
    this.#checkpoint = new ViewCheckpoint({ ...options, format })
    this.#spend = new DaySpend(this.#now().getTime())
    this.#timer = setTimeout(() => void this.#loadUnasked(), unaskedAfterMs).unref()
  }

  /** Resolves when everything that was used today is counted, as everything will be from then on; never rejects. */
  get ready(): Promise<void> {
    this.#loaded ??= this.#load()
    return this.#loaded
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
    this.#writing = this.#checkpoint.write(this.#seq, this.#spend.kept()).catch((error: unknown) => {
      this.#isDirty = true
      const message = 'What was used today could not be written down; a start reads it from the log'
      this.#options.onTrouble(error, message)
    })
    return this.#writing
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#loaded !== undefined) await this.keep()
    clearTimeout(this.#timer)
    this.#unsubscribe?.()
  }

  async #loadUnasked(): Promise<void> {
    this.#timer = undefined
    const { store, onTrouble } = this.#options
    try {
      if (this.#loaded !== undefined || store.lastSeq - (await this.#begin()).seq > unaskedEvents) return
    } catch (error) {
      onTrouble(error, 'What was used today could not be read')
    }
    await this.ready
  }

  async #load(): Promise<void> {
    const { store, onTrouble } = this.#options
    try {
      const { seq, spend } = await this.#begin()
      this.#seq = seq
      this.#spend = spend
      while (this.#seq < store.lastSeq) {
        const upTo = store.lastSeq
        for await (const events of store.events({ after: this.#seq, upTo })) {
          // The next start goes on from what was counted so far.
          if (this.#isClosed) return
          this.#count(events)
        }
        this.#seq = upTo
      }
    } catch (error) {
      onTrouble(error, 'What was used today could not be read; budgets count from now on')
    }
    // Nothing was appended since the look at `lastSeq`: there was no await in between.
    this.#unsubscribe = store.onAppend((events) => this.#count(events))
  }

  /** Up to where the file has counted and what, or the begin of today in the log where the file is of no use. */
  async #begin(): Promise<{ readonly seq: number; readonly spend: DaySpend }> {
    const { store } = this.#options
    const nowMs = this.#now().getTime()
    const kept = await this.#checkpoint.read()
    const spend = kept !== undefined && kept.day_start_ms <= nowMs ? DaySpend.from(kept) : undefined
    if (kept !== undefined && spend !== undefined) return { seq: kept.seq, spend }
    const { startMs } = dayOf(nowMs)
    return { seq: (await firstSeqSince(store, startMs, store.lastSeq)) - 1, spend: new DaySpend(nowMs) }
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
