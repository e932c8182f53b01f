import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Measure, Plot } from '../../../protocol/plot.ts'
import { lineWidth, padEnd, padStart, span, widthOf, type Line, type Tone } from '../line.ts'
import { numberText } from './number-text.ts'

interface Bar {
  readonly label: string
  /** Which measure it is; empty where there is only one. */
  readonly name: string
  readonly value: number | null
  readonly text: string
  readonly tone: Tone
}

const gap = ' '
const narrowestBar = 4

/**
 * A bar for each number, all from the same zero and on the same scale, with its label and its number. What is not 0 is
 * drawn, be it an eighth of a column; only what is largest fills its side.
 */
export const barLines = ({ labels, measures }: Plot, width: number, maxRows: number): readonly Line[] => {
  const several = measures.length > 1
  const bars = labels.slice(0, maxRows).flatMap((label, index) =>
    measures.map((measure, nth): Bar => ({
      label: nth === 0 ? clean(label) : '',
      name: several ? clean(measure.name) : '',
      ...numberAt(measure, index),
      tone: nth % 2 === 0 ? 'drawn' : 'drawn_other',
    })),
  )
  const columns = columnsFor(bars, width)
  // Over all of them, so that a bar has its length also where the others are folded.
  const draw = drawing(
    measures.flatMap(({ values }) => values.filter((value) => typeof value === 'number')),
    columns.bar,
  )
  return bars.map((bar) => barLine(bar, columns, draw))
}

const clean = (text: string): string => sanitizeLine(text).trim()

const numberAt = ({ values, texts }: Measure, index: number): Pick<Bar, 'value' | 'text'> => {
  const value = values[index] ?? null
  return { value, text: value === null ? '–' : clean(texts[index] ?? numberText(value)) }
}

interface Columns {
  readonly label: number
  readonly name: number
  readonly value: number
  readonly bar: number
}

const columnsFor = (bars: readonly Bar[], width: number): Columns => {
  const widest = (key: 'label' | 'name' | 'text'): number =>
    Math.max(0, ...bars.map((bar) => widthOf(bar[key])))
  const value = Math.min(widest('text'), Math.floor(width / 2))
  // The number is what counts: labels and bars share what it leaves.
  const forWords = width - value - gap.length - narrowestBar
  const nameWidth = Math.min(
    widest('name'),
    Math.floor(width * 0.25),
    Math.max(1, Math.floor(forWords / 2) - 1),
  )
  const beside = nameWidth === 0 ? 0 : nameWidth + gap.length
  const labelWidth = Math.floor(width * (nameWidth === 0 ? 0.4 : 0.25))
  const label = Math.min(widest('label'), labelWidth, Math.max(1, forWords - beside - gap.length))
  const taken = (label > 0 ? label + 1 : 0) + beside + value + 1
  return { label, name: nameWidth, value, bar: Math.max(narrowestBar, width - taken) }
}

type Draw = (value: number | null) => { readonly text: string; readonly isFixed: boolean }

const barLine = ({ label, name, value, text, tone }: Bar, columns: Columns, draw: Draw): Line => {
  const { text: bar, isFixed } = draw(value)
  const head: Line = [
    ...(columns.label > 0 ? [span(padEnd(label, columns.label) + gap)] : []),
    ...(columns.name > 0 ? [span(padEnd(name, columns.name) + gap, 'dim')] : []),
  ]
  const line: Line = [...head, span(bar, tone)]
  // Beside bars that go both ways the numbers stand below each other.
  const room = lineWidth(head) + columns.bar - lineWidth(line)
  const number = isFixed ? padStart(text, room + columns.value) : padEnd(text, columns.value).trimEnd()
  return [...line, span(`${bar === '' ? '' : gap}${number}`, value === null ? 'dim' : 'strong')]
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** How a value is drawn among these, in `width` columns. */
const drawing = (values: readonly number[], width: number): Draw => {
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  if (low === 0) {
    const perColumn = high / width
    return (value) => ({
      text: value === null ? '' : toTheRight(lengthOf(value, perColumn, width)),
      isFixed: false,
    })
  }
  const room = width - 1
  // Halves, because the two together can be more than a number holds.
  const share = -low / 2 / (high / 2 - low / 2)
  const left = high === 0 ? room : Math.min(room - 1, Math.max(1, Math.round(room * share)))
  const right = room - left
  const perColumn = Math.max(-low / left, right === 0 ? 0 : high / right)
  return (value) => {
    const below = value === null || value >= 0 ? '' : toTheLeft(lengthOf(-value, perColumn, left))
    const above = value === null || value <= 0 ? '' : toTheRight(lengthOf(value, perColumn, right))
    return { text: `${below.padStart(left)}│${above}`, isFixed: true }
  }
}

/** In eighths of a column. */
const lengthOf = (value: number, perColumn: number, most: number): number =>
  value === 0 ? 0 : Math.min(most * 8, Math.max(1, Math.round((value / perColumn) * 8)))

const toTheRight = (length: number): string =>
  '█'.repeat(Math.floor(length / 8)) + (eighths[length % 8] ?? '')

/** There are only halves that begin at the right. */
const toTheLeft = (length: number): string =>
  (length % 8 >= 4 || (length > 0 && length < 4) ? '▐' : '') + '█'.repeat(Math.floor(length / 8))
