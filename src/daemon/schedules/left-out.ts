import type { Task } from '../../protocol/task.ts'
import { dealtWithMs } from './due.ts'
import { holdersOf, obstacleOf } from './overlap.ts'
import { timingOf, type RecordChange, type ScheduleRecord } from './record.ts'
import { slotsWithin } from './slots.ts'

type Find = (id: string) => Task | undefined

/**
 * The moment up to which nothing is due any more, because it is dealt with or left out for overlapping; Infinity while
 * a task is in the way. What it is told by, the tasks themselves, is on disk: so nothing needs to be written for each
 * time that is left out, and no crash lets one come back.
 */
export const nothingDueUntilMs = (record: ScheduleRecord, find: Find, nowMs: number): number => {
  const dealtWith = dealtWithMs(record, nowMs)
  const untilMs = obstacleOf(record.overlap, holdersOf(record, find))?.untilMs ?? 0
  // An end that is still to come was told by a clock that has been set back since.
  return untilMs <= nowMs || untilMs === Infinity ? Math.max(dealtWith, untilMs) : dealtWith
}

/**
 * Marks the times that were left out for overlapping as dealt with, and says so of the last one; undefined where there
 * are none. To be written before what it is told by changes: when such a task is counted as ended, and when the
 * schedule is changed.
 */
export const leftOutChange = (
  record: ScheduleRecord,
  find: Find,
  nowMs: number,
): RecordChange | undefined => {
  const obstacle = record.enabled ? obstacleOf(record.overlap, holdersOf(record, find)) : undefined
  if (obstacle === undefined) return undefined
  const span = { afterMs: dealtWithMs(record, nowMs), upToMs: Math.min(obstacle.untilMs, nowMs) }
  const slotMs = slotsWithin(timingOf(record), span, 1)[0]
  if (slotMs === undefined) return undefined
  const at = new Date(slotMs).toISOString()
  return {
    last_slot: at,
    last_skipped: { at, reason: obstacle.reason },
    ...(at > record.slots_after ? { slots_after: at } : {}),
  }
}
