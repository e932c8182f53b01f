import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { widthOf } from '../../layout/line.ts'
import { pasteOf, type Draft } from './draft.ts'

/** A row of a draft as it is shown: `text.slice(from, to)`, of which every character has its place. */
export interface DraftRow {
  readonly from: number
  /** Behind its last character; a line break at its end is not in it. */
  readonly to: number
  readonly cells: readonly Cell[]
}

/** A character of the draft, and how it is drawn. */
interface Cell {
  readonly at: number
  readonly shown: string
  /** The first column that it takes. */
  readonly column: number
  readonly width: number
  readonly isPaste: boolean
}

export interface Place {
  readonly row: number
  readonly column: number
}

/**
 * Breaks a draft into rows of at most `width` columns, of which the last is kept for the cursor: at spaces where there
 * are some, else between any two characters. Spaces that are too much for a row hang over its end. There is always
 * one row. The same draft and width are laid out once only.
 */
export const draftRows = (draft: Draft, width: number): readonly DraftRow[] => {
  if (last.text !== draft.text || last.pastes !== draft.pastes || last.width !== width) {
    last = { text: draft.text, pastes: draft.pastes, width, rows: layOut(draft, Math.max(1, width - 1)) }
  }
  return last.rows
}

interface LaidOut extends Pick<Draft, 'text' | 'pastes'> {
  readonly width: number
  readonly rows: readonly DraftRow[]
}
let last: LaidOut = { text: '', pastes: [], width: 0, rows: [] }

/** Where the cursor is drawn. Between two rows it stands at the start of the second. */
export const cursorPlace = (draft: Draft, width: number): Place => {
  const rows = draftRows(draft, width)
  let row = rows.length - 1
  while (row > 0 && (rows[row]?.from ?? 0) > draft.cursor) row--
  return { row, column: Math.min(columnIn(rows[row], draft.cursor), Math.max(0, width - 1)) }
}

const columnIn = (row: DraftRow | undefined, cursor: number): number => {
  const end = row?.cells.at(-1)
  const cell = row?.cells.findLast(({ at }) => at <= cursor)
  if (cell === undefined) return 0
  return row !== undefined && cell === end && cursor >= row.to ? cell.column + cell.width : cell.column
}

/** The position in the text that is drawn at a column of a row, or nearest to it. */
export const positionAt = (row: DraftRow, column: number, endsLine: boolean): number => {
  const cell = row.cells.find((each) => column < each.column + each.width)
  if (cell !== undefined) return cell.at
  // The end of a row that goes on is the start of the next one: a cursor there would be drawn below.
  return endsLine || row.cells.length === 0 ? row.to : (row.cells.at(-1)?.at ?? row.to)
}

const tabColumns = 4
const graphemes = new Intl.Segmenter()

const layOut = (draft: Draft, width: number): readonly DraftRow[] => {
  const rows: DraftRow[] = []
  let from = 0
  for (const line of draft.text.split('\n')) {
    layOutLine({ draft, line, from, width }, rows)
    from += line.length + 1
  }
  return rows
}

interface LineToLayOut {
  readonly draft: Draft
  readonly line: string
  readonly from: number
  readonly width: number
}

const layOutLine = ({ draft, line, from, width }: LineToLayOut, rows: DraftRow[]): void => {
  let cells: Cell[] = []
  let column = 0
  let start = from
  const put = (cell: Omit<Cell, 'column'>): void => {
    cells.push({ ...cell, column })
    column += cell.width
  }
  /** `next`: where the character begins that has no room. */
  const closeRow = (count: number, next: number): void => {
    const kept = cells.slice(0, count)
    const rest = cells.slice(count)
    const to = rest[0]?.at ?? next
    rows.push({ from: start, to, cells: kept })
    start = to
    cells = []
    column = 0
    for (const cell of rest) put(cell)
  }
  for (const { segment, index } of charactersOf(line)) {
    const cell = cellOf(draft, segment, from + index, width)
    if (segment !== ' ' && segment !== '\t') {
      // What was carried over with a word may have to be broken again.
      while (cells.length > 0 && column + cell.width > width) closeRow(breakBefore(cells), cell.at)
    }
    put(cell)
  }
  rows.push({ from: start, to: from + line.length, cells })
}

/** How many cells stay in the row: up to the last space, or all of them. */
const breakBefore = (cells: readonly Cell[]): number => {
  const space = cells.findLastIndex(({ shown, isPaste }) => !isPaste && shown.trim() === '')
  return space === -1 ? cells.length : space + 1
}

const cellOf = (draft: Draft, segment: string, at: number, width: number): Omit<Cell, 'column'> => {
  const paste = pasteOf(draft, segment)
  const shown = paste === undefined ? shownAs(segment) : pasteLabel(paste)
  return { at, shown, width: Math.min(width, widthOf(shown)), isPaste: paste !== undefined }
}

const shownAs = (segment: string): string =>
  segment === '\t' ? ' '.repeat(tabColumns) : sanitizeLine(segment)

/** `[pasted 120 lines]`, or how many characters where it is one line. */
const pasteLabel = (paste: string): string => {
  const lines = paste.split('\n').length
  return lines > 1 ? `[pasted ${lines} lines]` : `[pasted ${paste.length} characters]`
}

const printableAscii = /^[ -~]*$/

function* charactersOf(line: string): Iterable<{ segment: string; index: number }> {
  if (!printableAscii.test(line)) return yield* graphemes.segment(line)
  for (let index = 0; index < line.length; index++) yield { segment: line[index] ?? '', index }
}
