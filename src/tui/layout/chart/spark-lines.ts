import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Measure, Plot, PlotValue } from '../../../protocol/plot.ts'
import { cut, lineWidth, padEnd, span, widthOf, type Line } from '../line.ts'
import { numberText } from './number-text.ts'
import { domainOf, shareOf } from './scale.ts'

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const narrowestSpark = 6

/** A row of small columns for each measure, with its least, its greatest and its last number; each on its own scale. */
export const sparkLines = ({ measures }: Plot, width: number): readonly Line[] => {
  const names = measures.map(({ name }) =>
    measures.length === 1 && name === 'value' ? '' : sanitizeLine(name).trim(),
  )
  const nameWidth = Math.min(Math.max(0, ...names.map(widthOf)), Math.floor(width * 0.3))
  return measures.flatMap((measure, index) => {
    const head: Line = nameWidth === 0 ? [] : [span(`${padEnd(names[index] ?? '', nameWidth)} `)]
    return sparkOf(measure, head, width)
  })
}

const sparkOf = ({ values }: Measure, head: Line, width: number): readonly Line[] => {
  const numbers = values.filter((value) => typeof value === 'number')
  const facts: Line = [
    span('min ', 'dim'),
    span(numberText(Math.min(...numbers))),
    span(' · max ', 'dim'),
    span(numberText(Math.max(...numbers))),
    span(' · last ', 'dim'),
    span(numberText(numbers.at(-1) ?? 0), 'strong'),
  ]
  if (numbers.length === 0) return [[...head, span('–', 'dim')]]
  const beside = width - lineWidth(head) - lineWidth(facts) - 2
  const isBeside = beside >= Math.min(values.length, narrowestSpark)
  const spark = span(sparkText(values, isBeside ? beside : width - lineWidth(head)), 'drawn')
  if (isBeside) return [[...head, spark, span('  '), ...facts]]
  return [[...head, spark], facts.length === 0 ? [] : shortened(facts, width)]
}

/** Facts that are too wide lose their words, not their numbers. */
const shortened = (facts: Line, width: number): Line => {
  if (lineWidth(facts) <= width) return facts
  const [, least, , greatest, , last] = facts
  const text = `${least?.text ?? ''}…${greatest?.text ?? ''}, ${last?.text ?? ''}`
  return [span(cut(text, width), 'strong')]
}

/** One sign for each value, or for the mean of as many as share a column; a space for a gap. */
export const sparkText = (values: readonly PlotValue[], columns: number): string => {
  const shared = shareColumns(values, Math.max(1, columns))
  const numbers = shared.filter((value) => value !== null)
  // One number only has no height: it is drawn half way up.
  const isLevel = numbers.every((value) => value === numbers[0])
  const domain = isLevel ? { low: 0, high: 0 } : domainOf(numbers)
  return shared
    .map((value) =>
      value === null ? ' ' : (levels[Math.round(shareOf(value, domain) * (levels.length - 1))] ?? '▁'),
    )
    .join('')
}

const shareColumns = (values: readonly PlotValue[], columns: number): readonly (number | null)[] => {
  if (values.length <= columns) return values.map((value) => value ?? null)
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns)
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / columns))
    const numbers = values.slice(from, to).filter((value) => typeof value === 'number')
    // Divided first: the sum can be more than a number holds.
    return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value / numbers.length, 0)
  })
}
