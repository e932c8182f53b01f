const windowSeconds = 10

/** Counts things, and how many there were a second over the last ten seconds. Needs no timer. */
export class RateMeter {
  readonly #nowMs: () => number
  /** Second -> count, of the last seconds in which there was something. */
  readonly #seconds = new Map<number, number>()
  #total = 0

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  get total(): number {
    return this.#total
  }

  /** Per second, over the last ten seconds. */
  get rate(): number {
    const second = this.#second()
    let sum = 0
    for (const [at, count] of this.#seconds) {
      if (at > second - windowSeconds) sum += count
    }
    return sum / windowSeconds
  }

  add(count: number): void {
    this.#total += count
    const second = this.#second()
    const before = this.#seconds.get(second)
    this.#seconds.set(second, (before ?? 0) + count)
    if (before === undefined) this.#forget(second)
  }

  #second(): number {
    return Math.floor(this.#nowMs() / 1000)
  }

  #forget(second: number): void {
    for (const at of this.#seconds.keys()) {
      if (at <= second - windowSeconds) this.#seconds.delete(at)
    }
  }
}
