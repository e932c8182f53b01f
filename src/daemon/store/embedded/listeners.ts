import type { StoredEvent } from '../../../protocol/event.ts'
import type { OnAppend } from '../store.ts'
import type { OnNotice } from './notice.ts'

/** Who hears of each durable batch. */
export class Listeners {
  readonly #onNotice: OnNotice
  readonly #all = new Set<OnAppend>()

  constructor(onNotice: OnNotice) {
    this.#onNotice = onNotice
  }

  /** Returns the undo. */
  add(listener: OnAppend): () => void {
    this.#all.add(listener)
    return () => this.#all.delete(listener)
  }

  /** Does not throw: the events are on disk, and a listener's mistake must not tell their callers otherwise. */
  tell(events: readonly StoredEvent[], texts: readonly string[]): void {
    const listeners = Array.from(this.#all)
    for (const listener of listeners) {
      try {
        listener(events, texts)
      } catch (error) {
        this.#onNotice({ kind: 'listener_failed', message: `A listener of the store threw ${String(error)}` })
      }
    }
  }
}
