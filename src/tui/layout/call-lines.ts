import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import type { CallEntry, CallOutcome } from '../state/entry.ts'
import { callSummary } from './call-summary.ts'
import { clock, duration, plural, size } from './format.ts'
import { bodyWidth, indent, timeColumn } from './hanging.ts'
import { cut, fitLine, lineWidth, padEnd, span, widthOf, type Line, type Tone } from './line.ts'
import { spinner } from './signs.ts'
import { wrap } from './wrap.ts'

export interface CallLayout {
  readonly width: number
  readonly unfolded: boolean
  /** What a running call has printed last; empty where nothing is known. */
  readonly output: string
  readonly nowMs: number
  readonly tick: number
}

const maxNameWidth = 40
const maxArgumentRows = 40
const maxResultRows = 500
const maxOutputRows = 3

/** A line for the call, and below it what it printed: folded to one line, or unfolded with its arguments. */
export const callLines = (entry: CallEntry, layout: CallLayout): readonly Line[] => {
  const { width, unfolded } = layout
  const body = bodyWidth(width)
  const below = [
    ...(unfolded ? argumentLines(entry, body) : []),
    ...(entry.outcome === null
      ? outputLines(layout.output, body)
      : resultLines(entry.outcome, unfolded, body)),
  ]
  return [headLine(entry, layout), ...below.map((line) => [...indent(width), ...line])]
}

const headLine = (entry: CallEntry, { width, nowMs, tick }: CallLayout): Line => {
  const right = entry.outcome === null ? runningFor(entry.ts, nowMs, tick) : outcomeSign(entry.outcome)
  const name = cut(sanitizeLine(entry.name), maxNameWidth)
  const space = Math.max(1, bodyWidth(width) - lineWidth(right) - 2)
  const summary = cut(callSummary(entry.name, entry.args), Math.max(0, space - widthOf(name) - 4))
  const left: Line = [span('⚙ ', 'dim'), span(name, 'strong'), span(summary === '' ? '' : `  ${summary}`)]
  return [...timeColumn(entry.ts, width), ...fitLine(left, space), span('  '), ...right]
}

const runningFor = (ts: string, nowMs: number, tick: number): Line => [
  span(`${clock(nowMs - Date.parse(ts))} ${spinner(tick)}`, 'running'),
]

const outcomeSign = ({ status, durationMs }: CallOutcome): Line => {
  switch (status) {
    case 'ok':
      return [span(`${duration(durationMs)} `, 'dim'), span('✓', 'done')]
    case 'error':
      return [span(`${duration(durationMs)} `, 'dim'), span('✗', 'failed')]
    case 'denied':
      return [span('denied ✗', 'waiting')]
    case 'interrupted':
      return [span('interrupted !', 'waiting')]
  }
}

const resultLines = (outcome: CallOutcome, unfolded: boolean, width: number): readonly Line[] => {
  const text = sanitize(outcome.text).trimEnd()
  if (text === '') return [[span('└ ', 'dim'), span('no output', 'dim')]]
  return unfolded ? wholeResult(text, outcome, width) : [foldedResult(text, outcome, width)]
}

const foldedResult = (text: string, outcome: CallOutcome, width: number): Line => {
  const firstLine = text.trimStart().split('\n', 1)[0] ?? ''
  const more = lineCount(text) - 1
  const extent = outcome.truncated
    ? ` · ${size(outcome.bytes)} ▸`
    : more > 0
      ? ` · ${plural(more + 1, 'line')} ▸`
      : ''
  const tone: Tone = outcome.status === 'error' ? 'failed' : 'dim'
  const shown = cut(firstLine.replaceAll('\t', ' '), width - 2 - widthOf(extent))
  return [span('└ ', 'dim'), span(shown, tone), span(extent, 'dim')]
}

const wholeResult = (text: string, outcome: CallOutcome, width: number): readonly Line[] => {
  const diff = outcome.details['diff']
  const isDiff = typeof diff === 'string'
  const shown = isDiff ? sanitize(diff).trimEnd() : text
  const rows = wrap(shown, width - 2, maxResultRows)
  const lines = rows.map((row, index): Line => [
    span(index === 0 ? '└ ' : '  ', 'dim'),
    span(row, isDiff ? diffTone(row) : outcome.status === 'error' ? 'failed' : 'plain'),
  ])
  if (outcome.truncated) return [...lines, [span(`  … only a part of ${size(outcome.bytes)} is here`, 'dim')]]
  return rows.length < maxResultRows
    ? lines
    : [...lines, [span(`  … ${plural(lineCount(shown), 'line')} in all`, 'dim')]]
}

const diffTone = (row: string): Tone =>
  row.startsWith('+') ? 'done' : row.startsWith('-') ? 'failed' : 'dim'

const outputLines = (output: string, width: number): readonly Line[] => {
  const rows = sanitize(output).trimEnd().split('\n').slice(-maxOutputRows)
  return rows
    .filter((row) => row !== '')
    .map((row, index) => [
      span(index === 0 ? '└ ' : '  ', 'dim'),
      span(cut(row.replaceAll('\t', ' '), width - 2), 'dim'),
    ])
}

/** The arguments that the line of the call does not show whole. */
const argumentLines = ({ name, args }: CallEntry, width: number): readonly Line[] => {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return []
  const told = cut(callSummary(name, args), width - widthOf(name) - 16)
  return Object.entries(args).flatMap(([key, value]) => {
    const text = sanitize(typeof value === 'string' ? value : JSON.stringify(value)).trimEnd()
    if (told.includes(text)) return []
    const label = cut(sanitizeLine(key), 20)
    return wrap(text, width - widthOf(label) - 3, maxArgumentRows).map((row, index): Line => [
      span(`  ${padEnd(index === 0 ? label : '', widthOf(label))} `, 'dim'),
      span(row, 'dim'),
    ])
  })
}

const lineCount = (text: string): number => {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
