interface StallWatchOptions {
  /** Longest time without a sign of life; asked anew at each look. */
  readonly timeoutMs: () => number
  /** Called once, when that time is up. */
  readonly onStall: () => void
}

/** It looks so often within the time that is allowed, but no less often than this. */
const looks = 10
const longestLookMs = 10_000
/** A look that comes so much too late shows that the process itself stood still. */
const lateMs = 1_000

/**
 * Watches over an attempt: ends it when nothing is heard for too long. It counts its own looks and not a clock, so
 * that the time in which the machine slept or the process was stopped is nobody's silence: what was sent meanwhile
 * is heard before the next look.
 */
export class StallWatch {
  readonly #options: StallWatchOptions
  #timer: NodeJS.Timeout | undefined
  #silentMs = 0
  #pauses = 0

  constructor(options: StallWatchOptions) {
    this.#options = options
  }

  start(): void {
    this.#silentMs = 0
    this.#lookLater()
  }

  /** A sign of life. */
  heard(): void {
    this.#silentMs = 0
  }

  /** What is waited for here is known, and is nobody's silence. */
  async paused<T>(wait: () => Promise<T>): Promise<T> {
    this.#pauses += 1
    try {
      return await wait()
    } finally {
      this.#pauses -= 1
    }
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #lookLater(): void {
    const lookMs = Math.min(this.#options.timeoutMs() / looks, longestLookMs)
    const [setAtMs, setAtTime] = [performance.now(), Date.now()]
    this.#timer = setTimeout(() => {
      const tookMs = Math.max(performance.now() - setAtMs, Date.now() - setAtTime)
      if (this.#pauses === 0 && tookMs < lookMs + lateMs) this.#silentMs += lookMs
      // One look later than the time says: bytes that wait to be read are read first.
      if (this.#silentMs > this.#options.timeoutMs()) this.#options.onStall()
      else this.#lookLater()
    }, lookMs)
  }
}
