import { panesOf } from '../layout/panes.ts'
import { neighbour, scrolledBy, showing, viewAt, type Anchor } from '../layout/viewport.ts'
import { itemAt } from './chunked.ts'
import { isError, nextPreset } from './entry-filter.ts'
import { bindings, type Verb } from './keymap.ts'
import { nextPane, togglePin } from './pinned.ts'
import { moveSelection } from './selection.ts'
import { transcriptDocument } from './selectors.ts'
import type { TranscriptView, WatchState } from './watch-state.ts'

/** What a key does to the screen alone; verbs that ask the daemon for something change nothing here. */
export const moved = (state: WatchState, verb: Verb): WatchState => {
  if (state.mode.kind === 'help') return inHelp(state, state.mode.top, verb)
  switch (verb) {
    case 'previous':
      return isInTranscript(state) ? moveCursor(state, -1) : moveSelection(state, -1)
    case 'next':
      return isInTranscript(state) ? moveCursor(state, 1) : moveSelection(state, 1)
    case 'open':
      return openTranscript(state)
    case 'back':
      return back(state)
    case 'page_up':
      return scroll(state, -pageRows(state))
    case 'page_down':
      return scroll(state, pageRows(state))
    case 'top':
      return withView(state, {
        ...anchored(state, { index: startOf(state), row: 0 }),
        ...cursorAt(state, startOf(state)),
      })
    case 'follow':
      return withView(state, { anchor: null, ...cursorAt(state, endOf(state) - 1) })
    case 'fold':
      return fold(state)
    case 'next_error':
      return nextError(state)
    case 'filter':
      return withView(state, {
        filter: { ...state.view.filter, preset: nextPreset(state.view.filter.preset) },
        anchor: null,
        cursor: null,
      })
    case 'search':
      return { ...state, mode: { kind: 'search', line: { before: state.search, after: '' } } }
    case 'help':
      return { ...state, mode: { kind: 'help', top: 0 } }
    case 'add':
      return { ...state, mode: { kind: 'add', line: { before: '', after: '' } } }
    case 'pin':
      return togglePin(state)
    case 'next_pane':
      return nextPane(state, 1)
    case 'previous_pane':
      return nextPane(state, -1)
    case 'cancel':
    case 'retry':
    case 'why':
    case 'quit':
    case 'redraw':
    case 'suspend':
      return state
  }
}

/** Where a single transcript fills the screen, there is nowhere else to move. */
const isInTranscript = ({ view, size, order }: WatchState): boolean =>
  view.cursor !== null || (size.hasList === false && order.length < 2)

const inHelp = (state: WatchState, top: number, verb: Verb): WatchState => {
  const last = Math.max(0, bindings.length - 1)
  const to = (row: number): WatchState => ({
    ...state,
    mode: { kind: 'help', top: Math.min(last, Math.max(0, row)) },
  })
  if (verb === 'next') return to(top + 1)
  if (verb === 'previous') return to(top - 1)
  if (verb === 'page_down') return to(top + pageRows(state))
  if (verb === 'page_up') return to(top - pageRows(state))
  return { ...state, mode: { kind: 'browse' } }
}

const openTranscript = (state: WatchState): WatchState => {
  if (state.transcript === null || state.view.cursor !== null) return state
  const { rows } = viewAt(transcriptDocument(state), state.view.anchor, heightOf(state))
  const last = rows.findLast(({ index }) => index < endOf(state))
  return last === undefined ? state : withView(state, { cursor: last.index })
}

const back = (state: WatchState): WatchState => {
  if (state.view.cursor !== null) return withView(state, { cursor: null })
  if (state.search !== '') return { ...state, search: '' }
  if (state.view.filter.preset === 'everything') return state
  return withView(state, { filter: { ...state.view.filter, preset: 'everything' }, anchor: null })
}

const moveCursor = (state: WatchState, step: 1 | -1): WatchState => {
  const document = transcriptDocument(state)
  const from = state.view.cursor ?? endOf(state)
  const index = neighbour({ ...document, end: endOf(state) }, from, step)
  if (index === null) return step === 1 ? withView(state, { anchor: null }) : state
  const anchor = showing(document, state.view.anchor, heightOf(state), index)
  return withView(state, { ...anchored(state, anchor), cursor: index })
}

const scroll = (state: WatchState, rows: number): WatchState => {
  const document = transcriptDocument(state)
  const anchor = scrolledBy(document, state.view.anchor, heightOf(state), rows)
  const visible = viewAt(document, anchor, heightOf(state)).rows.filter(({ index }) => index < endOf(state))
  const edge = rows < 0 ? visible[0] : visible.at(-1)
  return withView(state, {
    ...anchored(state, anchor),
    ...(edge === undefined ? {} : cursorAt(state, edge.index)),
  })
}

const fold = (state: WatchState): WatchState => {
  const { view, transcript } = state
  if (view.cursor === null) {
    return withView(state, { unfoldAll: !view.unfoldAll, flipped: new Set() })
  }
  const entry = transcript === null ? undefined : itemAt(transcript.entries, view.cursor)
  if (entry?.kind !== 'call') return state
  const flipped = new Set(view.flipped)
  if (!flipped.delete(entry.callId)) flipped.add(entry.callId)
  const unfolded = withView(state, { flipped })
  const anchor = showing(transcriptDocument(unfolded), view.anchor, heightOf(state), view.cursor)
  return withView(unfolded, anchored(unfolded, anchor))
}

const nextError = (state: WatchState): WatchState => {
  const document = { ...transcriptDocument(state), end: endOf(state) }
  const isErrorAt = (index: number): boolean => {
    const entry = state.transcript === null ? undefined : itemAt(state.transcript.entries, index)
    return entry !== undefined && isError(entry)
  }
  const from = state.view.cursor ?? document.start - 1
  const index =
    neighbour(document, from, 1, isErrorAt) ?? neighbour(document, document.start - 1, 1, isErrorAt)
  if (index === null) return state
  const anchor = showing(transcriptDocument(state), state.view.anchor, heightOf(state), index)
  return withView(state, { ...anchored(state, anchor), cursor: index })
}

const withView = (state: WatchState, changes: Partial<TranscriptView>): WatchState => ({
  ...state,
  view: { ...state.view, ...changes },
})

/** What is new is counted from the moment when the end was last on the screen. */
const anchored = (state: WatchState, anchor: Anchor): Partial<TranscriptView> => ({
  anchor,
  ...(state.view.anchor === null ? { seenEnd: endOf(state) } : {}),
})

/** Takes the cursor along, if there is one. */
const cursorAt = (state: WatchState, index: number): Partial<TranscriptView> =>
  state.view.cursor === null ? {} : { cursor: Math.max(startOf(state), index) }

const heightOf = (state: WatchState): number => panesOf(state.size).transcriptHeight

const pageRows = (state: WatchState): number => Math.max(1, heightOf(state) - 1)

const startOf = ({ transcript }: WatchState): number => transcript?.entries.start ?? 0

const endOf = ({ transcript }: WatchState): number => transcript?.entries.end ?? 0
