import type { AddSchedule, EditSchedule } from '../../protocol/schedule.ts'
import { newTaskId } from '../queue/new-task-id.ts'
import { parseTiming } from './parse-timing.ts'
import { scheduledTaskOf, type RecordChange, type ScheduledTask, type ScheduleRecord } from './record.ts'

/** The schedule that a request asks for; its times count from now. */
export const newRecord = (params: AddSchedule, now: Date): ScheduleRecord => {
  const { name, catch_up = 'once', enabled = true } = params
  const at = now.toISOString()
  return {
    id: newTaskId(),
    name,
    ...parseTiming(params, now),
    anchor_at: at,
    // Who wants every missed time to be made up for does not want all but one left out for overlapping.
    overlap: params.overlap ?? (catch_up === 'all' ? 'all' : 'skip'),
    catch_up,
    max_failures: params.max_failures ?? null,
    enabled,
    disabled_reason: enabled ? null : 'added disabled',
    failures_in_row: 0,
    slots_after: at,
    last_slot: null,
    last_run: null,
    last_skipped: null,
    unfinished: [],
    created_at: at,
    updated_at: at,
    task: { limits: {}, ...scheduledTaskOf(params) } as ScheduledTask,
    environment: params.environment ?? null,
  }
}

/** What changes of it, no more than is named; nothing where nothing is. */
export const editChange = (
  record: ScheduleRecord,
  params: Omit<EditSchedule, 'name'>,
  now: Date,
): RecordChange => {
  const { overlap, catch_up, max_failures, environment, enabled } = params
  const { limits, ...task } = scheduledTaskOf({ name: record.name, ...params }, record.task)
  const named = { ...task, ...(limits !== undefined && Object.keys(limits).length > 0 ? { limits } : {}) }
  return {
    ...timingChange(record, params, now),
    ...(overlap === undefined ? {} : { overlap }),
    ...(catch_up === undefined ? {} : { catch_up }),
    ...(max_failures === undefined ? {} : { max_failures }),
    ...(environment === undefined ? {} : { environment }),
    ...(enabled === undefined ? {} : enabledChange(record, enabled, now)),
    ...(Object.keys(named).length === 0
      ? {}
      : { task: { ...record.task, ...named, limits: { ...record.task.limits, ...limits } } }),
  }
}

/** Where it is what it is to be, only the row of failures begins anew. */
export const enabledChange = (record: ScheduleRecord, enabled: boolean, now: Date): RecordChange => {
  if (!enabled) return record.enabled ? { enabled: false, disabled_reason: 'disabled by the user' } : {}
  if (record.enabled) return record.failures_in_row === 0 ? {} : { failures_in_row: 0 }
  return { enabled: true, disabled_reason: null, failures_in_row: 0, ...from(record, now) }
}

/** Times that stay as they are go on; others count from now. */
const timingChange = (
  record: ScheduleRecord,
  { cron, every, timezone }: Omit<EditSchedule, 'name'>,
  now: Date,
): RecordChange => {
  if (cron === undefined && every === undefined && timezone === undefined) return {}
  const kept = cron === undefined && every === undefined ? timesOf(record) : { cron, every }
  const written = parseTiming({ ...kept, timezone: timezone ?? record.timezone }, now)
  const isSame =
    written.cron === record.cron &&
    written.every_s === record.every_s &&
    (written.cron === null || written.timezone === record.timezone)
  return isSame ? { ...written } : { ...written, anchor_at: now.toISOString(), ...from(record, now) }
}

const timesOf = ({ cron, every }: ScheduleRecord): { cron?: string; every?: string } =>
  cron === null ? { every: every ?? '' } : { cron }

/** What was due before is not any more. */
const from = ({ slots_after }: ScheduleRecord, now: Date): RecordChange =>
  now.toISOString() > slots_after ? { slots_after: now.toISOString() } : {}
