import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { Transcript } from './transcript.ts'

/** Events of an attempt that are not recorded yet. The transcript knows them already. */
export class DraftBatch {
  readonly #transcript: Transcript
  #drafts: AttemptDraft[] = []

  constructor(transcript: Transcript) {
    this.#transcript = transcript
  }

  add(...drafts: readonly AttemptDraft[]): void {
    for (const draft of drafts) {
      this.#transcript.add(draft)
      this.#drafts.push(draft)
    }
  }

  /** Empties the batch. */
  take(): readonly AttemptDraft[] {
    const drafts = this.#drafts
    this.#drafts = []
    return drafts
  }
}
