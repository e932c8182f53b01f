import { panesOf } from '../layout/panes.ts'
import { listedIds, listWindow, shownTaskIds } from './selectors.ts'
import { emptyTranscript } from './transcript.ts'
import type { KeptPane, TranscriptView, WatchState } from './watch-state.ts'

/** Shows another task. What belonged to the one before is dropped, unless its pane stays on the screen. */
export const select = (state: WatchState, taskId: string): WatchState => {
  const { selectedId, transcript, view, pinned } = state
  if (selectedId === taskId) return state
  const isLeftBeside = selectedId !== null && pinned.includes(taskId) && !pinned.includes(selectedId)
  const companionId = isLeftBeside ? selectedId : pinned.includes(taskId) ? state.companionId : null
  const kept = new Map(state.kept)
  if (selectedId !== null && transcript !== null && (isLeftBeside || pinned.includes(selectedId))) {
    kept.set(selectedId, { transcript, view: { ...view, cursor: null } })
  }
  const pane = kept.get(taskId)
  kept.delete(taskId)
  return {
    ...state,
    selectedId: taskId,
    companionId,
    transcript: pane?.transcript ?? emptyTranscript(taskId, state.since),
    why: null,
    view: pane === undefined ? freshView(view) : { ...pane.view, filter: view.filter },
    kept,
  }
}

/** Keeps exactly the panes that are shown beside the selected one; tasks that are gone have none. */
export const withPanes = (state: WatchState): WatchState => {
  const { pinned, companionId, tasks } = state
  const isGone = (id: string | null): boolean => id !== null && !tasks.has(id)
  if (pinned.some(isGone) || isGone(companionId)) {
    const left = pinned.filter((id) => !isGone(id))
    return withPanes({ ...state, pinned: left, companionId: isGone(companionId) ? null : companionId })
  }
  const wanted = shownTaskIds(state).filter((id) => id !== state.selectedId && id !== '')
  if (wanted.length === state.kept.size && wanted.every((id) => state.kept.has(id))) return state
  const kept = wanted.map((id): [string, KeptPane] => [
    id,
    state.kept.get(id) ?? { transcript: emptyTranscript(id, state.since), view: freshView(state.view) },
  ])
  return { ...state, kept: new Map(kept) }
}

const freshView = (view: TranscriptView): TranscriptView => ({
  ...view,
  anchor: null,
  seenEnd: 0,
  cursor: null,
  flipped: new Set(),
  find: null,
})

/** Up or down the list. */
export const moveSelection = (state: WatchState, step: 1 | -1): WatchState => {
  const ids = listedIds(state)
  const index = state.selectedId === null ? -1 : ids.indexOf(state.selectedId)
  const target = ids[index === -1 ? 0 : Math.min(ids.length - 1, Math.max(0, index + step))]
  return target === undefined ? state : moveSelectionTo(state, target)
}

/** To a listed task, with the list scrolled no further than it must. */
export const moveSelectionTo = (state: WatchState, taskId: string): WatchState => {
  const index = listedIds(state).indexOf(taskId)
  if (index === -1) return state
  const lastRow = Math.max(0, panesOf(state.size).listHeight - 1)
  const selectedRow = Math.min(lastRow, Math.max(0, index - listWindow(state).above))
  return select({ ...state, selectedRow }, taskId)
}

/**
 * Some task is selected whenever one is listed. The selection stays on its task; where that is gone, it goes to the
 * one that took its place on the screen.
 */
export const withSelection = (before: WatchState, state: WatchState): WatchState => {
  const ids = listedIds(state)
  if (state.selectedId !== null && ids.includes(state.selectedId)) return state
  const oldIndex = before.selectedId === null ? 0 : Math.max(0, listedIds(before).indexOf(before.selectedId))
  const target = ids[Math.min(oldIndex, ids.length - 1)]
  if (target !== undefined) return select(state, target)
  return { ...state, selectedId: null, transcript: null, why: null }
}
