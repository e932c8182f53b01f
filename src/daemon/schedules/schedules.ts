import type { EventDraft, StoredEvent } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { AddSchedule, EditSchedule, Schedule } from '../../protocol/schedule.ts'
import { isFinal, type Task } from '../../protocol/task.ts'
import { addDrafts } from '../queue/add-task.ts'
import type { PreparedTask, TaskDefaults } from '../queue/prepare-task.ts'
import { newTaskId } from '../queue/new-task-id.ts'
import type { Store, StoreView } from '../store/store.ts'
import { editChange, enabledChange, newRecord } from './asked.ts'
import { addedChange, prepareScheduled } from './fire.ts'
import { leftOutChange } from './left-out.ts'
import { Pace } from './pace.ts'
import {
  changeDraft,
  findRecord,
  recordIn,
  recordsIn,
  type RecordChange,
  type ScheduleRecord,
} from './record.ts'
import { showRecord } from './show.ts'

export interface SchedulesOptions {
  readonly store: Store
  /** Asked anew for each task, so that a changed configuration counts at once. */
  readonly taskDefaults: () => TaskDefaults
  readonly now?: () => Date
}

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
    // To find the next times of very many takes long enough for the daemon to be missed.
    const pace = new Pace()
    for (const record of recordsIn(this.#store)) {
      await pace.step()
      shown.push(this.#shown(record))
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
      return [this.#changeDraft(view, name, change(recordIn(view, name)))]
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
      return Object.keys(changed).length === 0 ? [] : [this.#changeDraft(view, name, changed)]
    })
    return this.show(name)
  }

  /** What was left out under the terms that were stays left out. */
  #changeDraft(view: StoreView, name: string, change: RecordChange): EventDraft {
    const now = this.#now()
    const leftOut = leftOutChange(recordIn(view, name), (id) => view.task(id), now.getTime())
    return changeDraft(name, { ...leftOut, ...change, updated_at: now.toISOString() })
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
