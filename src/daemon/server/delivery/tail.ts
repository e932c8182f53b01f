import type { EventRun } from './frame-run.ts'

/** Who is further behind is replayed a stretch more. */
const maxCharacters = 256 * 1024

/**
 * The events that come while a reader is replayed what was before them, so that it need not read these from the disk
 * as well: under load, that would never end. They are the same runs that live readers get.
 */
export class Tail {
  #runs: EventRun[] = []
  #characters = 0

  /** None where there was more than is kept. */
  get runs(): readonly EventRun[] {
    return this.#runs
  }

  add(run: EventRun): void {
    if (this.#characters > maxCharacters) return
    this.#runs.push(run)
    this.#characters += run.characters
    if (this.#characters > maxCharacters) this.#runs = []
  }
}
