import { setTimeout as delay } from 'node:timers/promises'
import type { EventDraft, StoredEvent } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Task } from '../../protocol/task.ts'
import type { Decide, Store } from '../store/store.ts'
import { endDrafts } from './attempt-ends.ts'
import { attemptBegun } from './attempt-records.ts'
import { lostPartDrafts } from './open-calls.ts'
import type { RetrySettings } from './retry-policy.ts'
import type { AttemptDraft, AttemptOutcome, RunningAttempt, StopReason } from './running-attempt.ts'
import { statusDraft } from './task-events.ts'

interface ClaimedAttemptOptions {
  readonly task: Task
  readonly store: Store
  /** Asked when the attempt has failed. */
  readonly retries: () => RetrySettings
  readonly now: () => Date
  readonly onSettled: () => void
}

/** Between two tries to write what the disk refuses. */
const durabilityRetryMs = 500

/** The queue's side of a running attempt: the only way for its events and its end into the store. */
export class ClaimedAttempt implements RunningAttempt {
  readonly settled: Promise<void>
  readonly endHeldUp: Promise<SparkyError>
  readonly #store: Store
  readonly #retries: () => RetrySettings
  readonly #now: () => Date
  readonly #stop = new AbortController()
  readonly #resolveSettled: () => void
  readonly #resolveHeldUp: (error: SparkyError) => void
  #task: Task

  constructor({ task, store, retries, now, onSettled }: ClaimedAttemptOptions) {
    this.#task = task
    this.#store = store
    this.#retries = retries
    this.#now = now
    const settled = withResolvers<void>()
    this.settled = settled.promise
    this.#resolveSettled = () => {
      onSettled()
      settled.resolve()
    }
    const heldUp = withResolvers<SparkyError>()
    this.endHeldUp = heldUp.promise
    this.#resolveHeldUp = heldUp.resolve
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
    const startedAt = now.toISOString()
    return statusDraft({
      task: this.#task,
      status: 'in_progress',
      verb: 'start',
      message: 'Task starting...',
      changes: {
        model,
        started_at: this.#task.started_at ?? startedAt,
        not_before: null,
        ...attemptBegun(this.#task, startedAt),
      },
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
    await this.#append(() => this.#complete(drafts), { signal: this.signal })
  }

  async settle(outcome: AttemptOutcome, lastDrafts: readonly AttemptDraft[] = []): Promise<void> {
    try {
      const lostParts = await this.#lostParts(outcome)
      const decide: Decide = (view) => {
        const task = view.task(this.#task.id)
        const end = { now: this.#now(), retries: this.#retries() }
        return [
          ...this.#complete(lastDrafts),
          ...lostParts,
          ...(task === undefined ? [] : endDrafts(view, task, outcome, end)),
        ]
      }
      await this.#append(decide, { onRefused: this.#resolveHeldUp })
    } finally {
      this.#resolveSettled()
    }
  }

  /** What ends with this attempt although it has not run in it, as its calls do that were cut off earlier. */
  async #lostParts({ kind }: AttemptOutcome): Promise<EventDraft[]> {
    if (kind === 'parked' || kind === 'waiting') return []
    return lostPartDrafts(this.#task, this.#store)
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
  async #append(
    decide: Decide,
    { signal, onRefused }: { signal?: AbortSignal; onRefused?: (error: SparkyError) => void },
  ): Promise<readonly StoredEvent[]> {
    for (;;) {
      try {
        return await this.#store.append(decide)
      } catch (error) {
        if (!(error instanceof SparkyError) || error.code !== 'not_durable' || !error.retryable) throw error
        onRefused?.(error)
        await delay(durabilityRetryMs, undefined, signal === undefined ? {} : { signal })
      }
    }
  }
}

// Promise.withResolvers came with Node 22.
const withResolvers = <T>(): { promise: Promise<T>; resolve: (value: T) => void } => {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
