import type { ScheduleRecord } from './record.ts'
import { timingOf } from './record.ts'
import { slotsAfter, slotsWithin } from './slots.ts'

/** What is due of a schedule: times in ms since 1970, earliest first. */
export interface Due {
  /** Those that are to have a task, as far as overlapping allows. */
  readonly slots: readonly number[]
  /** The latest, whether it is to have one or not. */
  readonly lastSlotMs: number
  /** How many were missed: those before the latest, and the latest where it is late. */
  readonly missed: number
  /** Whether there were more, which were not counted. */
  readonly moreMissed: boolean
}

/** More missed times than this are not caught up. */
const mostCaughtUp = 100

/** So many are looked for, since each takes its time. */
const countedOf = ({ catch_up }: ScheduleRecord): number => (catch_up === 'all' ? mostCaughtUp + 1 : 10)

/** The latest time is not missed while it is at most this late. */
const lateMs = 60_000

/** A clock that was ahead by more than this was wrong: cron's own limit. */
const clockWasWrongMs = 3 * 3_600_000

interface Span {
  readonly afterMs: number
  readonly nowMs: number
}

/** What has come due by now, after a moment; undefined where nothing has. */
export const dueOf = (record: ScheduleRecord, { afterMs, nowMs }: Span): Due | undefined => {
  const counted = countedOf(record)
  const found = slotsWithin(timingOf(record), { afterMs, upToMs: nowMs }, counted)
  const lastSlotMs = found.at(-1)
  if (lastSlotMs === undefined) return undefined
  const isLate = nowMs - lastSlotMs > lateMs
  return {
    slots: slotsToRun(found.slice(-mostCaughtUp), { record, isLate }),
    lastSlotMs,
    missed: found.length - (isLate ? 0 : 1),
    moreMissed: found.length === counted,
  }
}

const slotsToRun = (
  found: readonly number[],
  { record, isLate }: { record: ScheduleRecord; isLate: boolean },
): readonly number[] => {
  switch (record.catch_up) {
    case 'skip':
      return isLate ? [] : found.slice(-1)
    case 'once':
      return found.slice(-1)
    case 'all':
      return found
    default:
      return record.catch_up satisfies never
  }
}

/** When the schedule comes due next after a moment; Infinity where it never does. */
export const nextDueMs = (record: ScheduleRecord, afterMs: number): number =>
  record.enabled && afterMs < Infinity ? (slotsAfter(timingOf(record), afterMs, 1)[0] ?? Infinity) : Infinity

/** The times that are still to come; none while it is disabled. */
export const nextRuns = (record: ScheduleRecord, nowMs: number, count: number): number[] =>
  record.enabled ? slotsAfter(timingOf(record), Math.max(nowMs, dealtWithMs(record, nowMs)), count) : []

/**
 * The moment up to which nothing is due any more. After a clock was set back, times that have been dealt with come
 * again, and count once. Where it was ahead by hours, they count again from now on, so that a schedule does not stay
 * silent until the clock is there again; that none is added twice is then for the ids of its tasks to see to.
 */
export const dealtWithMs = ({ slots_after, last_slot }: ScheduleRecord, nowMs: number): number => {
  const dealtWith = Date.parse(slots_after)
  if (dealtWith <= nowMs + clockWasWrongMs) return dealtWith
  const lastSlotMs = last_slot === null ? 0 : Date.parse(last_slot)
  return lastSlotMs <= nowMs ? Math.max(nowMs - lateMs, lastSlotMs) : nowMs - lateMs
}
