import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoredEvent } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { AddSchedule, EditSchedule, Schedule } from '../../protocol/schedule.ts'
import { isFinal, type Task } from '../../protocol/task.ts'
import { addDrafts, type PreparedTask, type TaskDefaults } from '../queue/add-task.ts'
import { newTaskId } from '../queue/new-task-id.ts'
import type { Store } from '../store/store.ts'
import { addedChange, prepareScheduled } from './fire.ts'
import { parseTiming } from './parse-timing.ts'
import {
  changeDraft,
  findRecord,
  recordIn,
  recordsIn,
  scheduledTaskOf,
  type RecordChange,
  type ScheduledTask,
  type ScheduleRecord,
} from './record.ts'
import { showRecord } from './show.ts'

export interface SchedulesOptions {
  readonly store: Store
  /** Asked anew for each task, so that a changed configuration counts at once. */
  readonly taskDefaults: () => TaskDefaults
  readonly now?: () => Date
}

const shownTogether = 32

/**
 * Every command about schedules, each one decision on the store. A command resolves when its events are on disk.
 * Refusals are `SparkyError`s: `not_found`, `conflict`, `usage`, `not_durable`.
 */
export class Schedules {
  readonly #store: Store
  readonly #taskDefaults: () => TaskDefaults
  readonly #now: () => Date

  constructor({ store, taskDefaults, now = () => new Date() }: SchedulesOptions) {
    this.#store = store
    this.#taskDefaults = taskDefaults
    this.#now = now
  }

  /** By name. */
  async list(): Promise<Schedule[]> {
    const shown: Schedule[] = []
    for (const record of recordsIn(this.#store)) {
      shown.push(this.#shown(record))
      // To find the next times of very many takes long enough for the daemon to be missed.
      if (shown.length % shownTogether === 0) await nextTurn()
    }
    return shown.sort((one, other) => one.name.localeCompare(other.name))
  }

  show(name: string): Schedule {
    return this.#shown(recordIn(this.#store, name))
  }

  async add(params: AddSchedule): Promise<Schedule> {
    const { name, replace = false } = params
    const record = newRecord(params, this.#now())
    const prepared = await this.#prepare(record)
    await this.#store.append((view) => {
      const before = findRecord(view, name)
      if (before !== undefined && !replace) {
        throw new SparkyError('conflict', `there is a schedule "${name}" already`, {
          hint: `--replace takes its place; "sparky schedule remove ${name}" removes it.`,
        })
      }
      // Throws what adding its task would throw now.
      addDrafts(view, prepared, this.#now())
      // Tasks of the one before are still tasks of this name.
      const kept = before === undefined ? {} : { unfinished: before.unfinished, last_run: before.last_run }
      return [changeDraft(name, { ...record, ...kept })]
    })
    return this.show(name)
  }

  /** Changes what is named. New times count from now on. */
  async edit({ name, ...params }: EditSchedule): Promise<Schedule> {
    const now = this.#now()
    const change = (record: ScheduleRecord): RecordChange => editChange(record, params, now)
    const seen = recordIn(this.#store, name)
    const changed = change(seen)
    if (Object.keys(changed).length === 0 && params.enabled === undefined) {
      throw new SparkyError('usage', 'expected something to change, found nothing')
    }
    // One whose directory is gone may be given other times, or be disabled.
    const prepared = changed.task && (await this.#prepare({ ...seen, ...changed }))
    await this.#store.append((view) => {
      if (prepared !== undefined) addDrafts(view, prepared, this.#now())
      return [changeDraft(name, { ...change(recordIn(view, name)), updated_at: now.toISOString() })]
    })
    return this.show(name)
  }

  /** Returns it as it was. Its tasks stay. */
  async remove(name: string): Promise<Schedule> {
    let removed: Schedule | undefined
    await this.#store.append((view) => {
      removed = this.#shown(recordIn(view, name))
      return [changeDraft(name, { removed: true })]
    })
    return removed ?? this.show(name)
  }

  /** Times that have gone by are not caught up. */
  enable(name: string): Promise<Schedule> {
    return this.#change(name, (record) => enabledChange(record, true, this.#now()))
  }

  disable(name: string): Promise<Schedule> {
    return this.#change(name, (record) => enabledChange(record, false, this.#now()))
  }

  /** Adds its task now, whether it is enabled or not; its times stay as they are. */
  async run(name: string): Promise<Task> {
    const now = this.#now()
    const seen = recordIn(this.#store, name)
    const prepared = await this.#prepare(seen)
    let id = prepared.id
    await this.#store.append((view) => {
      const record = recordIn(view, name)
      const added = addDrafts(view, prepared, now)
      id = added.id
      const change = addedChange(record, { at: now.toISOString(), manual: true, taskId: id })
      return [...added.drafts, changeDraft(name, change)]
    })
    return this.#store.resolve(id)
  }

  async #change(name: string, change: (record: ScheduleRecord) => RecordChange): Promise<Schedule> {
    await this.#store.append((view) => {
      const changed = change(recordIn(view, name))
      if (Object.keys(changed).length === 0) return []
      return [changeDraft(name, { ...changed, updated_at: this.#now().toISOString() })]
    })
    return this.show(name)
  }

  #prepare(record: ScheduleRecord): Promise<PreparedTask> {
    return prepareScheduled(record, { id: newTaskId(), defaults: this.#taskDefaults(), now: this.#now() })
  }

  #shown(record: ScheduleRecord): Schedule {
    return showRecord(record, {
      find: (id) => this.#store.task(id),
      nowMs: this.#now().getTime(),
      defaults: this.#taskDefaults(),
    })
  }
}

/** Names of the schedules that these events are about, or whose tasks they end. */
export const schedulesTouchedBy = (
  events: readonly StoredEvent[],
  find: (id: string) => Task | undefined,
): Set<string> => {
  const names = new Set<string>()
  for (const event of events) {
    if (event.type === 'queue_changed') {
      const { schedule } = event.data
      if (schedule !== undefined) names.add((schedule as { readonly name: string }).name)
    } else if (event.type === 'status' && isFinal(event.data.status) && event.task_id !== null) {
      const name = find(event.task_id)?.schedule ?? null
      if (name !== null) names.add(name)
    }
  }
  return names
}

const newRecord = (params: AddSchedule, now: Date): ScheduleRecord => {
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

const enabledChange = (record: ScheduleRecord, enabled: boolean, now: Date): RecordChange => {
  if (!enabled) return record.enabled ? { enabled: false, disabled_reason: 'disabled by the user' } : {}
  if (record.enabled) return record.failures_in_row === 0 ? {} : { failures_in_row: 0 }
  return { enabled: true, disabled_reason: null, failures_in_row: 0, ...from(record, now) }
}

const editChange = (record: ScheduleRecord, params: Omit<EditSchedule, 'name'>, now: Date): RecordChange => {
  const { overlap, catch_up, max_failures, environment, enabled } = params
  const { limits, ...task } = scheduledTaskOf({ name: record.name, ...params })
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
