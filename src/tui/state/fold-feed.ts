import type { FeedItem } from '../../client/feed.ts'
import type { StatusCounts } from '../../protocol/daemon-status.ts'
import type { Delta, Event, EventType } from '../../protocol/event.ts'
import { applyEvent } from '../../protocol/fold.ts'
import { isFinal } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import { afterEvent, silent, withDelta, type LiveText } from './live-text.ts'
import { inListOrder } from './task-order.ts'
import { inTreeOrder } from './task-tree.ts'
import { followEvent, type Transcript } from './transcript.ts'
import type { KeptPane, WatchState } from './watch-state.ts'

/** Finished tasks that the list keeps. */
export const maxPast = 500

/** Tasks that are not over that the list keeps; others come into it when something happens to them. */
export const maxUnfinished = 10_000

/** What the feed brought since the last frame, folded in one go: the tasks with the daemon's own `applyEvent`. */
export const foldFeed = (state: WatchState, items: readonly FeedItem[]): WatchState => {
  const fold = new Fold(state)
  for (const item of items) fold.take(item)
  return fold.result()
}

/** The tasks as the daemon has them now; what is known to be newer stays. */
export const withTasks = (state: WatchState, listed: readonly Task[]): WatchState => {
  const tasks = new Map(state.tasks)
  const missing = new Set(state.missing)
  for (const task of listed) {
    missing.delete(task.id)
    if ((tasks.get(task.id)?.last_seq ?? -1) < task.last_seq) tasks.set(task.id, task)
  }
  return ordered({ ...state, tasks, missing })
}

/** The same with the list in order, and without what has no place in it: of the past, and of a queue that is very long. */
const ordered = (state: WatchState): WatchState => {
  const sorted = inFormerOrder(state).sort(inListOrder)
  const firstPast = sorted.findIndex(({ status }) => isFinal(status))
  const unfinished = firstPast === -1 ? sorted.length : firstPast
  const kept =
    unfinished <= maxUnfinished && sorted.length - unfinished <= maxPast
      ? sorted
      : sorted.filter(
          ({ id }, index) =>
            (index < unfinished ? index < maxUnfinished : index < unfinished + maxPast) ||
            id === state.selectedId ||
            state.kept.has(id),
        )
  const order = inTreeOrder(kept).map(({ id }) => id)
  const tasks = kept.length === state.tasks.size ? state.tasks : new Map(kept.map((task) => [task.id, task]))
  return { ...state, tasks, order }
}

/** All tasks, those that were in order before in that order: what is nearly sorted is sorted quickly. */
const inFormerOrder = ({ tasks, order }: WatchState): Task[] => {
  const former = order.flatMap((id) => tasks.get(id) ?? [])
  if (former.length === tasks.size) return former
  const known = new Set(order)
  for (const [id, task] of tasks) if (!known.has(id)) former.push(task)
  return former
}

/** One batch: collects changes, so that maps are copied once and the list is sorted once. */
class Fold {
  readonly #before: WatchState
  readonly #tasks: Map<string, Task>
  readonly #missing: Set<string>
  #counts: StatusCounts | null
  #transcript: Transcript | null
  #kept: ReadonlyMap<string, KeptPane>
  readonly #liveTexts: Map<string, LiveText>
  #connection: WatchState['connection']
  #seq: number
  #queueSeq: number
  #isReordered = false

  constructor(state: WatchState) {
    this.#before = state
    this.#tasks = new Map(state.tasks)
    this.#missing = new Set(state.missing)
    this.#counts = state.counts
    this.#transcript = state.transcript
    this.#kept = state.kept
    this.#queueSeq = state.queueSeq
    this.#liveTexts = new Map(state.liveTexts)
    this.#connection = state.connection
    this.#seq = state.seq
  }

  take(item: FeedItem): void {
    switch (item.kind) {
      case 'event':
        return this.#takeEvent(item.event)
      case 'delta':
        return this.#takeDelta(item.delta)
      case 'caught_up':
        this.#seq = Math.max(this.#seq, item.seq)
        return
      case 'connection':
        this.#connection = item.connection
    }
  }

  result(): WatchState {
    const before = this.#before
    const state: WatchState = {
      ...before,
      tasks: this.#tasks,
      missing: this.#missing.size === before.missing.size ? before.missing : this.#missing,
      counts: this.#counts,
      transcript: this.#transcript,
      kept: this.#kept,
      liveTexts: this.#liveTexts,
      connection: this.#connection,
      connectionSinceMs:
        this.#connection === before.connection ? before.connectionSinceMs : before.clock.nowMs,
      seq: this.#seq,
      queueSeq: this.#queueSeq,
    }
    return this.#isReordered ? ordered(state) : state
  }

  #takeEvent(event: Event): void {
    this.#seq = Math.max(this.#seq, event.seq)
    if (movesQueue.has(event.type)) this.#queueSeq = event.seq
    if (event.task_id === null) return
    if (this.#transcript?.taskId === event.task_id) {
      this.#transcript = followEvent(this.#transcript, event)
    }
    const pane = this.#kept.get(event.task_id)
    if (pane !== undefined) {
      const transcript = followEvent(pane.transcript, event)
      this.#kept = new Map(this.#kept).set(event.task_id, { ...pane, transcript })
    }
    const live = this.#liveTexts.get(event.task_id)
    if (live !== undefined) this.#speak(event.task_id, afterEvent(live, event))
    const task = this.#tasks.get(event.task_id)
    const changed = applyEvent(task, event)
    if (changed !== task) this.#replace(event.task_id, task, changed)
    if (changed === undefined && event.type === 'status') this.#missing.add(event.task_id)
    if (event.seq > this.#before.countsSeq) this.#count(event, task)
  }

  /** Only what runs can speak: a delta that comes late says nothing any more. */
  #takeDelta(delta: Delta): void {
    if (this.#tasks.get(delta.task_id)?.status !== 'in_progress') return
    this.#speak(delta.task_id, withDelta(this.#liveTexts.get(delta.task_id) ?? silent, delta))
  }

  #speak(id: string, live: LiveText | null): void {
    if (live === null) this.#liveTexts.delete(id)
    else this.#liveTexts.set(id, live)
  }

  #replace(id: string, before: Task | undefined, after: Task | undefined): void {
    if (after === undefined) this.#tasks.delete(id)
    else this.#tasks.set(id, after)
    if (before === undefined || after === undefined || movesInList(before, after)) this.#isReordered = true
  }

  #count(event: Event, before: Task | undefined): void {
    if (this.#counts === null) return
    const counts = { ...this.#counts }
    if (event.type === 'task_added') counts[event.data.task.status]++
    else if (event.type === 'task_removed' && before !== undefined) counts[before.status]--
    else if (event.type === 'status') {
      counts[event.data.previous]--
      counts[event.data.status]++
    } else return
    this.#counts = counts
  }
}

/** A budget is spent by `usage`; all else is a task that comes, goes or changes, or a word of the user about the queue. */
const movesQueue: ReadonlySet<EventType> = new Set([
  'status',
  'task_added',
  'task_updated',
  'task_removed',
  'usage',
  'queue_changed',
])

const movesInList = (before: Task, after: Task): boolean =>
  before.status !== after.status ||
  before.priority !== after.priority ||
  before.not_before !== after.not_before ||
  before.waiting_for?.kind !== after.waiting_for?.kind
