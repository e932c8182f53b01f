import {
  bigWordBefore,
  characterAfter,
  characterBefore,
  lineEnd,
  lineStart,
  wordAfter,
  wordBefore,
} from './boundaries.ts'
import { moveTo, replaceRange, wholeText } from './draft.ts'
import { typeInto } from './insert.ts'
import { withDraft, type InputState } from './input-state.ts'

/** Keys that move the cursor within the message, type, remove or cut. Null for any other key. */
export const editingKey = (state: InputState, key: string): InputState | null => {
  const { text, cursor } = state.draft
  switch (key) {
    case 'left':
    case 'ctrl+b':
      return move(state, characterBefore(text, cursor))
    case 'right':
    case 'ctrl+f':
      return move(state, characterAfter(text, cursor))
    case 'alt+b':
    case 'ctrl+left':
    case 'alt+left':
      return move(state, wordBefore(text, cursor))
    case 'alt+f':
    case 'ctrl+right':
    case 'alt+right':
      return move(state, wordAfter(text, cursor))
    case 'home':
    case 'ctrl+a':
      return move(state, lineStart(text, cursor))
    case 'end':
    case 'ctrl+e':
      return move(state, lineEnd(text, cursor))
    case 'ctrl+home':
    case 'alt+<':
      return move(state, 0)
    case 'ctrl+end':
    case 'alt+>':
      return move(state, text.length)
    case 'backspace':
    case 'shift+backspace':
      return remove(state, characterBefore(text, cursor), cursor)
    case 'delete':
      return remove(state, cursor, characterAfter(text, cursor))
    case 'ctrl+d':
      // Without a message it is for the screen: it ends the chat.
      return text === '' ? null : remove(state, cursor, characterAfter(text, cursor))
    case 'ctrl+k':
      // At the end of a line, the break behind it.
      return cut(state, cursor, Math.max(lineEnd(text, cursor), characterAfterBreak(text, cursor)))
    case 'ctrl+u':
      return cut(state, lineStart(text, cursor), cursor)
    case 'ctrl+w':
      return cut(state, bigWordBefore(text, cursor), cursor)
    case 'alt+backspace':
    case 'ctrl+backspace':
      return cut(state, wordBefore(text, cursor), cursor)
    case 'alt+d':
    case 'ctrl+delete':
    case 'alt+delete':
      return cut(state, cursor, wordAfter(text, cursor))
    case 'space':
    case 'shift+space':
      return typeInto(state, ' ')
    default:
      return isCharacter(key) ? typeInto(state, key) : null
  }
}

const move = (state: InputState, to: number): InputState => ({
  ...state,
  draft: moveTo(state.draft, to),
  last: 'moved',
  goalColumn: null,
})

const remove = (state: InputState, from: number, to: number): InputState =>
  withDraft(state, replaceRange(state.draft, from, to, ''), 'removed')

const cut = (state: InputState, from: number, to: number): InputState => {
  if (from === to) return state
  const { draft } = state
  const text = wholeText({ ...draft, text: draft.text.slice(from, to) })
  const isBefore = to === draft.cursor
  const together = isBefore
    ? text + (state.last === 'cut_before' ? state.cut : '')
    : (state.last === 'cut_after' ? state.cut : '') + text
  const without = withDraft(state, replaceRange(draft, from, to, ''), isBefore ? 'cut_before' : 'cut_after')
  return { ...without, cut: together }
}

const characterAfterBreak = (text: string, cursor: number): number =>
  text[cursor] === '\n' ? cursor + 1 : cursor

const graphemes = new Intl.Segmenter()

/** Whether a key types something: names of keys are longer than one character. */
export const isCharacter = (key: string): boolean => {
  const [first, second] = graphemes.segment(key)
  return first !== undefined && second === undefined
}
