import { span, type Line, type Tone } from '../line.ts'

interface Cell {
  dots: number
  /** Stands in place of the dots. */
  sign: string | null
  tone: Tone
}

/** Bit of each dot of a braille character, by row and column. */
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const

/** A drawing of dots, two to the column and four to the row, (0, 0) at the top left. What lies outside is left out. */
export class Braille {
  readonly #columns: number
  readonly #rows: number
  readonly #cells: readonly Cell[]

  constructor(columns: number, rows: number) {
    this.#columns = columns
    this.#rows = rows
    this.#cells = Array.from({ length: columns * rows }, () => ({ dots: 0, sign: null, tone: 'plain' }))
  }

  get width(): number {
    return this.#columns * 2
  }

  get height(): number {
    return this.#rows * 4
  }

  dot(x: number, y: number, tone: Tone): void {
    const cell = this.#cellAt(x, y)
    if (cell === undefined) return
    cell.dots |= bits[y & 3]?.[x & 1] ?? 0
    cell.tone = tone
  }

  /** A straight line, both ends in it. Whole coordinates. */
  line(from: readonly [number, number], to: readonly [number, number], tone: Tone): void {
    const [x0, y0] = from
    const [x1, y1] = to
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1)
    for (let step = 0; step <= steps; step++) {
      const share = step / steps
      this.dot(Math.round(x0 + (x1 - x0) * share), Math.round(y0 + (y1 - y0) * share), tone)
    }
  }

  /** A sign of one column in the cell of a dot. */
  sign(x: number, y: number, sign: string, tone: Tone): void {
    const cell = this.#cellAt(x, y)
    if (cell !== undefined) Object.assign(cell, { sign, tone })
  }

  lines(): readonly Line[] {
    return Array.from({ length: this.#rows }, (_, row) =>
      this.#cells
        .slice(row * this.#columns, (row + 1) * this.#columns)
        .map(({ dots, sign, tone }) =>
          span(sign ?? (dots === 0 ? ' ' : String.fromCodePoint(0x28_00 + dots)), tone),
        ),
    ).map(joined)
  }

  #cellAt(x: number, y: number): Cell | undefined {
    const column = x >> 1
    const row = y >> 2
    if (column < 0 || column >= this.#columns || row < 0) return undefined
    return this.#cells[row * this.#columns + column]
  }
}

/** Neighbours of one tone as one span. */
const joined = (line: Line): Line => {
  const spans: { text: string; tone: Tone }[] = []
  for (const { text, tone } of line) {
    const last = spans.at(-1)
    if (last !== undefined && (last.tone === tone || text === ' ')) last.text += text
    else spans.push({ text, tone })
  }
  return spans
}
