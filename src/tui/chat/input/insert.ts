import { insertPaste, insertText, withoutPasteCharacters, wholeText } from './draft.ts'
import { withDraft, type InputState } from './input-state.ts'

/** A frame holds 1 MiB; line breaks and quotes take two bytes in it, and attachments need the other half. */
export const maxMessageBytes = 256 * 1024

/** Pastes beyond either are shown as one word. */
const maxPlainLines = 10
const maxPlainLength = 2000

/** Puts in text that was pasted, at the cursor. `leftOut`: how many characters of it did not even get here. */
export const pasteInto = (state: InputState, text: string, leftOut = 0): InputState => {
  const clean = withoutPasteCharacters(text)
  const fitting = startThatFits(clean, roomIn(state))
  const lost = clean.length - fitting.length + leftOut
  if (fitting === '' && lost === 0) return state
  const { draft } = state
  const isLong =
    fitting.length > maxPlainLength || fitting.split('\n', maxPlainLines + 1).length > maxPlainLines
  const pasted = isLong ? insertPaste(draft, fitting) : insertText(draft, fitting)
  return { ...withDraft(state, pasted, 'other'), notice: lost === 0 ? null : leftOutNotice(lost) }
}

/** Puts in what was typed. */
export const typeInto = (state: InputState, text: string): InputState => {
  const clean = withoutPasteCharacters(text)
  if (clean === '') return state
  if (Buffer.byteLength(clean) > roomIn(state)) return { ...state, notice: leftOutNotice(clean.length) }
  return withDraft(state, insertText(state.draft, clean), 'typed')
}

const roomIn = ({ draft }: InputState): number =>
  Math.max(0, maxMessageBytes - Buffer.byteLength(wholeText(draft)))

/** The longest start of a text that takes no more than so many bytes. */
const startThatFits = (text: string, bytes: number): string => {
  if (Buffer.byteLength(text) <= bytes) return text
  // A cut character becomes a replacement character, which is left out.
  return Buffer.from(text.slice(0, bytes))
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
}

const leftOutNotice = (count: number): string =>
  `Full at ${maxMessageBytes / 1024} KiB: ${count.toLocaleString('en')} ${count === 1 ? 'character' : 'characters'} left out. @path attaches a file.`
