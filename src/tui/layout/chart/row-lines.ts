import { numberOf, type Cell } from '../../../protocol/presented-cell.ts'
import type { PresentedRows } from '../../../protocol/presented-data.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { gridLines, type GridCell } from '../grid.ts'
import { cut, span, type Line } from '../line.ts'
import { exactText } from './number-text.ts'

const longestCell = 200

/** Rows as a table: numbers at the right and never broken; where it does not fit, a list. */
export const rowLines = (
  { columns, rows }: PresentedRows,
  width: number,
  maxRows: number,
): readonly Line[] => {
  const isNumbers = columns.map((_, column) => {
    const said = rows.map((row) => row[column] ?? null).filter((cell) => cell !== null && cell !== '')
    return said.length > 0 && said.every((cell) => numberOf(cell) !== null)
  })
  return gridLines(
    {
      header: columns.map((name) => [[span(clean(name), 'strong')]]),
      rows: rows.slice(0, maxRows).map((row) => row.map(cellOf)),
      align: isNumbers.map((is) => (is ? 'right' : null)),
      unbroken: isNumbers,
    },
    width,
  )
}

const clean = (text: string): string => cut(sanitizeLine(text).trim(), longestCell)

const cellOf = (cell: Cell): GridCell => {
  if (cell === null || cell === '') return [[span('–', 'dim')]]
  return [[span(typeof cell === 'number' ? exactText(cell) : clean(String(cell)))]]
}
