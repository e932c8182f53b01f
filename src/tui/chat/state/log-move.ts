import { neighbour, scrolledBy, showing, viewAt, type Anchor } from '../../layout/viewport.ts'
import { chatPanes } from '../layout/chat-panes.ts'
import { logDocument } from '../layout/log-document.ts'
import { placeAt } from './chat-document.ts'
import type { ChatState, LogView } from './chat-state.ts'
import { foldKey, isFoldable, withFlipped } from './folding.ts'
import type { LogVerb } from './log-keys.ts'

/** The state after a key that moves something in the conversation. */
export const logMoved = (state: ChatState, verb: LogVerb): ChatState => {
  switch (verb) {
    case 'page_up':
      return scroll(state, -pageRows(state))
    case 'page_down':
      return scroll(state, pageRows(state))
    case 'top': {
      const { document } = windowOf(state)
      return withView(state, { anchor: { index: document.start, row: 0 } })
    }
    case 'follow':
      return withView(state, { anchor: null })
    case 'fold_all':
      return withView(state, { unfoldAll: !state.view.unfoldAll, flipped: new Set() })
    case 'previous':
      return step(state, -1)
    case 'next':
      return step(state, 1)
    case 'fold':
      return fold(state)
    case 'leave':
      return withView({ ...state, focus: 'input' }, { cursor: null })
  }
}

/** Goes to the last entry on the screen. */
export const enterLog = (state: ChatState): ChatState => {
  const { document, height } = windowOf(state)
  const last = viewAt(document, state.view.anchor, height).rows.findLast(({ line }) => line.length > 0)
  return last === undefined ? state : withView({ ...state, focus: 'log' }, { cursor: last.index })
}

const scroll = (state: ChatState, rows: number): ChatState => {
  const { document, height } = windowOf(state)
  const anchor = scrolledBy(document, state.view.anchor, height, rows)
  if (state.view.cursor === null) return withView(state, { anchor })
  const visible = viewAt(document, anchor, height).rows.filter(({ line }) => line.length > 0)
  const edge = rows < 0 ? visible[0] : visible.at(-1)
  return withView(state, { anchor, cursor: edge?.index ?? state.view.cursor })
}

const step = (state: ChatState, direction: 1 | -1): ChatState => {
  const { document, height } = windowOf(state)
  const from = state.view.cursor ?? document.end
  const index = neighbour(document, from, direction)
  if (index === null) return direction === 1 ? withView(state, { anchor: null }) : state
  return withView(state, { anchor: showing(document, state.view.anchor, height, index), cursor: index })
}

const fold = (state: ChatState): ChatState => {
  const { cursor } = state.view
  const place = cursor === null ? null : placeAt(state.log, cursor)
  if (cursor === null || place?.kind !== 'entry' || !isFoldable(place.entry)) return state
  const folded = { ...state, view: withFlipped(state.view, foldKey(place.entry, cursor)) }
  const { document, height } = windowOf(folded)
  return withView(folded, { anchor: showing(document, state.view.anchor, height, cursor) })
}

const windowOf = (state: ChatState) => {
  const { width, logHeight } = chatPanes(state)
  return { document: logDocument(state, width), height: logHeight }
}

/** What is new is counted from the moment when the end was last on the screen. */
const withView = (state: ChatState, changes: Partial<LogView>): ChatState => {
  const anchor: Anchor = changes.anchor === undefined ? state.view.anchor : changes.anchor
  const news = anchor === null ? 0 : state.view.news
  return { ...state, view: { ...state.view, ...changes, anchor, news } }
}

const pageRows = (state: ChatState): number => Math.max(1, chatPanes(state).logHeight - 2)
