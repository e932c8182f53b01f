import type { Line } from './line.ts'

/**
 * A long document of which only what is visible is ever laid out. Items are numbered from `start` to `end` - 1;
 * an item may have no rows (it is filtered out).
 */
export interface LongDocument {
  readonly start: number
  readonly end: number
  rowsOf(index: number): readonly Line[]
  /** The nearest item in a direction, the given one included, that may have rows: what lies between has none. */
  seek?(index: number, step: 1 | -1): number
}

/** The row at the top of the window; null follows the end. */
export type Anchor = Position | null

export interface Position {
  readonly index: number
  readonly row: number
}

interface VisibleRow extends Position {
  readonly line: Line
}

export interface View {
  readonly rows: readonly VisibleRow[]
  /** Whether the last row of the document is visible. */
  readonly atEnd: boolean
}

/** The rows in a window of `height`. The window never shows less than it could: its end is not past the last row. */
export const viewAt = (document: LongDocument, anchor: Anchor, height: number): View => {
  if (height <= 0) return { rows: [], atEnd: true }
  if (anchor !== null) {
    const from = anchor.index < document.start ? { index: document.start, row: 0 } : anchor
    const rows = rowsFrom(document, from, height + 1)
    if (rows.length >= height) return { rows: rows.slice(0, height), atEnd: rows.length === height }
  }
  return { rows: rowsBefore(document, { index: document.end, row: 0 }, height), atEnd: true }
}

/** Moves the window by rows, up where negative; at the end it follows. */
export const scrolledBy = (document: LongDocument, anchor: Anchor, height: number, rows: number): Anchor => {
  const [top] = viewAt(document, anchor, height).rows
  if (top === undefined) return null
  if (rows < 0) {
    const above = rowsBefore(document, top, -rows)[0] ?? top
    return settled(document, above, height)
  }
  const target = rowsFrom(document, top, rows + 1).at(-1) ?? top
  return settled(document, target, height)
}

/** The window that shows the first row of an item, moved no further than needed. */
export const showing = (document: LongDocument, anchor: Anchor, height: number, index: number): Anchor => {
  const { rows } = viewAt(document, anchor, height)
  const [first] = rows
  const last = rows.at(-1)
  if (first === undefined || last === undefined) return anchor
  if (rows.some((row) => row.index === index && row.row === 0)) return anchor
  if (index <= first.index) return settled(document, { index, row: 0 }, height)
  const bottom = [...rowsBefore(document, { index, row: 0 }, Math.max(0, height - 3))][0]
  return settled(document, bottom ?? { index, row: 0 }, height)
}

/** The window that shows a row, with some rows above it if it has to be moved. */
export const showingRow = (document: LongDocument, anchor: Anchor, height: number, at: Position): Anchor => {
  const { rows } = viewAt(document, anchor, height)
  if (rows.some(({ index, row }) => index === at.index && row === at.row)) return anchor
  const [top] = rowsBefore(document, at, Math.floor(height / 3))
  return settled(document, top ?? at, height)
}

/** The next item with rows in a direction; null where there is none. */
export const neighbour = (
  document: LongDocument,
  from: number,
  step: 1 | -1,
  wanted: (index: number) => boolean = () => true,
): number | null => {
  const seek = seekIn(document)
  let index = seek(from + step, step)
  for (; index >= document.start && index < document.end; index = seek(index + step, step)) {
    if (wanted(index) && document.rowsOf(index).length > 0) return index
  }
  return null
}

const settled = (document: LongDocument, { index, row }: Position, height: number): Anchor =>
  viewAt(document, { index, row }, height).atEnd ? null : { index, row }

const seekIn =
  (document: LongDocument) =>
  (index: number, step: 1 | -1): number =>
    document.seek?.(index, step) ?? index

const rowsFrom = (document: LongDocument, from: Position, count: number): VisibleRow[] => {
  const rows: VisibleRow[] = []
  const seek = seekIn(document)
  let index = seek(from.index, 1)
  for (; index < document.end && rows.length < count; index = seek(index + 1, 1)) {
    const lines = document.rowsOf(index)
    for (let row = index === from.index ? from.row : 0; row < lines.length && rows.length < count; row++) {
      rows.push({ index, row, line: lines[row] ?? [] })
    }
  }
  return rows
}

/** Up to `count` rows right before a position, in order. */
const rowsBefore = (document: LongDocument, before: Position, count: number): VisibleRow[] => {
  const rows: VisibleRow[] = []
  const seek = seekIn(document)
  let index = seek(before.index, -1)
  for (; index >= document.start && rows.length < count; index = seek(index - 1, -1)) {
    const lines = index < document.end ? document.rowsOf(index) : []
    const last = index === before.index ? before.row : lines.length
    for (let row = last - 1; row >= 0 && rows.length < count; row--) {
      rows.push({ index, row, line: lines[row] ?? [] })
    }
  }
  return rows.reverse()
}
