import { editWith, insert, lineText, type EditLine } from './edit-line.ts'
import { closeFind, openFind, stepMatch, withQuery } from './find.ts'
import type { KeyPress } from './key-names.ts'
import { withSelection } from './selection.ts'
import type { WatchState } from './watch-state.ts'

export const openSearch = (state: WatchState): WatchState => ({
  ...state,
  mode: { kind: 'search', line: { before: state.search, after: '' } },
})

/** A key while tasks are looked for: each letter narrows the list. Tab looks in the transcript instead. */
export const searchTyped = (state: WatchState, line: EditLine, press: KeyPress): WatchState => {
  const key = press.kind === 'key' ? press.name : null
  if (key === 'escape') return { ...state, mode: { kind: 'browse' }, search: '' }
  if (key === 'return') return { ...state, mode: { kind: 'browse' } }
  if (key === 'tab') {
    // Some task is selected before its transcript is searched, even if none was listed any more.
    return withTyped(openFind(withSelection(state, { ...state, search: '' })), line)
  }
  const edited = edit(line, press)
  return { ...state, mode: { kind: 'search', line: edited }, search: lineText(edited) }
}

/** A key while words are looked for in the transcript: goes to the first match at once; esc goes back. */
export const findTyped = (state: WatchState, line: EditLine, press: KeyPress): WatchState => {
  const key = press.kind === 'key' ? press.name : ''
  switch (key) {
    case 'escape':
      return { ...closeFind(state, 'back'), mode: { kind: 'browse' } }
    case 'return':
      return lineText(line).trim() === ''
        ? { ...closeFind(state, 'back'), mode: { kind: 'browse' } }
        : { ...state, mode: { kind: 'browse' } }
    case 'down':
      return stepMatch(state, 1)
    case 'up':
      return stepMatch(state, -1)
    case 'tab': {
      const search = lineText(line)
      return { ...closeFind(state, 'back'), mode: { kind: 'search', line }, search }
    }
    default:
      return withTyped(state, edit(line, press))
  }
}

const withTyped = (state: WatchState, line: EditLine): WatchState =>
  withQuery({ ...state, mode: { kind: 'find', line } }, lineText(line))

const edit = (line: EditLine, press: KeyPress): EditLine =>
  press.kind === 'paste' ? insert(line, press.text) : editWith(line, press.name)
