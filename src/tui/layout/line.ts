import stringWidth from 'string-width'

/**
 * What a piece of text means. Status has a colour, and always a sign beside it; the rest is weight. Within a changed
 * line, `added` and `removed` are what of it changed; `match` is what a search
 * found, `current` the one that it is on. `drawn` and `drawn_other` are what a chart draws, never a status.
 */
export type Tone =
  | 'plain'
  | 'strong'
  | 'emphasis'
  | 'link'
  | 'dim'
  | 'running'
  | 'done'
  | 'failed'
  | 'waiting'
  | 'added'
  | 'removed'
  | 'match'
  | 'current'
  | 'drawn'
  | 'drawn_other'

/** Clean text (no control characters) in one tone. */
export interface Span {
  readonly text: string
  readonly tone: Tone
}

/** One row of the screen, or of a part of it. */
export type Line = readonly Span[]

export const span = (text: string, tone: Tone = 'plain'): Span => ({ text, tone })

const ellipsis = '…'
const printableAscii = /^[ -~]*$/
const graphemes = new Intl.Segmenter()

/** Columns that a text takes on a terminal. */
export const widthOf = (text: string): number => (printableAscii.test(text) ? text.length : stringWidth(text))

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + widthOf(text), 0)

/** The start of a text that fits into `width` columns, ending in "…" where something is missing. */
export const cut = (text: string, width: number): string => {
  if (width <= 0) return ''
  if (text.length <= width && printableAscii.test(text)) return text
  const head = takeColumns(text, width)
  return head.length === text.length ? text : takeColumns(text, width - 1) + ellipsis
}

/** The longest start of a text that fits, never breaking what is drawn as one character. */
export const takeColumns = (text: string, width: number): string => {
  // No character is more than a few dozen units long: what lies far beyond the width need not be looked at.
  const near = text.slice(0, Math.max(0, width) * 16 + 64)
  if (printableAscii.test(near)) return near.slice(0, Math.max(0, width))
  let columns = 0
  let length = 0
  for (const { segment } of graphemes.segment(near)) {
    columns += stringWidth(segment)
    if (columns > width) break
    length += segment.length
  }
  return text.slice(0, length)
}

/** What is drawn as the first character of a text that is not empty. */
export const firstCharacter = (text: string): string => {
  const [first] = graphemes.segment(text.slice(0, 64))
  return first?.segment ?? text
}

export const cutLine = (line: Line, width: number): Line => {
  const kept: Span[] = []
  let left = width
  for (const { text, tone } of line) {
    const columns = widthOf(text)
    kept.push(columns <= left ? { text, tone } : { text: cut(text, left), tone })
    left -= columns
    if (left <= 0) break
  }
  return kept
}

/** Exactly `width` columns: cut, or filled with spaces. */
export const fitLine = (line: Line, width: number): Line => {
  const short = cutLine(line, width)
  return [...short, span(' '.repeat(Math.max(0, width - lineWidth(short))))]
}

/** `left` at the left edge, `right` at the right one; where both do not fit, `left` is cut. */
export const spread = (left: Line, right: Line, width: number): Line => {
  const rightWidth = lineWidth(right)
  if (rightWidth >= width) return fitLine(right, width)
  return [...fitLine(left, width - rightWidth), ...right]
}

export const padStart = (text: string, width: number): string => {
  const short = cut(text, width)
  return ' '.repeat(Math.max(0, width - widthOf(short))) + short
}

export const padEnd = (text: string, width: number): string => {
  const short = cut(text, width)
  return short + ' '.repeat(Math.max(0, width - widthOf(short)))
}

export const rule = (width: number): Line => [span('─'.repeat(Math.max(0, width)), 'dim')]

/** The end of a text that fits into `width` columns, beginning with "…" where something is missing. */
export const keepEnd = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  const characters = [...graphemes.segment(text.slice(-width * 4))].map(({ segment }) => segment)
  let columns = 1
  let from = characters.length
  while (from > 0 && columns + widthOf(characters[from - 1] ?? '') <= width) {
    from--
    columns += widthOf(characters[from] ?? '')
  }
  return ellipsis + characters.slice(from).join('')
}

export const textOfLine = (line: Line): string => line.map(({ text }) => text).join('')
