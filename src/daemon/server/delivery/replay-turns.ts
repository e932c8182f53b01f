/** So many pieces of the log are looked through between two looks at everything else that there is to do. */
const atATime = 2

/**
 * Readers that are replayed side by side take turns, a piece each: a hundred that come back at once would otherwise hold
 * up what is live, and the agent, for as long as a hundred pieces take.
 */
export class ReplayTurns {
  #free = atATime
  readonly #waiting: (() => void)[] = []

  /** The pieces of a replay, each in its turn; ends where the replay is over before. */
  async *of<T>(pieces: AsyncIterable<T>, isOver: () => boolean): AsyncGenerator<T> {
    const iterator = pieces[Symbol.asyncIterator]()
    try {
      for (;;) {
        let piece: T
        await this.#enter()
        try {
          const next = isOver() ? undefined : await iterator.next()
          if (next === undefined || next.done === true) return
          piece = next.value
        } finally {
          // When the piece has been handed over, and before the reader has taken it: nobody may wait for that.
          setImmediate(() => this.#leave())
        }
        yield piece
      }
    } finally {
      await iterator.return?.()
    }
  }

  #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return Promise.resolve()
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}
