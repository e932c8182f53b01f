import { SparkyError } from '../../protocol/failure.ts'

const firstPauseMs = 1_000
const longestPauseMs = 60_000

/** When a server may be started that did not start, or ended soon after: the more often in a row, the later. */
export class StartPauses {
  #failures = 0
  #pausedUntil = 0
  #lastFailure: SparkyError | undefined

  /** Why it is not started now; null where it may be. */
  get refusal(): SparkyError | null {
    const pauseMs = this.#pausedUntil - Date.now()
    if (this.#lastFailure === undefined || pauseMs <= 0) return null
    return new SparkyError(
      'mcp_failed',
      `${this.#lastFailure.message} (it is tried again in ${Math.ceil(pauseMs / 1000)} s)`,
      { retryable: true },
    )
  }

  /** It has been well: what failed before does not count any more. */
  forgive(): void {
    this.#failures = 0
  }

  /** It did not start. */
  failed(failure: SparkyError): void {
    this.#pausedUntil = Date.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures)
    this.#failures += 1
    this.#lastFailure = failure
  }

  /** It ended soon after its start: the first time may be chance. */
  lost(failure: SparkyError): void {
    this.#failures += 1
    if (this.#failures > 1) this.failed(failure)
  }
}
