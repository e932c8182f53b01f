import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Plot, PlotValue } from '../../../protocol/plot.ts'
import { cut, padStart, span, widthOf, type Line, type Tone } from '../line.ts'
import { wrapLine } from '../wrap-line.ts'
import { Braille } from './braille.ts'
import { axisTexts, exactText } from './number-text.ts'
import { domainOf, shareOf, ticksOf, type Domain } from './scale.ts'

const tones: readonly Tone[] = ['drawn', 'drawn_other', 'plain']
/** Beside the colour, so that curves can be told apart without it. */
const signs = ['●', '○', '◆', '◇', '▲', '△', '■', '□', 'a', 'b', 'c', 'd', 'e']
const narrowestCurve = 4
/** More numbers at the side are not read. */
const mostTicks = 6

/**
 * A line for each measure over one pair of axes: round numbers at the left, labels of the places below, and of several
 * the sign of each. A gap in the numbers is a gap in the line.
 */
export const curveLines = (plot: Plot, width: number, highest: number): readonly Line[] => {
  const numbers = plot.measures.flatMap(({ values }) => values.filter((value) => typeof value === 'number'))
  const ticks = ticksOf(domainOf(numbers), Math.min(mostTicks, Math.max(2, Math.floor(highest / 2) + 1)))
  // As high as puts the same number of rows between all of them.
  const rowsBetween = Math.max(1, Math.floor((highest - 1) / (ticks.length - 1)))
  const height = rowsBetween * (ticks.length - 1) + 1
  const texts = axisTexts(ticks)
  const domain: Domain = { low: ticks[0] ?? 0, high: ticks.at(-1) ?? 1 }
  const axisWidth = Math.min(Math.max(...texts.map(widthOf)), width - narrowestCurve - 1)
  const columns = Math.max(narrowestCurve, width - axisWidth - 1)
  const canvas = new Braille(columns, height)
  const across = placesAcross(plot, canvas.width)
  const down = (value: number): number => Math.round((1 - shareOf(value, domain)) * (canvas.height - 1))
  plot.measures.forEach(({ values }, index) =>
    draw(canvas, { values, across, down, index, isOne: plot.measures.length === 1 }),
  )
  const tickRows = new Map(ticks.map((tick, index) => [down(tick) >> 2, texts[index] ?? '']))
  const rows = canvas.lines().map((line, row): Line => {
    const text = tickRows.get(row)
    return [
      span(padStart(text ?? '', axisWidth), 'dim'),
      span(text === undefined ? '│' : '┤', 'dim'),
      ...line,
    ]
  })
  const below = labelRow(plot, across, columns)
  return [
    ...rows,
    [span(`${' '.repeat(axisWidth)}└${'─'.repeat(columns)}`, 'dim')],
    ...(below.trim() === '' ? [] : [[span(`${' '.repeat(axisWidth + 1)}${below}`.trimEnd(), 'dim')]]),
    ...legend(plot, width),
  ]
}

interface Curve {
  readonly values: readonly PlotValue[]
  readonly across: readonly number[]
  readonly down: (value: number) => number
  readonly index: number
  readonly isOne: boolean
}

const draw = (canvas: Braille, { values, across, down, index, isOne }: Curve): void => {
  const tone = tones[index % tones.length] ?? 'plain'
  let before: readonly [number, number] | null = null
  const points: (readonly [number, number])[] = []
  for (const [place, value] of values.entries()) {
    if (value === undefined) continue
    if (value === null) {
      before = null
      continue
    }
    const point = [across[place] ?? 0, down(value)] as const
    canvas.line(before ?? point, point, tone)
    points.push(point)
    before = point
  }
  if (isOne) return
  // Signs stand some columns apart, those of one curve between those of another.
  const every = Math.max(1, Math.ceil((points.length * columnsPerSign * 2) / canvas.width))
  for (const [nth, [x, y]] of points.entries()) {
    const isDue = (nth + index) % every === 0 || (nth === points.length - 1 && every > 1)
    if (isDue) canvas.sign(x, y, signs[index] ?? '*', tone)
  }
}

const columnsPerSign = 6

/** The column of dots of each place. */
const placesAcross = ({ labels, xs }: Plot, width: number): readonly number[] => {
  const last = labels.length - 1
  const domain = xs === null ? { low: 0, high: last } : { low: xs[0] ?? 0, high: xs.at(-1) ?? 0 }
  return labels.map((_, index) => Math.round(shareOf(xs?.[index] ?? index, domain) * (width - 1)))
}

/** As many labels as there is room for: the first and the last of them, and others between. */
const labelRow = ({ labels, xs }: Plot, across: readonly number[], columns: number): string => {
  const texts = labels.map((label, index) =>
    cut(sanitizeLine(xs === null ? label : exactText(xs[index] ?? 0)).trim(), Math.floor(columns / 2) - 1),
  )
  const row: string[] = []
  let end = 0
  const put = (index: number, before: number): void => {
    const text = texts[index] ?? ''
    const size = widthOf(text)
    const middle = (across[index] ?? 0) >> 1
    const start = Math.max(0, Math.min(columns - size, middle - Math.floor(size / 2)))
    if (size === 0 || start + size > before || (end > 0 && start < end + 2)) return
    row.push(' '.repeat(start - end), text)
    end = start + size
  }
  const last = labels.length - 1
  const room = columns - widthOf(texts[last] ?? '') - 2
  const widest = Math.max(1, ...texts.map(widthOf))
  // At equal distances, so that no place seems to be missing.
  const every = Math.max(1, Math.ceil((labels.length * (widest + 2)) / columns))
  for (let index = 0; index < last; index += every) put(index, room)
  put(last, columns)
  return row.join('')
}

/** Which sign is which measure; nothing where there is only one without a name. */
const legend = ({ measures }: Plot, width: number): readonly Line[] => {
  if (measures.length === 1 && measures[0]?.name === 'value') return []
  const items = measures.map(({ name }, index): Line => [
    span(
      `${index === 0 ? '' : '  '}${measures.length === 1 ? '' : `${signs[index] ?? '*'} `}`,
      tones[index % tones.length] ?? 'plain',
    ),
    span(cut(sanitizeLine(name).trim(), Math.max(4, width - 3))),
  ])
  return wrapLine(items.flat(), width)
}
