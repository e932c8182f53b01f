import { firstCharacter, takeColumns } from './line.ts'

const tabWidth = 4

/**
 * Breaks clean text into rows of at most `width` columns: at spaces where there are some, else anywhere between
 * two characters. Keeps indentation. At most `maxRows` rows are made, so that a huge text costs no more than what
 * is shown of it.
 */
export const wrap = (text: string, width: number, maxRows = Number.POSITIVE_INFINITY): readonly string[] => {
  const rows: string[] = []
  let from = 0
  while (from <= text.length && rows.length < maxRows) {
    const newline = text.indexOf('\n', from)
    const to = newline === -1 ? text.length : newline
    wrapParagraph(
      text.slice(from, to).replaceAll('\t', ' '.repeat(tabWidth)),
      Math.max(1, width),
      maxRows,
      rows,
    )
    from = to + 1
  }
  return rows
}

const wrapParagraph = (paragraph: string, width: number, maxRows: number, rows: string[]): void => {
  let rest = paragraph
  while (rows.length < maxRows) {
    const fitting = takeColumns(rest, width)
    if (fitting.length === rest.length) {
      rows.push(rest)
      return
    }
    const row = breakAtSpace(fitting, rest)
    rows.push(row.trimEnd())
    rest = rest.slice(row.length).replace(/^ +/, '')
    if (rest === '') return
  }
}

/** The part of `fitting` up to its last space, if a word is cut there; never nothing. */
const breakAtSpace = (fitting: string, rest: string): string => {
  // A character that is wider than the row still needs a place.
  if (fitting === '') return firstCharacter(rest)
  if (rest[fitting.length] === ' ') return fitting
  const space = fitting.lastIndexOf(' ')
  return fitting.slice(0, space + 1).trim() === '' ? fitting : fitting.slice(0, space + 1)
}
