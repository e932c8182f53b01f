import { firstCharacter, span, takeColumns, textOfLine, type Line, type Span } from './line.ts'

/**
 * Breaks a line of several tones into rows of at most `width` columns: at spaces where there are some, else anywhere
 * between two characters. Keeps the tones. No tabs or line breaks may be in it.
 */
export const wrapLine = (line: Line, width: number): readonly Line[] => {
  const text = textOfLine(line)
  const rows: Line[] = []
  let from = 0
  for (const to of breaksOf(text, Math.max(1, width))) {
    rows.push(partOf(line, from === 0 ? 0 : skipSpaces(text, from), to))
    from = to
  }
  return rows
}

/** Where each row ends. */
function* breaksOf(text: string, width: number): Generator<number> {
  let from = 0
  for (;;) {
    const rest = text.slice(from, from + width * 16 + 64)
    const fitting = takeColumns(rest, width)
    if (from + fitting.length >= text.length) {
      yield text.length
      return
    }
    const to = from + breakAtSpace(fitting, rest)
    yield to
    from = skipSpaces(text, to)
    if (from >= text.length) return
  }
}

/** How much of `fitting` goes into the row: up to its last space, if a word is cut there; never nothing. */
const breakAtSpace = (fitting: string, rest: string): number => {
  if (fitting === '') return firstCharacter(rest).length
  if (rest[fitting.length] === ' ') return fitting.length
  const space = fitting.lastIndexOf(' ')
  return fitting.slice(0, space + 1).trim() === '' ? fitting.length : space + 1
}

const skipSpaces = (text: string, from: number): number => {
  let at = from
  while (text[at] === ' ') at++
  return at
}

/** The spans between two positions of a line's text, without spaces at the end. */
const partOf = (line: Line, from: number, to: number): Line => {
  const part: Span[] = []
  let at = 0
  for (const { text, tone } of line) {
    const piece = text.slice(Math.max(0, from - at), Math.max(0, to - at))
    if (piece !== '') part.push(span(piece, tone))
    at += text.length
  }
  const last = part.at(-1)
  return last === undefined ? part : [...part.slice(0, -1), span(last.text.trimEnd(), last.tone)]
}
