import type { EventDraft } from '../../protocol/event.ts'
import type { FailureCode, SparkyError } from '../../protocol/failure.ts'
import type { Json, Task, TaskError } from '../../protocol/task.ts'

/** Why a running attempt was told to stop. The first reason is the one that counts. */
export type StopReason =
  | { readonly kind: 'cancel'; readonly by: string; readonly reason: string | null }
  /** The daemon goes; the attempt is taken up again by the next start. */
  | { readonly kind: 'shutdown' }
  | {
      readonly kind: 'limit'
      readonly code: Extract<FailureCode, `limit_${string}` | 'stalled'>
      readonly message: string
    }

/** Null while the attempt has not been told to stop. */
export const stopReasonOf = (signal: AbortSignal): StopReason | null =>
  signal.aborted ? (signal.reason as StopReason) : null

/**
 * How an attempt ended. `parked` goes back to `pending`, first in line; `waiting` gives its slot back until `until`
 * (ISO 8601, UTC), and then does the same. Both go on as the same attempt.
 */
export type AttemptOutcome =
  | { readonly kind: 'completed'; readonly answer: string; readonly data: Json | null }
  | { readonly kind: 'failed'; readonly error: TaskError }
  | { readonly kind: 'cancelled'; readonly reason: string | null }
  | { readonly kind: 'parked'; readonly message: string }
  | {
      readonly kind: 'waiting'
      readonly for: 'rate_limit' | 'budget'
      readonly until: string
      readonly message: string
    }

/** An event of the attempt; the queue puts in the task and the attempt's number. */
export type AttemptDraft = EventDraft extends infer D
  ? D extends EventDraft
    ? Omit<D, 'task_id' | 'attempt'>
    : never
  : never

/**
 * One try at a task that the queue has claimed for the caller, who must `settle` it exactly once, whatever
 * happens. Nobody else changes the task meanwhile.
 */
export interface RunningAttempt {
  /** The task as claimed, `in_progress`. */
  readonly task: Task
  /** Aborts with a `StopReason`. */
  readonly signal: AbortSignal
  /** Resolves once these events are on disk, in this order, in one batch. Rejects with `not_durable`. */
  record(drafts: readonly AttemptDraft[]): Promise<void>
  /** Tells the attempt to stop; only the first reason counts. */
  stop(reason: StopReason): void
  /** Writes the last events and the outcome's `status` in one batch, and gives the slot back. */
  settle(outcome: AttemptOutcome, lastDrafts?: readonly AttemptDraft[]): Promise<void>
  /** Resolves when the attempt has settled. */
  readonly settled: Promise<void>
  /** Resolves with why, where the end of the attempt has to wait for the disk. */
  readonly endHeldUp: Promise<SparkyError>
}
