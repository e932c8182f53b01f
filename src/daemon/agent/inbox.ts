/** What came in since the last look. */
export interface Delivery<T> {
  readonly items: readonly T[]
  /** Whether somebody waits for the delivery of one of them. */
  readonly isAwaited: boolean
  /** To be called when the items have been dealt with. */
  readonly delivered: () => void
}

interface Letter<T> {
  readonly item: T
  readonly resolve?: () => void
  readonly reject?: (error: Error) => void
}

/** Where things that run side by side leave what one reader deals with in turn. */
export class Inbox<T> {
  #letters: Letter<T>[] = []
  #wake: (() => void) | undefined
  #isClosed = false

  drop(item: T): void {
    this.#put({ item })
  }

  /** Resolves when the reader has dealt with the item; rejects where it never will. */
  post(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) reject(closed())
      else this.#put({ item, resolve, reject })
    })
  }

  /** Waits until there is something; to be called by one reader at a time. */
  async next(): Promise<Delivery<T>> {
    if (this.#letters.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const letters = this.#letters
    this.#letters = []
    return {
      items: letters.map(({ item }) => item),
      isAwaited: letters.some(({ resolve }) => resolve !== undefined),
      delivered: () => {
        for (const { resolve } of letters) resolve?.()
      },
    }
  }

  /** Nothing is read any more. */
  close(): void {
    this.#isClosed = true
    for (const { reject } of this.#letters) reject?.(closed())
    this.#letters = []
  }

  #put(letter: Letter<T>): void {
    this.#letters.push(letter)
    this.#wake?.()
    this.#wake = undefined
  }
}

const closed = (): Error => new Error('the attempt has ended')
