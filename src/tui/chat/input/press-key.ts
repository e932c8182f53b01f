import type { KeyPress } from '../../state/key-names.ts'
import { popupKey } from './completion-keys.ts'
import { popupAfter, popupOf } from './completion.ts'
import { emptyDraft, moveTo, replaceRange, typedText, wholeText } from './draft.ts'
import { editingKey } from './editing-keys.ts'
import { openSearch, searchKey } from './history-search.ts'
import {
  emptyInput,
  withDraft,
  type InputOutcome,
  type InputState,
  type InputSurroundings,
} from './input-state.ts'
import { pasteInto } from './insert.ts'
import { recalled } from './recall.ts'
import { verticalMove } from './vertical-move.ts'

export interface Pressed {
  readonly state: InputState
  readonly outcome: InputOutcome
}

/**
 * What a key or a paste makes of the input. Pure. Presses are those of `useKeyPresses`, as they come.
 *
 *     const { state, outcome } = pressKey(input, press, { width, history, commands, found })
 *     if (outcome.kind === 'submitted') send(outcome.text)   // and add it to the history
 *     if (outcome.kind === 'ignored') …                      // esc interrupts, ctrl+c clears or leaves, PgUp scrolls
 *     finder.ask(pathQuery(state))                           // after each key; what it finds is `found` from then on
 *
 * `inputLines` and `popupLines` draw it; `emptyInput` is how it begins.
 */
export const pressKey = (state: InputState, press: KeyPress, around: InputSurroundings): Pressed => {
  const { state: after, outcome } = pressed(state, press, around)
  return { state: { ...after, popup: popupAfter(state, after) }, outcome }
}

/** Throws the message away; undo brings it back. */
export const clearInput = (state: InputState): InputState => ({
  ...withDraft(withoutSearch(state), emptyDraft, 'other'),
  recall: null,
})

const pressed = (state: InputState, press: KeyPress, around: InputSurroundings): Pressed => {
  const before = state.notice === null ? state : { ...state, notice: null }
  if (press.kind === 'paste') return edited(pasteInto(withoutSearch(before), press.text, press.leftOut))
  const searched =
    before.search === null ? null : searchKey(before, before.search, press.name, around.history)
  if (searched !== null) return edited(searched)
  const now = withoutSearch(before)
  const popup = popupOf(now, around)
  const completed = popup === null ? null : popupKey(now, popup, press.name)
  if (completed !== null) return completed.isWhole ? submit(completed.state) : edited(completed.state)
  return plainKey(now, press.name, around)
}

const withoutSearch = (state: InputState): InputState =>
  state.search === null ? state : { ...state, search: null }

const edited = (state: InputState): Pressed => ({ state, outcome: { kind: 'edited' } })

const ignored = (state: InputState): Pressed => ({ state, outcome: { kind: 'ignored' } })

const plainKey = (state: InputState, key: string, around: InputSurroundings): Pressed => {
  switch (key) {
    case 'return':
      return state.draft.text[state.draft.cursor - 1] === '\\' ? edited(breakLine(state, 1)) : submit(state)
    case 'alt+return':
    case 'shift+return':
    case 'ctrl+return':
    case 'ctrl+j':
      return edited(breakLine(state, 0))
    case 'up':
    case 'down':
      return rowOrMessage(state, key === 'up' ? -1 : 1, around)
    case 'ctrl+p':
    case 'ctrl+n':
      return edited(recalled(state, key === 'ctrl+p' ? -1 : 1, around.history) ?? state)
    case 'ctrl+r':
      return edited(openSearch(state))
    case 'ctrl+y':
      return edited(pasteInto(state, state.cut))
    case 'ctrl+_':
    case 'ctrl+/':
      return edited(undo(state))
    default: {
      const changed = editingKey(state, key)
      return changed === null ? ignored(state) : edited(changed)
    }
  }
}

const submit = (state: InputState): Pressed => {
  const text = wholeText(state.draft).trim()
  if (text === '') return edited(state)
  return {
    state: { ...emptyInput, cut: state.cut },
    outcome: { kind: 'submitted', text, typed: typedText(state.draft) },
  }
}

/** `replaced`: how many characters before the cursor it takes the place of. */
const breakLine = (state: InputState, replaced: number): InputState => {
  const { draft } = state
  return withDraft(state, replaceRange(draft, draft.cursor - replaced, draft.cursor, '\n'), 'other')
}

/** Over the rows of the message, and beyond the first and the last one through the history. */
const rowOrMessage = (state: InputState, direction: -1 | 1, around: InputSurroundings): Pressed => {
  const moved =
    verticalMove(state, direction, around.width) ?? recalled(state, direction, around.history) ?? null
  if (moved !== null) return edited(moved)
  const edge = direction === 1 ? state.draft.text.length : 0
  if (state.draft.cursor === edge) return ignored(state)
  return edited({ ...state, draft: moveTo(state.draft, edge), last: 'moved', goalColumn: null })
}

const undo = (state: InputState): InputState => {
  const draft = state.undo.at(-1)
  if (draft === undefined) return state
  return { ...state, draft, undo: state.undo.slice(0, -1), last: 'other', goalColumn: null }
}
