import { panesOf } from '../layout/panes.ts'
import { viewAt, type Anchor } from '../layout/viewport.ts'
import { transcriptDocument } from './selectors.ts'
import type { TranscriptView, WatchState } from './watch-state.ts'

export const withView = (state: WatchState, changes: Partial<TranscriptView>): WatchState => ({
  ...state,
  view: { ...state.view, ...changes },
})

/** What is new is counted from the moment when the end was last on the screen. */
export const anchored = (state: WatchState, anchor: Anchor): Partial<TranscriptView> => ({
  anchor,
  ...(state.view.anchor === null ? { seenEnd: endOf(state) } : {}),
})

export const heightOf = (state: WatchState): number => panesOf(state.size).transcriptHeight

export const startOf = ({ transcript }: WatchState): number => transcript?.entries.start ?? 0

export const endOf = ({ transcript }: WatchState): number => transcript?.entries.end ?? 0

/** The entry at the top of the window. */
export const topIndexOf = (state: WatchState): number =>
  viewAt(transcriptDocument(state), state.view.anchor, heightOf(state)).rows[0]?.index ?? startOf(state)
