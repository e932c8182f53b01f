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
    const now = this.#now().toISOString()
    const change = (record: ScheduleRecord): RecordChange => editChange(record, params, now)
    const seen = recordIn(this.#store, name)
    const prepared = await this.#prepare({ ...seen, ...change(seen) })
    await this.#store.append((view) => {
      addDrafts(view, prepared, this.#now())
      return [changeDraft(name, { ...change(recordIn(view, name)), updated_at: now })]
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
    const now = this.#now().toISOString()
    return this.#change(name, ({ enabled, failures_in_row, slots_after }) => {
      if (enabled) return failures_in_row === 0 ? {} : { failures_in_row: 0 }
      return {
        enabled: true,
        disabled_reason: null,
        failures_in_row: 0,
        ...(now > slots_after ? { slots_after: now } : {}),
      }
    })
  }

  disable(name: string): Promise<Schedule> {
    return this.#change(name, ({ enabled }) =>
      enabled ? { enabled: false, disabled_reason: 'disabled by the user' } : {},
    )
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

const editChange = (
  record: ScheduleRecord,
  params: Omit<EditSchedule, 'name'>,
  now: string,
): RecordChange => {
  const { overlap, catch_up, max_failures, environment } = params
  const task = scheduledTaskOf({ name: record.name, ...params })
  return {
    ...timingChange(record, params, now),
    ...(overlap === undefined ? {} : { overlap }),
    ...(catch_up === undefined ? {} : { catch_up }),
    ...(max_failures === undefined ? {} : { max_failures }),
    ...(environment === undefined ? {} : { environment }),
    task: { ...record.task, ...task, limits: { ...record.task.limits, ...task.limits } },
  }
}

const timingChange = (
  { cron, every, timezone, slots_after }: ScheduleRecord,
  params: Omit<EditSchedule, 'name'>,
  now: string,
): RecordChange => {
  if (params.cron === undefined && params.every === undefined && params.timezone === undefined) return {}
  const kept =
    params.cron !== undefined || params.every !== undefined ? {} : cron === null ? { every } : { cron }
  const written = parseTiming({ timezone, ...(kept as object), ...params }, new Date(now))
  return { ...written, anchor_at: now, ...(now > slots_after ? { slots_after: now } : {}) }
}
