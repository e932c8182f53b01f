import { SparkyError } from '../../protocol/failure.ts'
import type { TaskDefaults } from '../queue/add-task.ts'
import type { Store } from '../store/store.ts'
import { dealtWithMs, dueOf, nextDueMs, type Due } from './due.ts'
import { fireDrafts, prepareSlots, type Fired } from './fire.ts'
import { changeDraft, findRecord, recordsIn, type ScheduleRecord } from './record.ts'
import { schedulesTouchedBy } from './schedules.ts'
import { settleChange } from './settle.ts'

/** What the scheduler logs with; a pino logger fits. */
interface SchedulerLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface SchedulerOptions {
  readonly store: Store
  /** Asked anew for each task. */
  readonly taskDefaults: () => TaskDefaults
  readonly log: SchedulerLog
  readonly now?: () => Date
}

/**
 * So often it looks at the clock at least, because a timer does not know of a clock that was set, nor of the time that
 * the machine slept; and so long after a write that failed it tries again.
 */
const longestWaitMs = 10_000
/** So many schedules at a time: their tasks share a write, and the daemon gets to do something else in between. */
const firedTogether = 16

/**
 * Adds the tasks of schedules when their times come. It goes by the wall clock, and looks again when a schedule was
 * changed or one of its tasks has ended. Everything that it knows is in the store: a time is dealt with exactly when
 * the append that adds its task is on disk.
 */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #now: () => Date
  /** When each comes due next, for as long as it is as it is. */
  readonly #nextDue = new WeakMap<ScheduleRecord, { readonly dealtWithMs: number; readonly dueMs: number }>()
  /** Schedules with tasks that may have ended. */
  readonly #unsettled = new Set<string>()
  #isOn = false
  #isNudged = false
  #hasFailed = false
  #look: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #unsubscribe: () => void = () => undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
  }

  /** Begins with what came due, and what ended, while nothing looked. */
  start(): void {
    const { store } = this.#options
    this.#isOn = true
    for (const { name, unfinished } of recordsIn(store)) if (unfinished.length > 0) this.#unsettled.add(name)
    this.#unsubscribe = store.onAppend((events) => {
      const names = schedulesTouchedBy(events, (id) => store.task(id))
      for (const name of names) this.#unsettled.add(name)
      if (names.size > 0) void this.nudge()
    })
    void this.nudge()
  }

  /** Adds nothing after it has resolved. */
  async stop(): Promise<void> {
    this.#isOn = false
    this.#unsubscribe()
    clearTimeout(this.#timer)
    await this.#look
  }

  /** Looks at once. Resolves when everything that is due is dealt with, or could not be; never rejects. */
  nudge(): Promise<void> {
    this.#isNudged = true
    if (this.#isOn) this.#look ??= this.#lookWhileNudged()
    return this.#look ?? Promise.resolve()
  }

  async #lookWhileNudged(): Promise<void> {
    clearTimeout(this.#timer)
    this.#hasFailed = false
    while (this.#isNudged && this.#isOn) {
      this.#isNudged = false
      await this.#settleAll()
      await this.#fireAll()
    }
    this.#look = undefined
    this.#setTimer()
  }

  async #settleAll(): Promise<void> {
    const names = [...this.#unsettled]
    this.#unsettled.clear()
    await Promise.all(
      names.map(async (name) => {
        const isDone = await this.#attempt(name, () => this.#settle(name))
        if (!isDone) this.#unsettled.add(name)
      }),
    )
  }

  async #settle(name: string): Promise<void> {
    const { store, log } = this.#options
    const known = findRecord(store, name)
    // Most often nothing has ended, and then there is nothing to ask the disk for.
    if (known === undefined || settleChange(known, (id) => store.task(id)) === undefined) return
    await store.append((view) => {
      const record = findRecord(view, name)
      const change = record && settleChange(record, (id) => view.task(id))
      return change === undefined ? [] : [changeDraft(name, change)]
    })
    const record = findRecord(store, name)
    if (known.enabled && record?.enabled === false) {
      log.warn({ schedule: name, reason: record.disabled_reason }, 'Schedule disabled')
    }
  }

  async #fireAll(): Promise<void> {
    const nowMs = this.#now().getTime()
    const due = recordsIn(this.#options.store).filter((record) => this.#dueMs(record, nowMs) <= nowMs)
    for (let begin = 0; begin < due.length; begin += firedTogether) {
      const some = due.slice(begin, begin + firedTogether)
      await Promise.all(some.map((record) => this.#attempt(record.name, () => this.#fire(record))))
    }
  }

  async #fire(record: ScheduleRecord): Promise<void> {
    const { store, taskDefaults } = this.#options
    const now = this.#now()
    const due = dueOf(record, now.getTime())
    if (due === undefined) return
    const slots = await prepareSlots(record, due, { defaults: taskDefaults(), now })
    let fired: readonly Fired[] = []
    await store.append((view) => {
      // What was changed meanwhile is looked at again.
      if (findRecord(view, record.name) !== record) return []
      const firing = fireDrafts(view, { record, lastSlotMs: due.lastSlotMs, slots, now })
      fired = firing.fired
      return firing.drafts
    })
    if (fired.length === 0) this.#isNudged = true
    this.#tell(record, due, fired)
  }

  #tell({ name, catch_up }: ScheduleRecord, { missed, moreMissed }: Due, fired: readonly Fired[]): void {
    const { store, log } = this.#options
    if (fired.length > 0 && missed > 0) {
      const count = moreMissed ? `${missed} or more` : missed
      log.warn({ schedule: name, missed: count, catch_up }, 'Times of the schedule were missed')
    }
    for (const outcome of fired) {
      const { kind, at } = outcome
      if (kind === 'added') {
        const task = store.task(outcome.taskId)?.number
        log.info({ schedule: name, at, task }, 'Schedule added its task')
      } else if (kind === 'skipped') {
        log.info({ schedule: name, at, reason: outcome.reason }, 'Time of the schedule left out')
      } else {
        log.error({ schedule: name, at, error: outcome.error }, 'Schedule could not add its task')
      }
    }
  }

  /** One schedule's trouble is not another's. Whether it went well. */
  async #attempt(name: string, act: () => Promise<void>): Promise<boolean> {
    try {
      await act()
      return true
    } catch (error) {
      this.#hasFailed = true
      const isOurs = error instanceof SparkyError
      this.#options.log.error(
        { schedule: name, error: isOurs ? error.message : error },
        'The schedule could not be written; trying again',
      )
      return false
    }
  }

  /** Infinity where it never comes due. */
  #dueMs(record: ScheduleRecord, nowMs: number): number {
    const from = dealtWithMs(record, nowMs)
    const known = this.#nextDue.get(record)
    if (known?.dealtWithMs === from) return known.dueMs
    const dueMs = nextDueMs(record, nowMs) ?? Infinity
    this.#nextDue.set(record, { dealtWithMs: from, dueMs })
    return dueMs
  }

  #setTimer(): void {
    if (!this.#isOn) return
    const nowMs = this.#now().getTime()
    const records = recordsIn(this.#options.store)
    const dueMs = Math.min(...records.map((record) => this.#dueMs(record, nowMs)))
    if (dueMs === Infinity && !this.#hasFailed) return
    const waitMs = this.#hasFailed ? longestWaitMs : Math.max(1, Math.min(dueMs - nowMs, longestWaitMs))
    this.#timer = setTimeout(() => void this.nudge(), waitMs)
  }
}
