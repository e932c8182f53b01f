import type { StoredEvent } from '../../../protocol/event.ts'
import type { Decide } from '../store.ts'
import type { Batch } from './batch.ts'

interface CommitQueueParts {
  /** A batch over the durable state as it is now. */
  readonly openBatch: () => Batch
  /** Makes the batch durable and then visible, or rejects and leaves everything as it was. */
  readonly commit: (batch: Batch) => Promise<void>
}

interface Waiting {
  readonly decide: Decide
  readonly resolve: (events: readonly StoredEvent[]) => void
  readonly reject: (reason: unknown) => void
}

interface Decided {
  readonly waiting: Waiting
  /** What its caller hears once the batch is durable. */
  readonly settle: () => void
}

/**
 * Group commit: while one batch is on its way to the disk, decisions wait, and the next batch takes them together, so
 * that they share one sync. They are made in the order of the calls. A caller hears nothing, not even that its own
 * decision threw, before the batch that the decision looked at is durable.
 */
export class CommitQueue {
  readonly #parts: CommitQueueParts
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(parts: CommitQueueParts) {
    this.#parts = parts
  }

  add(decide: Decide): Promise<readonly StoredEvent[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ decide, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Callers of the same turn share a batch.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#commitNext()
    this.#running = undefined
  }

  async #commitNext(): Promise<void> {
    const batch = this.#parts.openBatch()
    const decided = this.#decide(batch)
    try {
      if (batch.events.length > 0) await this.#parts.commit(batch)
    } catch (error) {
      for (const { waiting } of decided) waiting.reject(error)
      return
    }
    for (const { settle } of decided) settle()
  }

  #decide(batch: Batch): Decided[] {
    const decided: Decided[] = []
    for (const waiting of this.#waiting) {
      if (decided.length >= maxDecisions || batch.length >= maxBatchLength) break
      decided.push({ waiting, settle: decideOne(batch, waiting) })
    }
    this.#waiting = this.#waiting.slice(decided.length)
    return decided
  }
}

const maxDecisions = 1000
const maxBatchLength = 1024 * 1024

const decideOne = (batch: Batch, { decide, resolve, reject }: Waiting): (() => void) => {
  try {
    const events = batch.add(decide)
    return () => resolve(events)
  } catch (error) {
    return () => reject(error)
  }
}
