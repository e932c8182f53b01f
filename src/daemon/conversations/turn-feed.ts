import type { Delta, StoredEvent } from '../../protocol/event.ts'

/** Fragments that nobody has taken are dropped beyond so many: the whole follows. */
const maxDeltas = 1000

/** What happens in a turn, in order, for the one who reads it. */
export class TurnFeed {
  #items: (StoredEvent | Delta)[] = []
  #wake: (() => void) | undefined

  addEvent(event: StoredEvent): void {
    this.#add(event)
  }

  addDelta(delta: Delta): void {
    if (this.#items.length < maxDeltas) this.#add(delta)
  }

  /** What has come since the last call; waits for something. */
  async next(): Promise<readonly (StoredEvent | Delta)[]> {
    if (this.#items.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    const items = this.#items
    this.#items = []
    return items
  }

  #add(item: StoredEvent | Delta): void {
    this.#items.push(item)
    this.#wake?.()
    this.#wake = undefined
  }
}
