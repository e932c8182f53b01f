import { panesOf } from '../layout/panes.ts'
import { moveSelectionTo } from './selection.ts'
import { shownTaskIds } from './selectors.ts'
import { emptyTranscript } from './transcript.ts'
import type { WatchState } from './watch-state.ts'

/** More transcripts than these are never kept. */
export const mostPanes = 4

/** Of the tasks whose transcripts are to be shown, those that have room, the selected one always among them. */
export const visibleTaskIds = (state: WatchState): readonly string[] => {
  const ids = shownTaskIds(state)
  const { across, down } = panesOf(state.size)
  const room = across * down
  const focus = state.selectedId === null ? 0 : ids.indexOf(state.selectedId)
  const from = Math.max(0, Math.min(focus, ids.length - room))
  return ids.slice(from, from + room)
}

/** The state as the pane of this task shows it: as if it were the selected one. */
export const paneState = (state: WatchState, taskId: string): WatchState => {
  if (taskId === state.selectedId || taskId === '') return state
  const pane = state.kept.get(taskId)
  return {
    ...state,
    selectedId: taskId,
    transcript: pane?.transcript ?? emptyTranscript(taskId, state.since),
    view: pane?.view ?? { ...state.view, anchor: null, cursor: null },
    why: null,
  }
}

/** Pins the selected task, or lets it go. */
export const togglePin = (state: WatchState): WatchState => {
  const { selectedId, pinned } = state
  if (selectedId === null) return state
  if (pinned.includes(selectedId)) {
    // Without a list nothing else would lead back to it.
    if (state.size.hasList === false && pinned.length <= 1) return state
    return { ...state, pinned: pinned.filter((id) => id !== selectedId) }
  }
  if (pinned.length < mostPanes - 1) return { ...state, pinned: [...pinned, selectedId] }
  const text = `no more than ${mostPanes} tasks at once; p on one of them lets it go`
  return { ...state, notice: { text, tone: 'plain', untilMs: state.wallMs + 4_000 } }
}

/** The keyboard goes to the next pane. */
export const nextPane = (state: WatchState, step: 1 | -1): WatchState => {
  const ids = shownTaskIds(state)
  const index = state.selectedId === null ? -1 : ids.indexOf(state.selectedId)
  const target = ids[(index + step + ids.length) % ids.length]
  return target === undefined || target === '' ? state : moveSelectionTo(state, target)
}
