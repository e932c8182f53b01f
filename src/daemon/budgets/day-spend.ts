import type { StoredEvent } from '../../protocol/event.ts'
import { dayOf, type Day } from './day.ts'
import { addCall, addTime, noSpend, type Spend } from './spend.ts'

/** As it is kept in a file. */
export interface KeptDaySpend {
  readonly day_start_ms: number
  readonly total: Spend
  readonly groups: Readonly<Record<string, Spend>>
  readonly running: Readonly<Record<string, Running>>
}

interface Running {
  readonly group: string
  readonly since_ms: number
}

/** What the status event of a task that was taken up after a crash keeps in its `private` member. */
interface RecoveredFacts {
  /** When the last was heard of it. */
  readonly endedAt: string
}

/**
 * What was used in one day, as a fold of the store's events, which must come in order of `seq`. The first event of a
 * later day begins that day with nothing used; a clock that is set back does not bring a day back.
 */
export class DaySpend {
  #day: Day
  #total = noSpend
  readonly #groups = new Map<string, Spend>()
  readonly #running = new Map<string, Running>()

  constructor(nowMs: number) {
    this.#day = dayOf(nowMs)
  }

  /** Undefined where what was kept is not of a day that begins when days begin here. */
  static from(kept: KeptDaySpend): DaySpend | undefined {
    const spend = new DaySpend(kept.day_start_ms)
    if (spend.#day.startMs !== kept.day_start_ms) return undefined
    spend.#total = kept.total
    for (const [name, used] of Object.entries(kept.groups)) spend.#groups.set(name, used)
    for (const [id, running] of Object.entries(kept.running)) spend.#running.set(id, running)
    return spend
  }

  /** The day of a moment, or a later one that has begun: only an event begins a day. */
  dayAt(nowMs: number): Day {
    return nowMs < this.#day.endMs ? this.#day : dayOf(nowMs)
  }

  /** `groupOf` knows the group of a task by its id. */
  add(event: StoredEvent, groupOf: (taskId: string) => string): void {
    if (event.task_id === null || (event.type !== 'usage' && event.type !== 'status')) return
    const { task_id: id } = event
    const ms = Date.parse(event.ts)
    this.#turnTo(ms)
    const isEarlier = ms < this.#day.startMs
    // Of a task that does not run it may have to be read from disk.
    const group = (): string => this.#running.get(id)?.group ?? groupOf(id)
    if (event.type === 'usage') {
      if (!isEarlier) this.#use(group(), (spend) => addCall(spend, event.data))
      return
    }
    if (event.data.previous === 'in_progress') {
      const { endedAt = event.ts } = (event.private ?? {}) as Partial<RecoveredFacts>
      // One that is not known to have begun has done so on an earlier day.
      const sinceMs = this.#running.get(id)?.since_ms ?? this.#day.startMs
      const whose = group()
      this.#running.delete(id)
      this.#use(whose, (spend) => addTime(spend, Date.parse(endedAt) - Math.max(sinceMs, this.#day.startMs)))
    }
    if (event.data.status === 'in_progress') this.#running.set(id, { group: group(), since_ms: ms })
  }

  /** What all tasks (null) or those of a group have used by a moment of the day that it is in. */
  used(group: string | null, nowMs: number): Spend {
    const day = this.dayAt(nowMs)
    const counted = group === null ? this.#total : this.#groups.get(group)
    let timeMs = 0
    for (const running of this.#running.values()) {
      if (group !== null && running.group !== group) continue
      timeMs += Math.max(0, nowMs - Math.max(running.since_ms, day.startMs))
    }
    return addTime((day === this.#day ? counted : undefined) ?? noSpend, timeMs)
  }

  kept(): KeptDaySpend {
    return {
      day_start_ms: this.#day.startMs,
      total: this.#total,
      groups: Object.fromEntries(this.#groups),
      running: Object.fromEntries(this.#running),
    }
  }

  #turnTo(ms: number): void {
    if (ms < this.#day.endMs) return
    this.#day = dayOf(ms)
    this.#total = noSpend
    this.#groups.clear()
  }

  #use(group: string, add: (spend: Spend) => Spend): void {
    this.#total = add(this.#total)
    this.#groups.set(group, add(this.#groups.get(group) ?? noSpend))
  }
}
