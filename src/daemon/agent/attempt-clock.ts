import { maxTimerMs } from './longest-timer.ts'

interface AttemptClockOptions {
  /** Longest time of one attempt; null where there is no limit. */
  readonly limitS: number | null
  readonly onTimeUp: () => void
}

/**
 * How long an attempt has been in progress, over every time that it was taken up, and the end of its time. Time in
 * which it was parked, or the machine slept, does not count.
 */
export class AttemptClock {
  readonly #options: AttemptClockOptions
  readonly #startedMs = performance.now()
  #earlierMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: AttemptClockOptions) {
    this.#options = options
  }

  /** To be called once it is known how long the attempt had been in progress before. */
  start(earlierMs: number): void {
    const { limitS, onTimeUp } = this.#options
    this.#earlierMs = earlierMs
    if (limitS === null) return
    this.#timer = setTimeout(onTimeUp, Math.min(Math.max(0, limitS * 1000 - this.ranMs), maxTimerMs))
  }

  get ranMs(): number {
    return Math.round(this.#earlierMs + performance.now() - this.#startedMs)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
