import type { Key } from 'ink'

/** What came from the keyboard: a key by its name ("up", "space", "ctrl+c", "G", "é") or text that was pasted. */
export type KeyPress =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'paste'; readonly text: string }

/** Turns what Ink reports into key presses. Keeps what a paste has brought so far (bracketed paste, DEC 2004). */
export class KeyReader {
  #pasted: string | null = null

  read(input: string, key: Key): readonly KeyPress[] {
    if (this.#pasted === null) {
      if (input !== pasteStart) return namesOf(input, key).map((name) => ({ kind: 'key', name }))
      this.#pasted = ''
      return []
    }
    if (input !== pasteEnd) {
      this.#pasted += key.return ? '\n' : key.tab ? '\t' : input
      return []
    }
    const text = this.#pasted.replaceAll(/\r\n?/g, '\n')
    this.#pasted = null
    return [{ kind: 'paste', text }]
  }
}

/** As Ink reports them: without their escape character. */
const pasteStart = '[200~'
const pasteEnd = '[201~'

const namesOf = (input: string, key: Key): readonly string[] => {
  const special = specialName(key)
  if (special !== null) return [special]
  if (key.ctrl) return [`ctrl+${input}`]
  if (key.meta || isUnknownSequence(input)) return []
  // What is typed fast, or by a program, comes as one piece.
  return [...new Intl.Segmenter().segment(input)].flatMap(({ segment }) => characterName(segment))
}

const specialName = (key: Key): string | null => {
  if (key.upArrow) return 'up'
  if (key.downArrow) return 'down'
  if (key.leftArrow) return 'left'
  if (key.rightArrow) return 'right'
  if (key.pageUp) return 'page_up'
  if (key.pageDown) return 'page_down'
  if (key.home) return 'home'
  if (key.end) return 'end'
  if (key.return) return 'return'
  if (key.escape) return 'escape'
  if (key.tab) return key.shift ? 'shift+tab' : 'tab'
  // Ink reports the backspace key of most terminals as "delete".
  if (key.backspace || key.delete) return 'backspace'
  return null
}

const isUnknownSequence = (input: string): boolean =>
  /^\[[\d;<>?]*[ -/]*[@-~]$/.test(input) && input.length > 1

const characterName = (character: string): readonly string[] => {
  const code = character.codePointAt(0) ?? 0
  if (character === ' ') return ['space']
  if (character === '\r' || character === '\n' || character === '\r\n') return ['return']
  if (character === '\t') return ['tab']
  if (code === 0x7f || code === 0x08) return ['backspace']
  if (code < 0x20) return code === 0 || code > 26 ? [] : [`ctrl+${String.fromCodePoint(code + 96)}`]
  return [character]
}
