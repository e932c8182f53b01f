import type { FailureCode } from '../../protocol/failure.ts'
import type { Task, TaskError } from '../../protocol/task.ts'
import { triesOf } from './attempt-records.ts'
import { backoffMs } from './backoff.ts'

/** Ways to fail that a further attempt may mend. */
export type FailureClass = 'rate_limit' | 'provider' | 'tool' | 'timeout' | 'stalled'

interface ClassRetries {
  /** Attempts in all at what fails in this way; null leaves it to the task. */
  readonly attempts: number | null
  readonly firstMs: number
  readonly maxMs: number
}

export type RetrySettings = Readonly<Record<FailureClass, ClassRetries>>

/** Undefined for what would only fail again: it is never tried again by itself. */
export const failureClass = (code: FailureCode): FailureClass | undefined => classes[code]

const classes: Partial<Record<FailureCode, FailureClass>> = {
  model_rate_limited: 'rate_limit',
  model_unavailable: 'provider',
  model_protocol: 'provider',
  tool_failed: 'tool',
  mcp_failed: 'tool',
  limit_time: 'timeout',
  stalled: 'stalled',
}

export interface NextTry {
  /** Until it may start. */
  readonly waitMs: number
  /** Number of the last attempt that this failure allows. */
  readonly maxAttempts: number
}

/** The attempt that follows a failed one by itself; null where the failure is the task's end. */
export const nextTry = (
  task: Task,
  error: TaskError,
  settings: RetrySettings,
  random?: () => number,
): NextTry | null => {
  const kind = failureClass(error.code)
  if (kind === undefined || !error.retryable) return null
  const { attempts, firstMs, maxMs } = settings[kind]
  const { try: tried, tries } = triesOf(task)
  const allowed = attempts ?? Math.max(tries, kind === 'stalled' ? stalledTries : 1)
  if (tried >= allowed) return null
  return {
    waitMs: backoffMs(tried, { firstMs, maxMs }, random),
    maxAttempts: task.attempt - tried + allowed,
  }
}

/** What has stalled is worth another try even where a task asks for none: nothing was wrong with it. */
const stalledTries = 3
