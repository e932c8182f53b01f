import { delegatedBy } from '../../protocol/delegated.ts'
import { isFinal, taskStatuses, type TaskStatus } from '../../protocol/status.ts'
import type { Task } from '../../protocol/task.ts'
import type { DelegatedCall } from '../layout/delegated-lines.ts'
import { entryLines } from '../layout/entry-lines.ts'
import { textColumn } from '../layout/hanging.ts'
import { highlighted, matchesIn } from '../layout/highlight.ts'
import type { Line } from '../layout/line.ts'
import { panesOf } from '../layout/panes.ts'
import { droppedLines, tailLines } from '../layout/tail-lines.ts'
import type { LongDocument } from '../layout/viewport.ts'
import { itemAt, seekBlock } from './chunked.ts'
import { foldIdOf, type Entry } from './entry.ts'
import { isShown, isTypeShown, type EntryFilter } from './entry-filter.ts'
import { needsUser } from './task-order.ts'
import { delegatedTask } from './task-tree.ts'
import type { Transcript } from './transcript.ts'
import type { TranscriptView, WatchState } from './watch-state.ts'

export const selectedTask = (state: WatchState): Task | null =>
  state.selectedId === null ? null : (state.tasks.get(state.selectedId) ?? null)

/** The rows of the list, in order: those that the search leaves. */
export const listedIds = (state: WatchState): readonly string[] => {
  const words = state.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return state.order
  return state.order.filter((id) => {
    const task = state.tasks.get(id)
    const text =
      task === undefined ? '' : `${task.number} ${task.status} ${task.agent} ${task.prompt}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** The tasks whose transcripts are to be shown: the pinned ones, and one more that changes with the selection. */
export const shownTaskIds = ({ pinned, selectedId, companionId }: WatchState): readonly string[] => {
  const other = selectedId === null || pinned.includes(selectedId) ? companionId : selectedId
  return other === null ? (pinned.length === 0 ? [''] : pinned) : [...pinned, other]
}

export interface ListWindow {
  readonly ids: readonly string[]
  /** How many rows there are above and below. */
  readonly above: number
  readonly below: number
}

/** The rows of the list that are visible: the selected task stays on its row of the screen as far as possible. */
export const listWindow = (state: WatchState): ListWindow => {
  const ids = listedIds(state)
  const height = panesOf(state.size).listHeight
  const index = Math.max(0, state.selectedId === null ? 0 : ids.indexOf(state.selectedId))
  const furthest = Math.max(0, ids.length - height)
  const row = Math.min(state.selectedRow, Math.max(0, height - 1))
  const above = Math.min(Math.max(0, index - row), furthest)
  const visible = ids.slice(above, above + height)
  return { ids: visible, above, below: ids.length - above - visible.length }
}

/** Whether a call's result is shown whole: as the keys said, or because the search is on it. */
export const isUnfolded = (view: TranscriptView, callId: string, index: number): boolean =>
  view.find?.current?.index === index || view.unfoldAll !== view.flipped.has(callId)

/** The selected task's transcript as rows: its entries, and one more item for what is not a fact yet. */
export const transcriptDocument = (state: WatchState): LongDocument => {
  const { transcript, view } = state
  if (transcript === null) return { start: 0, end: 0, rowsOf: () => [] }
  const width = transcriptWidth(state)
  const { entries } = transcript
  const { filter, find } = view
  // One more item stands for what was dropped.
  const start = entries.start > 0 ? entries.start - 1 : 0
  return {
    start,
    end: entries.end + 1,
    seek: (index, step) =>
      index >= entries.end || index < entries.start
        ? index
        : seekBlock(entries, index, step, (block) => hasShown(block, filter)),
    rowsOf: (index) => {
      if (index === entries.end) return tailLines(state, transcript, width)
      if (index < entries.start) return droppedLines(entries.start, selectedTask(state), width)
      const rows = rowsOfEntry(state, transcript, index)
      if (find === null || rows.length === 0) return rows
      const current = find.current?.index === index ? find.current.nth : null
      return highlighted(rows, { query: find.query, current, from: textColumn(width) })
    },
  }
}

/** How many of the matches in an entry its rows show; at least one. */
export const matchesShownAt = (state: WatchState, index: number): number => {
  const { transcript, view } = state
  if (transcript === null || view.find === null) return 1
  const rows = rowsOfEntry(state, transcript, index)
  const shown = matchesIn(rows, view.find.query, textColumn(transcriptWidth(state)))
  const count = view.find.hits.find((hit) => hit.index === index)?.count ?? 1
  return Math.max(1, Math.min(shown, count))
}

/** One column is kept for the mark of the entry that the keys work on. */
const transcriptWidth = ({ size }: WatchState): number => Math.max(1, panesOf(size).paneWidth - 1)

const rowsOfEntry = (state: WatchState, { taskId, entries }: Transcript, index: number): readonly Line[] => {
  const { view, clock, liveTexts } = state
  const entry = itemAt(entries, index)
  if (entry === undefined || !isShown(entry, view.filter)) return []
  const callId = entry.kind === 'call' ? entry.callId : ''
  const foldId = foldIdOf(entry)
  const showsOutput = entry.kind === 'call' && !view.filter.hide.has('tool_output')
  return entryLines(entry, {
    width: transcriptWidth(state),
    unfolded: foldId !== null && isUnfolded(view, foldId, index),
    withResult: isTypeShown('tool_result', view.filter),
    ...(entry.kind === 'call' && entry.name === 'delegate'
      ? { delegated: delegatedFor(state, taskId, callId) }
      : {}),
    output: showsOutput ? (liveTexts.get(taskId)?.outputs.get(callId) ?? '') : '',
    ...clock,
  })
}

/** What is known of the task that a call has delegated. */
const delegatedFor = (state: WatchState, taskId: string, callId: string): DelegatedCall => ({
  task: delegatedTask(state, taskId, callId),
  // Where the list has it not, the caller itself still says which task it is.
  note: state.tasks.get(taskId)?.progress.note ?? null,
})

const shownIn = new WeakMap<readonly Entry[], { filter: EntryFilter; isSome: boolean }>()

/** Whether a block of entries has any that are shown. Blocks do not change, so each is looked through once. */
const hasShown = (block: readonly Entry[], filter: EntryFilter): boolean => {
  const known = shownIn.get(block)
  if (known?.filter === filter) return known.isSome
  const isSome = block.some((entry) => isShown(entry, filter))
  shownIn.set(block, { filter, isSome })
  return isSome
}

export interface Totals {
  readonly counts: Readonly<Record<TaskStatus, number>>
  readonly needsUser: number
  readonly tokens: number
  /** The sum of the known costs; null where none is known. */
  readonly costUsd: number | null
  /** Whether some cost is not known. */
  readonly isPartial: boolean
}

/** What the header sums up, over the tasks that are listed; how many there are over the whole store. */
export const totalsOf = ({ tasks, counts }: WatchState): Totals => {
  const counted = Object.fromEntries(taskStatuses.map((status) => [status, 0])) as Record<TaskStatus, number>
  let needUser = 0
  let tokens = 0
  let costUsd: number | null = null
  let isPartial = false
  for (const task of tasks.values()) {
    counted[task.status]++
    if (needsUser(task)) needUser++
    tokens += task.usage.total_tokens
    if (task.usage.cost_usd !== null) costUsd = (costUsd ?? 0) + task.usage.cost_usd
    else if (task.usage.model_calls > 0) isPartial = true
  }
  return { counts: counts ?? counted, needsUser: needUser, tokens, costUsd, isPartial }
}

interface WaitingLine {
  readonly pending: number
  readonly place: ReadonlyMap<string, number>
}

const places = new WeakMap<readonly string[], WaitingLine>()

const isInLine = (task: Task | undefined): boolean =>
  task !== undefined && task.kind !== 'chat' && delegatedBy(task) === null

/** Which one of the queued tasks it is, from 1, in the order in which the daemon looks at them; null where it is none, or where not all are known. */
export const placeInLine = ({ order, tasks, counts }: WatchState, taskId: string): number | null => {
  if (counts === null || tasks.get(taskId)?.status !== 'pending') return null
  let known = places.get(order)
  if (known === undefined) {
    const pending = order.filter((id) => tasks.get(id)?.status === 'pending')
    // What waits for its parent, or is a turn of a conversation, stands in no line.
    const inLine = pending.filter((id) => isInLine(tasks.get(id)))
    known = { pending: pending.length, place: new Map(inLine.map((id, index) => [id, index + 1])) }
    places.set(order, known)
  }
  // Of a queue that is too long for the list nobody here knows the order.
  return known.pending < counts.pending ? null : (known.place.get(taskId) ?? null)
}

/** Whether anything on the screen moves by itself, so that the animation must run. */
export const isAnimated = (state: WatchState): boolean => {
  if (state.replay !== null) return state.replay.isPlaying
  const [first] = state.order
  return first !== undefined && state.tasks.get(first)?.status === 'in_progress'
}

/** Whether the task has not started or is parked, so that there are reasons for it. */
export const isQueued = (task: Task): boolean => task.status !== 'in_progress' && !isFinal(task.status)
