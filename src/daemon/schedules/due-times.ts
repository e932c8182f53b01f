import type { StoredEvent } from '../../protocol/event.ts'
import type { Task } from '../../protocol/task.ts'
import { dealtWithMs, nextDueMs } from './due.ts'
import { nothingDueUntilMs } from './left-out.ts'
import { holdersOf } from './overlap.ts'
import type { ScheduleRecord } from './record.ts'

/** When schedules come due, and which tasks keep them from it. */
export class DueTimes {
  readonly #find: (id: string) => Task | undefined
  /** When each comes due next after a moment, for as long as it is as it is. */
  readonly #next = new WeakMap<ScheduleRecord, { readonly afterMs: number; readonly dueMs: number }>()
  /** By their ids, tasks that are in the way of times that have come, each with its schedule. */
  readonly #inTheWay = new Map<string, string>()

  constructor(find: (id: string) => Task | undefined) {
    this.#find = find
  }

  /** Infinity where it never comes due, or a task is in the way. */
  dueMs(record: ScheduleRecord, nowMs: number): number {
    const dueMs = this.#nextMs(record, dealtWithMs(record, nowMs))
    if (dueMs > nowMs) return dueMs
    const untilMs = nothingDueUntilMs(record, this.#find, nowMs)
    if (untilMs < Infinity) return this.#nextMs(record, untilMs)
    for (const holder of holdersOf(record, this.#find)) {
      if (holder.id !== null && holder.untilMs === Infinity) this.#inTheWay.set(holder.id, record.name)
    }
    return Infinity
  }

  /** The schedule that a task was in the way of which has begun or ended, for example. */
  freedBy({ type, task_id }: StoredEvent): string | undefined {
    if (this.#inTheWay.size === 0 || task_id === null) return undefined
    return type === 'status' || type === 'task_removed' ? this.#inTheWay.get(task_id) : undefined
  }

  hasAnyInTheWay(): boolean {
    return this.#inTheWay.size > 0
  }

  /** To be found anew, by asking when each schedule comes due. */
  forgetInTheWay(): void {
    this.#inTheWay.clear()
  }

  #nextMs(record: ScheduleRecord, afterMs: number): number {
    const known = this.#next.get(record)
    if (known?.afterMs === afterMs) return known.dueMs
    const dueMs = nextDueMs(record, afterMs)
    this.#next.set(record, { afterMs, dueMs })
    return dueMs
  }
}
