import { moveTo } from './draft.ts'
import type { HistorySearch, InputState } from './input-state.ts'
import { isCharacter } from './editing-keys.ts'
import { draftOf } from './recall.ts'

export const openSearch = (state: InputState): InputState => ({
  ...state,
  search: { query: '', at: null, isMissing: false, before: state.draft },
})

/**
 * A key while the history is searched: ctrl+r goes on to an older message, enter takes the message for the input (and
 * does not send it), esc goes back. Null for a key that ends the search and is for the message that was found.
 */
export const searchKey = (
  state: InputState,
  search: HistorySearch,
  key: string,
  history: readonly string[],
): InputState | null => {
  switch (key) {
    case 'escape':
    case 'ctrl+g':
    case 'ctrl+c':
      return { ...state, draft: search.before, search: null }
    case 'return':
    case 'tab':
      return { ...state, search: null, recall: null, last: 'other' }
    case 'ctrl+r':
      return found(state, search, (search.at ?? history.length) - 1, history)
    case 'backspace':
      return found(state, { ...search, query: search.query.slice(0, -1) }, history.length - 1, history)
    case 'space':
      return found(state, { ...search, query: `${search.query} ` }, search.at ?? history.length - 1, history)
    default:
      if (!isCharacter(key)) return null
      return found(state, { ...search, query: search.query + key }, search.at ?? history.length - 1, history)
  }
}

const found = (
  state: InputState,
  search: HistorySearch,
  newest: number,
  history: readonly string[],
): InputState => {
  const wanted = search.query.toLowerCase()
  if (wanted === '')
    return { ...state, draft: search.before, search: { ...search, at: null, isMissing: false } }
  for (let at = newest; at >= 0; at--) {
    const message = history[at] ?? ''
    if (!message.toLowerCase().includes(wanted)) continue
    const draft = draftOf(message)
    return {
      ...state,
      draft: moveTo(draft, draft.text.length),
      undo: [],
      search: { ...search, at, isMissing: false },
    }
  }
  // What was found before stays.
  return { ...state, search: { ...search, isMissing: true } }
}
