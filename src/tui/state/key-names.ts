import { sequenceNames } from './key-sequences.ts'
import { cleanPaste } from './pasted-text.ts'

/**
 * What came from the keyboard: a key by its name ("up", "space", "ctrl+c", "G", "é", "alt+b", "shift+return") or text
 * that was pasted. Of a paste bomb only the start is kept; `leftOut` says how many characters are not.
 */
export type KeyPress =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'paste'; readonly text: string; readonly leftOut?: number }

/** More of one paste is counted, not kept. */
export const maxPasteLength = 2 * 1024 * 1024

/** Turns what a terminal sends into key presses. Keeps what a paste has brought so far (bracketed paste, DEC 2004). */
export class KeyReader {
  #pasted: Pasted | null = null

  /** `raw`: one sequence, or characters between two, as they came. */
  read(raw: string): readonly KeyPress[] {
    if (this.#pasted !== null) return this.#readPaste(this.#pasted, raw)
    if (raw !== pasteStart) return sequenceNames(raw).map((name) => ({ kind: 'key', name }))
    this.#pasted = { pieces: [], length: 0, leftOut: 0, tail: '' }
    return []
  }

  #readPaste(pasted: Pasted, raw: string): readonly KeyPress[] {
    // The end may come in two pieces, neither of which is a sequence.
    const near = pasted.tail + raw
    const end = near.indexOf(pasteEnd)
    if (end === -1) {
      const held = Math.max(0, near.length - pasteEnd.length + 1)
      keep(pasted, near.slice(0, held))
      pasted.tail = near.slice(held)
      return []
    }
    keep(pasted, near.slice(0, end))
    this.#pasted = null
    const { leftOut } = pasted
    const text = cleanPaste(pasted.pieces.join(''))
    const after = near.slice(end + pasteEnd.length)
    return [
      { kind: 'paste', text, ...(leftOut > 0 && { leftOut }) },
      ...(after === '' ? [] : this.read(after)),
    ]
  }
}

/**
 * A key for those who know few: without the modifiers of an arrow, and with everything that sends a line for "return".
 * What is held down with a letter stays.
 */
export const plainPress = (press: KeyPress): KeyPress => {
  if (press.kind === 'paste') return press
  const [, plain = ''] = /^(?:(?:ctrl|alt|shift)\+)+(\w{2,})$/.exec(press.name) ?? []
  const name =
    press.name === 'ctrl+j' ? 'return' : press.name === 'shift+tab' || plain === '' ? press.name : plain
  return { kind: 'key', name }
}

const pasteStart = '\u001B[200~'
const pasteEnd = '\u001B[201~'

interface Pasted {
  readonly pieces: string[]
  length: number
  leftOut: number
  /** The last characters, which the end of the paste may begin with. */
  tail: string
}

const keep = (pasted: Pasted, text: string): void => {
  const piece = text.slice(0, maxPasteLength - pasted.length)
  pasted.leftOut += text.length - piece.length
  pasted.length += piece.length
  if (piece !== '') pasted.pieces.push(piece)
}
