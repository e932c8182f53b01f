import { SparkyError } from '../../protocol/failure.ts'
import type { AttemptDraft, RunningAttempt } from '../queue/running-attempt.ts'
import type { WorkflowHistory } from './workflow-history.ts'

/** Writes what happens in a workflow, in the order in which it happens. The history knows it at once. */
export class Recorder {
  readonly #attempt: RunningAttempt
  readonly #history: WorkflowHistory
  readonly #unwritten = new Set<readonly AttemptDraft[]>()
  #underWay = new Set<Promise<void>>()
  #isClosed = false

  constructor(attempt: RunningAttempt, history: WorkflowHistory) {
    this.#attempt = attempt
    this.#history = history
  }

  /** Resolves once these are on disk. What could not be written, since the attempt was told to stop, is kept for its end. */
  async record(drafts: readonly AttemptDraft[]): Promise<void> {
    if (this.#isClosed) throw new Error('the attempt has ended')
    for (const draft of drafts) this.#history.add(draft, true)
    this.#unwritten.add(drafts)
    const written = this.#attempt.record(drafts)
    this.#underWay.add(written)
    try {
      await written
      this.#unwritten.delete(drafts)
    } catch (error) {
      if (error instanceof SparkyError && error.code === 'too_large') this.#unwritten.delete(drafts)
      throw error
    } finally {
      this.#underWay.delete(written)
    }
  }

  /** Takes nothing more; resolves with what has not been written. */
  async close(): Promise<readonly AttemptDraft[]> {
    this.#isClosed = true
    await Promise.allSettled(this.#underWay)
    return [...this.#unwritten].flat()
  }
}
