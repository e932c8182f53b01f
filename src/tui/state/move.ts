import { neighbour, scrolledBy, showing, viewAt } from '../layout/viewport.ts'
import { itemAt } from './chunked.ts'
import { foldIdOf, type Entry } from './entry.ts'
import { everything, filterWords, isError } from './entry-filter.ts'
import { withFilter } from './filter-keys.ts'
import { closeFind, openFind, stepMatch } from './find.ts'
import { bindings, type Verb } from './keymap.ts'
import { nextPane, togglePin } from './pinned.ts'
import { moveSelection } from './selection.ts'
import { transcriptDocument } from './selectors.ts'
import { openSearch } from './search-keys.ts'
import { anchored, endOf, heightOf, startOf, withView } from './view.ts'
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
        ...anchored(state, { index: transcriptDocument(state).start, row: 0 }),
        ...cursorAt(state, startOf(state)),
      })
    case 'follow':
      return withView(state, { anchor: null, ...cursorAt(state, endOf(state) - 1) })
    case 'fold':
      return fold(state)
    case 'fold_all':
      return foldAll(state)
    case 'next_error':
      return jump(state, 1, isError)
    case 'previous_error':
      return jump(state, -1, isError)
    case 'next_call':
      return jump(state, 1, ({ kind }) => kind === 'call')
    case 'previous_call':
      return jump(state, -1, ({ kind }) => kind === 'call')
    case 'next_match':
      return stepMatch(state, 1)
    case 'previous_match':
      return stepMatch(state, -1)
    case 'filter':
      return { ...state, mode: { kind: 'filter' } }
    case 'search':
      return isInTranscript(state) ? openFind(state) : openSearch(state)
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
    case 'delegated':
    case 'parent':
    case 'show_in_pager':
    case 'show_in_editor':
    case 'replay':
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
  if (state.view.find !== null) return closeFind(state, 'here')
  if (state.view.cursor !== null) return withView(state, { cursor: null })
  if (state.search !== '') return { ...state, search: '' }
  return filterWords(state.view.filter) === '' ? state : withFilter(state, everything)
}

const moveCursor = (state: WatchState, step: 1 | -1): WatchState => {
  const document = transcriptDocument(state)
  const from = state.view.cursor ?? endOf(state)
  const index = neighbour({ ...document, start: startOf(state), end: endOf(state) }, from, step)
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

/** Keeps what the cursor is on, or the first row, where it is. */
const foldAll = (state: WatchState): WatchState => {
  const { view } = state
  const folded = withView(state, { unfoldAll: !view.unfoldAll, flipped: new Set() })
  if (view.cursor === null) return folded
  const anchor = showing(transcriptDocument(folded), view.anchor, heightOf(state), view.cursor)
  return withView(folded, anchored(folded, anchor))
}

const fold = (state: WatchState): WatchState => {
  const { view, transcript } = state
  if (view.cursor === null) return foldAll(state)
  const entry = transcript === null ? undefined : itemAt(transcript.entries, view.cursor)
  const foldId = entry === undefined ? null : foldIdOf(entry)
  if (foldId === null) return state
  const flipped = new Set(view.flipped)
  if (!flipped.delete(foldId)) flipped.add(foldId)
  const unfolded = withView(state, { flipped })
  const anchor = showing(transcriptDocument(unfolded), view.anchor, heightOf(state), view.cursor)
  return withView(unfolded, anchored(unfolded, anchor))
}

/** To the next entry of a kind, or the one before; after the last the first. */
const jump = (state: WatchState, step: 1 | -1, isWanted: (entry: Entry) => boolean): WatchState => {
  const document = { ...transcriptDocument(state), start: startOf(state), end: endOf(state) }
  const isWantedAt = (index: number): boolean => {
    const entry = state.transcript === null ? undefined : itemAt(state.transcript.entries, index)
    return entry !== undefined && isWanted(entry)
  }
  const edge = step === 1 ? document.start - 1 : document.end
  const from = state.view.cursor ?? edge
  const index = neighbour(document, from, step, isWantedAt) ?? neighbour(document, edge, step, isWantedAt)
  if (index === null) return state
  const anchor = showing(transcriptDocument(state), state.view.anchor, heightOf(state), index)
  return withView(state, { ...anchored(state, anchor), cursor: index })
}

/** Takes the cursor along, if there is one. */
const cursorAt = (state: WatchState, index: number): Partial<TranscriptView> =>
  state.view.cursor === null ? {} : { cursor: Math.max(startOf(state), index) }

const pageRows = (state: WatchState): number => Math.max(1, heightOf(state) - 1)
