import { asRows, plotOf } from '../../../protocol/plot.ts'
import type { Presentation } from '../../../protocol/presentation.ts'
import type { PresentedRows } from '../../../protocol/presented-data.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { plural } from '../format.ts'
import { span, type Line } from '../line.ts'
import { wrap } from '../wrap.ts'
import { barLines } from './bar-lines.ts'
import { curveLines } from './curve-lines.ts'
import { inAscii } from './in-ascii.ts'
import { rowLines } from './row-lines.ts'
import { sparkLines } from './spark-lines.ts'

export interface DrawingLayout {
  /** Columns that no row is wider than; from 20 up everything can be read. */
  readonly width: number
  /** How many rows of data at most, and how high a line chart; what is left out is counted below. 200 if left out. */
  readonly maxRows?: number
  /** Without the title, where that stands above it already. */
  readonly untitled?: boolean
  /** Whether a key shows what is left out: its count says so. */
  readonly isFolded?: boolean
  /** For a terminal that has nothing but ASCII. */
  readonly ascii?: boolean
}

/** The eye cannot follow longer rows. */
const widestChart = 100
const highestCurve = 16
const lowestCurve = 5

/**
 * What was presented as rows to draw: its title, then a table, bars, a line chart or a sparkline, as `chart` says. Clean:
 * everything in it went through `sanitize`. Make the presentation with `presentationOf(value)` of
 * protocol/presentation.ts, where `value` is the arguments of a `present` call, the `details` of its result, or the
 * `response_payload.data` of a task:
 *
 *     const presentation = presentationOf(event.data.details)
 *     if (presentation !== null) rows.push(...presentationLines(presentation, { width, maxRows: 12 }))
 *
 * Nothing is remembered: whoever draws it often keeps the rows.
 */
export const presentationLines = (presentation: Presentation, layout: DrawingLayout): readonly Line[] => {
  const { width, untitled = false, ascii = false } = layout
  const title = untitled ? '' : sanitizeLine(presentation.title).trim()
  const lines = [
    ...(title === '' ? [] : wrap(title, width, 3).map((row): Line => [span(row, 'strong')])),
    ...drawingOf(presentation, layout),
  ]
  return ascii ? inAscii(lines) : lines
}

const drawingOf = (
  { chart, data }: Presentation,
  { width: given, maxRows = 200, isFolded = false }: DrawingLayout,
): readonly Line[] => {
  const plot = plotOf(data)
  const width = Math.min(given, chart === 'table' ? given : widestChart)
  const more = isFolded ? ' ▸' : ''
  switch (chart) {
    case 'bar': {
      const shown = Math.max(1, Math.floor(maxRows / plot.measures.length))
      return [...barLines(plot, width, shown), ...leftOut(plot.labels.length - shown, more)]
    }
    case 'line':
      return curveLines(plot, width, Math.min(highestCurve, Math.max(lowestCurve, maxRows - 2)))
    case 'sparkline':
      return sparkLines(plot, width)
    case 'table': {
      const rows = asRows(data)
      if (rows.rows.length === 0) return [[span('no data', 'dim')]]
      const shown = rowsThatFit(rows, width, maxRows)
      return [...rowLines(rows, width, shown), ...leftOut(rows.rows.length - shown, more)]
    }
  }
}

/** Fewer rows where each takes many lines, as in a list of many columns: judged by the first of them. */
const rowsThatFit = (rows: PresentedRows, width: number, most: number): number => {
  const sample = Math.min(sampledRows, rows.rows.length, most)
  const linesEach = rowLines(rows, width, sample).length / Math.max(1, sample)
  return Math.max(1, Math.min(most, Math.floor((most * mostLinesEach) / linesEach)))
}

const sampledRows = 8
const mostLinesEach = 3

const leftOut = (rows: number, more: string): readonly Line[] =>
  rows <= 0 ? [] : [[span(`… ${plural(rows, 'more row')}${more}`, 'dim')]]
