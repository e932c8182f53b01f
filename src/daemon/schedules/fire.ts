import type { EventDraft } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { TaskError } from '../../protocol/task.ts'
import { addDrafts } from '../queue/add-task.ts'
import { prepareTask, type PreparedTask, type TaskDefaults } from '../queue/prepare-task.ts'
import type { StoreView } from '../store/store.ts'
import type { Due } from './due.ts'
import { holdersOf, justAdded, obstacleOf } from './overlap.ts'
import { changeDraft, type RecordChange, type ScheduleRecord } from './record.ts'
import { failuresChange, settleChange } from './settle.ts'
import { slotTaskId } from './slot-task-id.ts'

/** A time that has come, and its task; or why there can be none, such as a directory that is gone. */
export interface ReadySlot {
  readonly slotMs: number
  readonly task: PreparedTask | SparkyError
}

/** What of firing needs no look at the queue. */
export const prepareSlots = (
  record: ScheduleRecord,
  { slots }: Due,
  options: { readonly defaults: TaskDefaults; readonly now: Date },
): Promise<ReadySlot[]> =>
  Promise.all(
    slots.map(async (slotMs) => {
      const id = slotTaskId(record.id, slotMs)
      return { slotMs, task: await prepareScheduled(record, { ...options, id }).catch(sparkyError) }
    }),
  )

/** A task of this schedule; throws as `prepareTask` does. */
export const prepareScheduled = async (
  { name, overlap, task, environment }: ScheduleRecord,
  { id, defaults, now }: { readonly id: string; readonly defaults: TaskDefaults; readonly now: Date },
): Promise<PreparedTask> => {
  // One that waits for its turn must not start beside the one that it waits for.
  const locks = overlap === 'queue_one' ? [...(task.locks ?? []), `schedule:${name}`] : task.locks
  const params = {
    ...task,
    id,
    ...(locks === undefined ? {} : { locks }),
    ...(environment == null ? {} : { environment }),
  }
  return { ...(await prepareTask(params, defaults, now)), schedule: name }
}

interface Firing {
  readonly record: ScheduleRecord
  readonly lastSlotMs: number
  readonly slots: readonly ReadySlot[]
  readonly now: Date
}

/** What came of the times that were due, for the log. */
export type Fired =
  | { readonly kind: 'added'; readonly at: string; readonly taskId: string }
  | { readonly kind: 'skipped'; readonly at: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly at: string; readonly error: TaskError }

/**
 * The events of times that have come, for one append: their tasks, then that these times are dealt with. In this
 * order, because a crash may leave the beginning of a write: then the times come again and find their tasks there.
 */
export const fireDrafts = (
  view: StoreView,
  { record, lastSlotMs, slots, now }: Firing,
): { readonly drafts: readonly EventDraft[]; readonly fired: readonly Fired[] } => {
  const find = (id: string) => view.task(id)
  const settled = { ...record, ...settleChange(record, find, now.getTime()) }
  const holders = holdersOf(settled, find)
  const drafts: EventDraft[] = []
  const fired: Fired[] = []
  let state: ScheduleRecord = settled
  for (const { slotMs, task } of slots) {
    if (!state.enabled) break
    const at = new Date(slotMs).toISOString()
    const obstacle = obstacleOf(state.overlap, holders)
    const outcome: Fired =
      obstacle?.untilMs === Infinity
        ? { kind: 'skipped', at, reason: obstacle.reason }
        : addOne(view, { at, task, now, drafts })
    if (outcome.kind === 'added') holders.push(justAdded)
    fired.push(outcome)
    state = { ...state, ...outcomeChange(state, outcome) }
  }
  const lastSlot = new Date(lastSlotMs).toISOString()
  if (slots.length === 0) {
    const skipped: Fired = { kind: 'skipped', at: lastSlot, reason: missedReason }
    fired.push(skipped)
    state = { ...state, ...outcomeChange(state, skipped) }
  }
  const change = {
    ...changedMembers(record, state),
    last_slot: lastSlot,
    ...(lastSlot > state.slots_after ? { slots_after: lastSlot } : {}),
  }
  return { drafts: [...drafts, changeDraft(record.name, change)], fired }
}

const missedReason = 'the daemon was not running, or the machine slept'

const addOne = (
  view: StoreView,
  { at, task, now, drafts }: { at: string; task: ReadySlot['task']; now: Date; drafts: EventDraft[] },
): Fired => {
  try {
    if (task instanceof SparkyError) throw task
    const added = addDrafts(view, task, now)
    drafts.push(...added.drafts)
    return { kind: 'added', at, taskId: added.id }
  } catch (error) {
    const { code, message, retryable } = sparkyError(error)
    return { kind: 'failed', at, error: { code, message, retryable } }
  }
}

const outcomeChange = (state: ScheduleRecord, outcome: Fired): RecordChange => {
  const { at } = outcome
  switch (outcome.kind) {
    case 'added':
      return addedChange(state, { at, manual: false, taskId: outcome.taskId })
    case 'skipped':
      return { last_skipped: { at, reason: outcome.reason } }
    case 'failed':
      return {
        last_run: { at, manual: false, task_id: null, status: null, error: outcome.error },
        ...failuresChange(state, state.failures_in_row + 1),
      }
    default:
      return outcome satisfies never
  }
}

/** What a new task is to its schedule. */
export const addedChange = (
  { unfinished }: Pick<ScheduleRecord, 'unfinished'>,
  { at, manual, taskId }: { readonly at: string; readonly manual: boolean; readonly taskId: string },
): RecordChange => ({
  last_run: { at, manual, task_id: taskId, status: null, error: null },
  unfinished: [...new Set([...unfinished, taskId])],
})

/** Only what is new is written: an event for each time, for as long as the schedule lives. */
const changedMembers = (before: ScheduleRecord, after: ScheduleRecord): RecordChange =>
  Object.fromEntries(
    Object.entries(after).filter(([name, value]) => value !== before[name as keyof ScheduleRecord]),
  )

/** What is ours is an answer; anything else is a mistake of ours, and goes on as one. */
const sparkyError = (error: unknown): SparkyError => {
  if (error instanceof SparkyError) return error
  throw error
}
