import { plural } from './format.ts'
import { cut, lineWidth, span, type Line, type Span } from './line.ts'
import { wrapLine } from './wrap-line.ts'

/** What stands in one place of a grid: lines below each other. */
export type GridCell = readonly Line[]

export interface Grid {
  readonly header: readonly GridCell[]
  readonly rows: readonly (readonly GridCell[])[]
  readonly align: readonly ('left' | 'center' | 'right' | null)[]
  /** Columns whose cells must stay on one row, such as numbers; none if left out. */
  readonly unbroken?: readonly boolean[]
}

const narrowestColumn = 4
/** More columns than these are not drawn, and counted. */
const mostColumns = 24

/** A table fitted to the width: the widest columns give way first, and their cells wrap; where not even that fits, a list. */
export const gridLines = ({ header, rows, align, unbroken = [] }: Grid, width: number): readonly Line[] => {
  const shown = { header: header.slice(0, mostColumns), rows: rows.map((row) => row.slice(0, mostColumns)) }
  const widths = fittedWidths(shown, unbroken, width)
  const lines = widths === null ? asList(shown, width) : asGrid({ ...shown, align }, widths)
  const left = header.length - shown.header.length
  return left > 0 ? [...lines, [span(cut(`… ${plural(left, 'more column')}`, width), 'dim')]] : lines
}

const separator = ' │ '

/** Null where the columns cannot stand beside each other. */
const fittedWidths = (
  { header, rows }: Omit<Grid, 'align'>,
  unbroken: readonly boolean[],
  width: number,
): readonly number[] | null => {
  const natural = header.map((_, column) =>
    Math.max(1, ...[header, ...rows].map((row) => cellWidth(row[column]))),
  )
  let room = width - separator.length * (natural.length - 1)
  if (natural.length === 0 || room < natural.length * narrowestColumn) return null
  // What may not break and the narrow ones get what they need; the rest is shared among the wide ones.
  const widths = natural.map(() => 0)
  const order = natural.map((_, column) => column)
  const isRoomy = natural.reduce((sum, columns) => sum + columns, 0) <= room
  const needs = (column: number): number =>
    unbroken[column] === true && !isRoomy
      ? Math.max(1, ...rows.map((row) => cellWidth(row[column])))
      : (natural[column] ?? 0)
  order.sort((a, b) => Number(unbroken[b] ?? false) - Number(unbroken[a] ?? false) || needs(a) - needs(b))
  for (const [index, column] of order.entries()) {
    const share = Math.floor(room / (order.length - index))
    const given = unbroken[column] === true ? needs(column) : Math.min(needs(column), share)
    widths[column] = given
    room -= given
  }
  const isTooNarrow = (given: number, column: number): boolean =>
    given < Math.min(narrowestColumn, needs(column))
  return room < 0 || widths.some(isTooNarrow) ? null : widths
}

const cellWidth = (cell: GridCell | undefined): number => Math.max(0, ...(cell ?? []).map(lineWidth))

const asGrid = ({ header, rows, align }: Grid, widths: readonly number[]): readonly Line[] => [
  ...gridRow(header, widths, align),
  [span(widths.map((columns) => '─'.repeat(columns)).join('─┼─'), 'dim')],
  ...rows.flatMap((row) => gridRow(row, widths, align)),
]

const gridRow = (
  cells: readonly GridCell[],
  widths: readonly number[],
  align: Grid['align'],
): readonly Line[] => {
  const wrapped = widths.map((columns, index) =>
    (cells[index] ?? []).flatMap((line) => wrapLine(line, columns)),
  )
  const height = Math.max(1, ...wrapped.map((rows) => rows.length))
  return Array.from({ length: height }, (_, row) =>
    widths.flatMap((columns, index): Span[] => {
      const text = wrapped[index]?.[row] ?? []
      const blank = Math.max(0, columns - lineWidth(text))
      const before = align[index] === 'right' ? blank : align[index] === 'center' ? Math.floor(blank / 2) : 0
      const isLast = index === widths.length - 1
      return [
        ...(index === 0 ? [] : [span(separator, 'dim')]),
        span(' '.repeat(before)),
        ...text,
        span(isLast ? '' : ' '.repeat(blank - before)),
      ]
    }),
  )
}

const asList = ({ header, rows }: Omit<Grid, 'align'>, width: number): readonly Line[] =>
  rows.flatMap((row, number) => [
    ...(number === 0 ? [] : [[]]),
    ...row.flatMap((cell, column) =>
      wrapLine([...(header[column]?.[0] ?? []), span(': ', 'dim'), ...cell.flatMap((line) => line)], width),
    ),
  ])
