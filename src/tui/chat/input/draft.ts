/**
 * A message that is being written, and where its cursor stands (a position in `text`, in UTF-16 units). A long paste
 * stands in the text as one character of a plane that nobody types, so that it is moved over and removed as one.
 */
export interface Draft {
  readonly text: string
  readonly cursor: number
  /** What stands behind each such character, in the order of their codes. */
  readonly pastes: readonly string[]
}

export const emptyDraft: Draft = { text: '', cursor: 0, pastes: [] }

/** Plane 16, for private use: no font has anything there. */
const firstPasteCode = 0x10_00_00
const pasteCharacters = /[\u{100000}-\u{10FFFF}]/gu

/** The message as it is sent: long pastes are in it whole. */
export const wholeText = ({ text, pastes }: Draft): string =>
  text.replaceAll(pasteCharacters, (character) => pastes[pasteIndex(character)] ?? '')

/** The message without its long pastes. */
export const typedText = ({ text }: Draft): string => withoutPasteCharacters(text).trim()

/** What a character stands for; undefined where it stands for itself. */
export const pasteOf = (draft: Draft, character: string): string | undefined =>
  draft.pastes[pasteIndex(character)]

const pasteIndex = (character: string): number => (character.codePointAt(0) ?? 0) - firstPasteCode

/** Text without what only a long paste may stand for. */
export const withoutPasteCharacters = (text: string): string => text.replaceAll(pasteCharacters, '')

export const insertText = (draft: Draft, text: string): Draft =>
  replaceRange(draft, draft.cursor, draft.cursor, text)

/** The paste as one character at the cursor. */
export const insertPaste = (draft: Draft, paste: string): Draft => {
  const character = String.fromCodePoint(firstPasteCode + draft.pastes.length)
  return { ...insertText(draft, character), pastes: [...draft.pastes, paste] }
}

/** The cursor stands behind what was put in. */
export const replaceRange = (draft: Draft, from: number, to: number, text: string): Draft => ({
  ...draft,
  text: draft.text.slice(0, from) + text + draft.text.slice(to),
  cursor: from + text.length,
})

export const moveTo = (draft: Draft, cursor: number): Draft => ({
  ...draft,
  cursor: Math.max(0, Math.min(draft.text.length, cursor)),
})
