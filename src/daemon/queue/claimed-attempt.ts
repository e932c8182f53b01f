import { setTimeout as delay } from 'node:timers/promises'
import type { EventDraft, StoredEvent } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Task } from '../../protocol/task.ts'
import type { Decide, Store, StoreView } from '../store/store.ts'
import { backoffMs } from './backoff.ts'
import type { AttemptDraft, AttemptOutcome, RunningAttempt, StopReason } from './running-attempt.ts'
import { dependantsDrafts, statusDraft } from './task-events.ts'
import { cancelDrafts } from './user-commands.ts'

interface ClaimedAttemptOptions {
  readonly task: Task
  readonly store: Store
  readonly now: () => Date
  readonly onSettled: () => void
}

/** Between two tries to write what the disk refuses. */
const durabilityRetryMs = 500
/** Between two automatic attempts. */
const attemptBackoff = { firstMs: 2000, maxMs: 300_000 }

/** The queue's side of a running attempt: the only way for its events and its end into the store. */
export class ClaimedAttempt implements RunningAttempt {
  readonly settled: Promise<void>
  readonly #store: Store
  readonly #now: () => Date
  readonly #stop = new AbortController()
  readonly #resolveSettled: () => void
  #task: Task

  constructor({ task, store, now, onSettled }: ClaimedAttemptOptions) {
    this.#task = task
    this.#store = store
    this.#now = now
    const { promise, resolve } = withResolvers()
    this.settled = promise
    this.#resolveSettled = () => {
      onSettled()
      resolve()
    }
  }

  get task(): Task {
    return this.#task
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  stop(reason: StopReason): void {
    this.#stop.abort(reason)
  }

  claimDraft(model: string, now: Date): EventDraft {
    return statusDraft({
      task: this.#task,
      status: 'in_progress',
      verb: 'start',
      message: 'Task starting...',
      changes: { model, started_at: this.#task.started_at ?? now.toISOString(), not_before: null },
    })
  }

  /** The claim is on disk: this is the task as it stands. */
  begin(task: Task): void {
    this.#task = task
  }

  /** The claim did not become durable: there is no such attempt. */
  abandon(): void {
    this.#resolveSettled()
  }

  async record(drafts: readonly AttemptDraft[]): Promise<void> {
    await this.#append(() => this.#complete(drafts), this.signal)
  }

  async settle(outcome: AttemptOutcome, lastDrafts: readonly AttemptDraft[] = []): Promise<void> {
    try {
      await this.#append((view) => [...this.#complete(lastDrafts), ...this.#endDrafts(view, outcome)])
    } finally {
      this.#resolveSettled()
    }
  }

  #complete(drafts: readonly AttemptDraft[]): EventDraft[] {
    return drafts.map(
      (draft) => ({ ...draft, task_id: this.#task.id, attempt: this.#task.attempt }) as EventDraft,
    )
  }

  /**
   * A full disk is no reason to lose an attempt that already cost money: it waits until there is room, or until it
   * is told to stop (`signal`) or the store is closed.
   */
  async #append(decide: Decide, signal?: AbortSignal): Promise<readonly StoredEvent[]> {
    for (;;) {
      try {
        return await this.#store.append(decide)
      } catch (error) {
        if (!(error instanceof SparkyError) || error.code !== 'not_durable' || !error.retryable) throw error
        await delay(durabilityRetryMs, undefined, signal === undefined ? {} : { signal })
      }
    }
  }

  #endDrafts(view: StoreView, outcome: AttemptOutcome): EventDraft[] {
    const task = view.task(this.#task.id)
    if (task === undefined) return []
    const now = this.#now()
    const finished_at = now.toISOString()
    switch (outcome.kind) {
      case 'completed':
        return [
          statusDraft({
            task,
            status: 'completed',
            verb: 'complete',
            message: 'Task completed',
            changes: { finished_at, response_payload: { answer: outcome.answer, data: outcome.data } },
          }),
          ...dependantsDrafts(view, { ...task, status: 'completed' }, now),
        ]
      case 'cancelled':
        return cancelDrafts(view, task, { reason: outcome.reason, now })
      case 'parked':
        return [statusDraft({ task, status: 'pending', verb: 'park', message: outcome.message })]
      case 'failed':
        return outcome.error.retryable && task.attempt < task.max_attempts
          ? [this.#nextAttemptDraft(task, outcome, now)]
          : [
              statusDraft({
                task,
                status: 'failed',
                verb: 'fail',
                message: `Task failed: ${outcome.error.message}`,
                error: outcome.error,
                changes: { finished_at },
              }),
              ...dependantsDrafts(view, { ...task, status: 'failed' }, now),
            ]
    }
  }

  #nextAttemptDraft(task: Task, outcome: Extract<AttemptOutcome, { kind: 'failed' }>, now: Date): EventDraft {
    const waitMs = backoffMs(task.attempt, attemptBackoff)
    return statusDraft({
      task,
      status: 'pending',
      verb: 'retry',
      message: `Attempt ${task.attempt} of ${task.max_attempts} failed: ${outcome.error.message}; the next one in ${Math.round(waitMs / 1000)} s`,
      changes: { attempt: task.attempt + 1, not_before: new Date(now.getTime() + waitMs).toISOString() },
    })
  }
}

// Promise.withResolvers came with Node 22.
const withResolvers = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
