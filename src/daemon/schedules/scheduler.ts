import { SparkyError } from '../../protocol/failure.ts'
import type { TaskDefaults } from '../queue/prepare-task.ts'
import type { Store } from '../store/store.ts'
import { DueTimes } from './due-times.ts'
import { dueOf, type Due } from './due.ts'
import { fireDrafts, prepareSlots, type Fired } from './fire.ts'
import { nothingDueUntilMs } from './left-out.ts'
import { Pace } from './pace.ts'
import { changeDraft, findRecord, recordsIn, type RecordChange, type ScheduleRecord } from './record.ts'
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
  readonly #dueTimes: DueTimes
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
    this.#dueTimes = new DueTimes((id) => options.store.task(id))
  }

  /** Begins with what came due, and what ended, while nothing looked. */
  start(): void {
    const { store } = this.#options
    this.#isOn = true
    // Also one whose tasks have all been counted: the last may have been retried, and have ended while nothing looked.
    for (const { name } of recordsIn(store)) this.#unsettled.add(name)
    this.#unsubscribe = store.onAppend((events) => {
      const names = schedulesTouchedBy(events, (id) => store.task(id))
      for (const event of events) {
        const name = this.#dueTimes.freedBy(event)
        if (name !== undefined) names.add(name)
      }
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
    let nextMs = Infinity
    while (this.#isNudged && this.#isOn) {
      this.#isNudged = false
      await this.#settleAll()
      await this.#fireAll()
      nextMs = await this.#nextMs()
    }
    this.#look = undefined
    this.#setTimer(nextMs)
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
    if (known === undefined || this.#settleChange(known, store) === undefined) return
    await store.append((view) => {
      const record = findRecord(view, name)
      const change = record && this.#settleChange(record, view)
      return change === undefined ? [] : [changeDraft(name, change)]
    })
    const record = findRecord(store, name)
    if (record !== undefined && record.last_skipped !== known.last_skipped) {
      log.info({ schedule: name, ...record.last_skipped }, 'Times of the schedule left out')
    }
    if (known.enabled && record?.enabled === false) {
      log.warn({ schedule: name, reason: record.disabled_reason }, 'Schedule disabled')
    }
  }

  #settleChange(record: ScheduleRecord, view: Pick<Store, 'task'>): RecordChange | undefined {
    return settleChange(record, (id) => view.task(id), this.#now().getTime())
  }

  async #fireAll(): Promise<void> {
    const nowMs = this.#now().getTime()
    const pace = new Pace()
    const due: ScheduleRecord[] = []
    for (const record of recordsIn(this.#options.store)) {
      await pace.step()
      if (this.#dueTimes.dueMs(record, nowMs) <= nowMs) due.push(record)
    }
    for (let begin = 0; begin < due.length; begin += firedTogether) {
      const firing: Promise<boolean>[] = []
      for (const record of due.slice(begin, begin + firedTogether)) {
        await pace.step()
        firing.push(this.#attempt(record.name, () => this.#fire(record)))
      }
      await Promise.all(firing)
    }
  }

  async #fire(record: ScheduleRecord): Promise<void> {
    const { store, taskDefaults } = this.#options
    const now = this.#now()
    const nowMs = now.getTime()
    const afterMs = nothingDueUntilMs(record, (id) => store.task(id), nowMs)
    const due = dueOf(record, { afterMs, nowMs })
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

  /** When the next one comes due; Infinity where none does. */
  async #nextMs(): Promise<number> {
    const nowMs = this.#now().getTime()
    const pace = new Pace()
    let nextMs = Infinity
    this.#dueTimes.forgetInTheWay()
    for (const record of recordsIn(this.#options.store)) {
      await pace.step()
      nextMs = Math.min(nextMs, this.#dueTimes.dueMs(record, nowMs))
    }
    return nextMs
  }

  #setTimer(dueMs: number): void {
    if (!this.#isOn) return
    if (dueMs === Infinity && !this.#hasFailed && !this.#dueTimes.hasAnyInTheWay()) return
    const soonMs = Math.max(1, Math.min(dueMs - this.#now().getTime(), longestWaitMs))
    this.#timer = setTimeout(() => void this.nudge(), this.#hasFailed ? longestWaitMs : soonMs)
  }
}
