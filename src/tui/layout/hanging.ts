import { timeOfDay } from './format.ts'
import { span, widthOf, type Line, type Span, type Tone } from './line.ts'

/** Narrower transcripts have no room for the time. */
const narrowest = 34

const timeWidth = (width: number): number => (width < narrowest ? 0 : width < 60 ? 9 : 10)

/** Where the text begins, beside the time. */
export const textColumn = (width: number): number => timeWidth(width)

/** Columns that are left beside the time. */
export const bodyWidth = (width: number): number => Math.max(1, width - timeWidth(width))

/** The time, or as many spaces: one span. */
export const timeColumn = (ts: string, width: number): Line => [
  span(width < narrowest ? '' : timeOfDay(ts).padEnd(timeWidth(width)), 'dim'),
]

/** How wide a transcript is that has so much room beside the time. */
export const widthAround = (body: number): number =>
  body + 9 < narrowest ? Math.min(body, narrowest - 1) : body + 9 < 60 ? body + 9 : body + 10

/** Rows of a transcript without the column of the time. */
export const withoutTime = (lines: readonly Line[]): readonly Line[] => lines.map((line) => line.slice(1))

export const indent = (width: number): Line => [span(' '.repeat(timeWidth(width)))]

interface HangingLines {
  readonly ts: string
  readonly width: number
  readonly sign: Span
  readonly lines: readonly Line[]
}

/** Lines below each other; time and sign stand before the first one only. */
export const hangingLines = ({ ts, width, sign, lines }: HangingLines): readonly Line[] => {
  const blank = span(' '.repeat(widthOf(sign.text)))
  return lines.map((line, index) =>
    index === 0 ? [...timeColumn(ts, width), sign, ...line] : [...indent(width), blank, ...line],
  )
}

interface Hanging {
  readonly ts: string
  /** Width of the whole transcript. */
  readonly width: number
  readonly sign: Span
  readonly rows: readonly string[]
  readonly tone: Tone
}

/** Rows below each other; time and sign stand before the first one only. */
export const hanging = ({ ts, width, sign, rows, tone }: Hanging): readonly Line[] =>
  hangingLines({ ts, width, sign, lines: rows.map((row) => [span(row, tone)]) })
