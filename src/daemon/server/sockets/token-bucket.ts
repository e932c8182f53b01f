interface TokenBucketOptions {
  /** So many at once. */
  readonly capacity: number
  readonly refillPerSecond: number
  readonly nowMs?: () => number
}

/** Lets through so many a second, with bursts up to its capacity. */
export class TokenBucket {
  readonly #options: TokenBucketOptions
  readonly #nowMs: () => number
  #tokens: number
  #filledAtMs: number

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#tokens = options.capacity
    this.#filledAtMs = this.#nowMs()
  }

  /** Whether one more may pass now, or one that counts for several. */
  take(count = 1): boolean {
    this.#refill()
    if (this.#tokens < count) return false
    this.#tokens -= count
    return true
  }

  #refill(): void {
    const { capacity, refillPerSecond } = this.#options
    const nowMs = this.#nowMs()
    this.#tokens = Math.min(capacity, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * refillPerSecond)
    this.#filledAtMs = nowMs
  }
}
