/**
 * The catalogue of failures: stable codes, and what each becomes at the two edges, the command line (`exit`)
 * and HTTP (`status`). Messages are prose and may change; codes may not.
 */
export const failureCodes = {
  usage: { exit: 2, status: 400 },
  not_found: { exit: 4, status: 404 },
  conflict: { exit: 5, status: 409 },
  unauthorized: { exit: 1, status: 401 },
  forbidden: { exit: 1, status: 403 },
  rate_limited: { exit: 1, status: 429 },
  too_large: { exit: 2, status: 413 },
  daemon_unreachable: { exit: 3, status: 503 },
  daemon_version: { exit: 1, status: 409 },
  not_durable: { exit: 1, status: 503 },
  store_damaged: { exit: 1, status: 503 },
  model_not_configured: { exit: 9, status: 400 },
  model_not_found: { exit: 1, status: 400 },
  model_auth: { exit: 1, status: 400 },
  model_rate_limited: { exit: 1, status: 503 },
  model_unavailable: { exit: 1, status: 503 },
  model_protocol: { exit: 1, status: 500 },
  tool_failed: { exit: 1, status: 500 },
  loop_detected: { exit: 1, status: 500 },
  limit_steps: { exit: 7, status: 500 },
  limit_tokens: { exit: 7, status: 500 },
  limit_cost: { exit: 7, status: 500 },
  limit_time: { exit: 7, status: 500 },
  stalled: { exit: 1, status: 500 },
  dependency_failed: { exit: 1, status: 500 },
  cancelled: { exit: 6, status: 409 },
  approval_denied: { exit: 1, status: 500 },
  approval_expired: { exit: 1, status: 500 },
  search_not_configured: { exit: 9, status: 400 },
  sandbox_unavailable: { exit: 1, status: 500 },
  mcp_failed: { exit: 1, status: 500 },
  internal: { exit: 1, status: 500 },
} as const satisfies Record<string, { exit: number; status: number }>

export type FailureCode = keyof typeof failureCodes

/** Exit codes that belong to no failure code. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  cancelled: 6,
  needsApproval: 8,
  timeout: 124,
  interrupted: 130,
} as const

/** A failure as JSON: what HTTP returns below `error`, and what `--json` prints on stderr. */
export interface Failure {
  readonly code: FailureCode
  readonly message: string
  /** What to do about it, as one sentence; null where there is nothing to say. */
  readonly hint: string | null
}

interface SparkyErrorOptions {
  readonly hint?: string | undefined
  /** Whether the same thing may succeed later without anybody changing anything. */
  readonly retryable?: boolean | undefined
  readonly cause?: unknown
}

/** The one error class that carries a code across Sparky's own rooms. Anything else thrown is a bug ("internal"). */
export class SparkyError extends Error {
  override readonly name = 'SparkyError'
  readonly code: FailureCode
  readonly hint: string | null
  readonly retryable: boolean

  constructor(code: FailureCode, message: string, options: SparkyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? null
    this.retryable = options.retryable ?? false
  }

  /**
   * Known by name and not by identity: the command line and the files that it loads lazily are bundles with a
   * class each. A subclass is known by identity, as ever.
   */
  static override [Symbol.hasInstance](value: unknown): value is SparkyError {
    // Not by its own name: bundlers give a class that names itself another one, and stacks would show that.
    if (Object.getPrototypeOf(this) !== Error) return Function.prototype[Symbol.hasInstance].call(this, value)
    return value instanceof Error && value.name === 'SparkyError' && 'code' in value
  }
}

/** Whatever was thrown, as a failure. An error that is not ours becomes `internal`, with its message. */
export const toFailure = (error: unknown): Failure =>
  error instanceof SparkyError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { code: 'internal', message: error instanceof Error ? error.message : String(error), hint: null }
