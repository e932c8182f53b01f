import { panesOf } from '../layout/panes.ts'
import { listedIds, listWindow } from './selectors.ts'
import { emptyTranscript } from './transcript.ts'
import type { WatchState } from './watch-state.ts'

/** Shows another task; everything that belonged to the one before is dropped. */
export const select = (state: WatchState, taskId: string): WatchState => {
  if (state.selectedId === taskId) return state
  return {
    ...state,
    selectedId: taskId,
    transcript: emptyTranscript(taskId, state.since),
    why: null,
    view: { ...state.view, anchor: null, seenEnd: 0, cursor: null, flipped: new Set() },
  }
}

/** Up or down the list. */
export const moveSelection = (state: WatchState, step: 1 | -1): WatchState => {
  const ids = listedIds(state)
  const index = state.selectedId === null ? -1 : ids.indexOf(state.selectedId)
  const target = ids[index === -1 ? 0 : Math.min(ids.length - 1, Math.max(0, index + step))]
  if (target === undefined) return state
  const rowBefore = Math.max(0, index - listWindow(state).above)
  const lastRow = Math.max(0, panesOf(state.size).listHeight - 1)
  const selectedRow = Math.min(lastRow, Math.max(0, rowBefore + (index === -1 ? 0 : step)))
  return select({ ...state, selectedRow }, target)
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
