import { SparkyError, type FailureCode } from '../../protocol/failure.ts'

type ModelFailureCode = Extract<FailureCode, `model_${string}` | 'stalled'>

interface ModelFailureOptions {
  readonly hint?: string
  readonly retryable: boolean
  /** What the provider asked for with `retry-after`, in milliseconds. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** A model call that did not give a whole reply. `retryable` where the same call may succeed later. */
export class ModelFailure extends SparkyError {
  readonly retryAfterMs: number | null

  constructor(code: ModelFailureCode, message: string, options: ModelFailureOptions) {
    super(code, message, options)
    this.retryAfterMs = options.retryAfterMs ?? null
  }

  /** By identity, and typed as what it is: `SparkyError` has a test of its own, which is inherited. */
  static override [Symbol.hasInstance](value: unknown): value is ModelFailure {
    return Function.prototype[Symbol.hasInstance].call(this, value)
  }
}
