import type { StoredEvent } from '../../../protocol/event.ts'
import type { OnNotice } from './notice.ts'
import type { PendingRemovals } from './pending-removals.ts'
import type { ResultFiles } from './results.ts'

interface RemovedTasksParts {
  readonly pending: PendingRemovals
  readonly results: ResultFiles
  readonly onNotice: OnNotice
  /** Told that something is to leave the log. */
  readonly onNoted: () => void
}

/** What becomes of everything that is kept of a task when that is removed. */
export class RemovedTasks {
  readonly #parts: RemovedTasksParts
  readonly #resultRemovals = new Set<Promise<void>>()

  constructor(parts: RemovedTasksParts) {
    this.#parts = parts
  }

  /** Notes which of these events remove tasks. `firstSeqOf` knows those that were there before all of them. */
  note(events: readonly StoredEvent[], firstSeqOf: (id: string) => number | undefined): void {
    const removed = removalsIn(events)
    for (const { id, seq } of removed) {
      const firstSeq = firstSeqOf(id) ?? events[0]?.seq ?? 1
      this.#parts.pending.add(id, { firstSeq, seq }, Date.now())
    }
    if (removed.length > 0) this.#parts.onNoted()
  }

  /** To be called when nobody can ask for them any more. */
  removeResults(events: readonly StoredEvent[]): void {
    const { results, onNotice } = this.#parts
    for (const { id } of removalsIn(events)) {
      const removal = results.remove(id).catch((error: unknown) => {
        onNotice({ kind: 'leftover', message: `The results of task ${id} were left: ${String(error)}` })
      })
      this.#resultRemovals.add(removal)
      void removal.finally(() => this.#resultRemovals.delete(removal))
    }
  }

  /** Resolves when the results of all tasks that were removed until now are gone. */
  async resultsGone(): Promise<void> {
    await Promise.all(this.#resultRemovals)
  }
}

const removalsIn = (events: readonly StoredEvent[]): { readonly id: string; readonly seq: number }[] =>
  events.filter(({ type }) => type === 'task_removed').map(({ task_id, seq }) => ({ id: task_id ?? '', seq }))
