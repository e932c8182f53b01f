import { setImmediate as nextTurn } from 'node:timers/promises'

/** After so much work in one go, the rest of the daemon has its turn. */
const longestGoMs = 8

/** Lets long work of many small steps give way to everything else. */
export class Pace {
  #sinceMs = performance.now()

  /** To be awaited before each step. */
  async step(): Promise<void> {
    if (performance.now() - this.#sinceMs < longestGoMs) return
    await nextTurn()
    this.#sinceMs = performance.now()
  }
}
