import type { Tokens } from 'marked'
import { plural } from '../format.ts'
import { cut, lineWidth, span, type Line, type Span } from '../line.ts'
import { wrapLine } from '../wrap-line.ts'
import { inlineLines } from './inline.ts'

const narrowestColumn = 4
const maxColumns = 24

/** A table fitted to the width: the widest columns give way first, and their cells wrap; where not even that fits, a list. */
export const tableLines = (table: Tokens.Table, width: number): readonly Line[] => {
  const header = table.header.slice(0, maxColumns).map((cell) => inlineLines(cell.tokens, 'strong'))
  const rows = table.rows.map((row) => row.slice(0, maxColumns).map((cell) => inlineLines(cell.tokens)))
  const widths = fittedWidths([header, ...rows], width)
  const lines =
    widths === null ? asList(header, rows, width) : asGrid({ header, rows, widths, align: table.align })
  const left = table.header.length - header.length
  return left > 0 ? [...lines, [span(cut(`… ${plural(left, 'more column')}`, width), 'dim')]] : lines
}

type Cell = readonly Line[]

const separator = ' │ '

/** Null where the columns cannot stand beside each other. */
const fittedWidths = (rows: readonly (readonly Cell[])[], width: number): readonly number[] | null => {
  const natural = (rows[0] ?? []).map((_, column) =>
    Math.max(1, ...rows.flatMap((row) => (row[column] ?? []).map(lineWidth))),
  )
  let room = width - separator.length * (natural.length - 1)
  if (natural.length === 0 || room < natural.length * narrowestColumn) return null
  // The narrow ones get what they need; the rest is shared among the wide ones.
  const widths = natural.map(() => 0)
  const byWidth = natural.map((_, column) => column).sort((a, b) => (natural[a] ?? 0) - (natural[b] ?? 0))
  byWidth.forEach((column, index) => {
    const share = Math.floor(room / (byWidth.length - index))
    const given = Math.min(natural[column] ?? 0, share)
    widths[column] = given
    room -= given
  })
  return widths
}

interface Grid {
  readonly header: readonly Cell[]
  readonly rows: readonly (readonly Cell[])[]
  readonly widths: readonly number[]
  readonly align: Tokens.Table['align']
}

const asGrid = ({ header, rows, widths, align }: Grid): readonly Line[] => [
  ...gridRow(header, widths, align),
  [span(widths.map((columns) => '─'.repeat(columns)).join('─┼─'), 'dim')],
  ...rows.flatMap((row) => gridRow(row, widths, align)),
]

const gridRow = (
  cells: readonly Cell[],
  widths: readonly number[],
  align: Tokens.Table['align'],
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

const asList = (
  header: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  width: number,
): readonly Line[] =>
  rows.flatMap((row, number) => [
    ...(number === 0 ? [] : [[]]),
    ...row.flatMap((cell, column) =>
      wrapLine([...(header[column]?.[0] ?? []), span(': ', 'dim'), ...cell.flatMap((line) => line)], width),
    ),
  ])
