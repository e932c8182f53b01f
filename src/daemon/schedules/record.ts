import { SparkyError } from '../../protocol/failure.ts'
import { defined, settingsOf } from '../../protocol/new-task.ts'
import type { EditSchedule, Schedule } from '../../protocol/schedule.ts'
import type { Json, Limits } from '../../protocol/task.ts'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import type { EventDraft } from '../../protocol/event.ts'
import { schedulesIn } from '../store/queue-facts.ts'
import type { StoreView } from '../store/store.ts'
import type { Timing } from './slots.ts'

/** A schedule as the store keeps it, folded from `queue_changed` events. */
export interface ScheduleRecord extends Pick<
  Schedule,
  | 'name'
  | 'cron'
  | 'every'
  | 'every_s'
  | 'timezone'
  | 'overlap'
  | 'catch_up'
  | 'max_failures'
  | 'enabled'
  | 'disabled_reason'
  | 'failures_in_row'
  | 'last_skipped'
  | 'created_at'
  | 'updated_at'
> {
  /** Made anew where one takes the place of another: what the ids of its tasks come from. */
  readonly id: string
  /** What `every` counts from, so that a restart does not shift it. */
  readonly anchor_at: string
  /** Its times up to this one are dealt with. Never goes back, whatever the clock does. */
  readonly slots_after: string
  /** The time that was dealt with last; null before the first. */
  readonly last_slot: string | null
  readonly last_run: Omit<NonNullable<Schedule['last_run']>, 'number'> | null
  /** Ids of its tasks that have not ended, or whose end is not counted yet. */
  readonly unfinished: readonly string[]
  readonly task: ScheduledTask
  /** Of the shell that added it; never leaves the daemon. */
  readonly environment?: TaskEnvironment | null
}

/** What is to be done each time: each fact named once. */
export interface ScheduledTask {
  readonly prompt: string
  readonly context?: Json
  /** A name, or `NAME/PILLAR`. */
  readonly agent?: string
  readonly model?: string
  readonly cwd?: string
  readonly priority?: number
  readonly group?: string
  readonly locks?: string[]
  readonly labels?: Record<string, string>
  readonly notify?: boolean
  readonly max_attempts?: number
  readonly dedupe?: boolean
  readonly limits: Partial<Limits>
}

type Facts = Pick<StoreView, 'queueFacts'>

export const recordsIn = (view: Facts): readonly ScheduleRecord[] =>
  Object.values(schedulesIn(view.queueFacts())) as unknown as readonly ScheduleRecord[]

export const findRecord = (view: Facts, name: string): ScheduleRecord | undefined => {
  const schedules = schedulesIn(view.queueFacts())
  return Object.hasOwn(schedules, name) ? (schedules[name] as unknown as ScheduleRecord) : undefined
}

/** Throws `not_found`. */
export const recordIn = (view: Facts, name: string): ScheduleRecord => {
  const record = findRecord(view, name)
  if (record !== undefined) return record
  throw new SparkyError('not_found', `no schedule "${name}"`, { hint: 'See "sparky schedule list".' })
}

export type RecordChange = Partial<Omit<ScheduleRecord, 'name'>>

/** The event that changes these members of a schedule. An environment goes into its private part, and nowhere else. */
export const changeDraft = (
  name: string,
  change: Partial<ScheduleRecord> | { readonly removed: true },
): EventDraft => {
  const { environment, ...data } = { environment: undefined, ...change }
  return {
    task_id: null,
    type: 'queue_changed',
    data: { schedule: { ...data, name } as unknown as Json },
    ...(environment === undefined ? {} : { private: { environment } }),
  }
}

export const timingOf = ({ cron, every_s, anchor_at, timezone }: ScheduleRecord): Timing =>
  cron === null
    ? { kind: 'every', everyMs: (every_s ?? 0) * 1000, anchorMs: Date.parse(anchor_at) }
    : { kind: 'cron', cron, timezone }

/** What a request says about the tasks, whichever names it used; of a pillar alone, it is one of the agent's before. */
export const scheduledTaskOf = (body: EditSchedule, before?: ScheduledTask): Partial<ScheduledTask> => {
  const { context, pillar, model, cwd, priority, group, locks, labels, notify, maxAttempts, limits } =
    settingsOf(body)
  const named = body.agent ?? (pillar === undefined ? undefined : (before?.agent ?? 'default'))
  const agent = pillar === undefined ? named : `${named?.split('/')[0]}/${pillar}`
  const fields = { context, agent, model, cwd, priority, group, locks, labels, notify }
  const { prompt, dedupe } = body
  return defined({ prompt, ...fields, max_attempts: maxAttempts, dedupe, limits }) as Partial<ScheduledTask>
}
