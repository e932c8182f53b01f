import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import { presentedIn, type CallEntry, type CallOutcome } from '../state/entry.ts'
import { callSummary } from './call-summary.ts'
import { delegatedLines, type DelegatedCall } from './delegated-lines.ts'
import { changesOf } from './diff/changes.ts'
import { clock, duration } from './format.ts'
import { bodyWidth, indent, timeColumn } from './hanging.ts'
import { cut, fitLine, lineWidth, padEnd, span, widthOf, type Line } from './line.ts'
import { resultLines, runningLines } from './result-lines.ts'
import { spinner } from './signs.ts'
import { wrap } from './wrap.ts'

export interface CallLayout {
  readonly width: number
  readonly unfolded: boolean
  /** What a running call has printed last; empty where nothing is known. */
  readonly output: string
  /** No if the results of calls are hidden; yes if left out. */
  readonly withResult?: boolean
  /** What a call of `delegate` has delegated. */
  readonly delegated?: DelegatedCall
  readonly nowMs: number
  readonly tick: number
}

const maxNameWidth = 40
const maxArgumentRows = 40
/** What a change of a file is shown as, instead of as an argument. */
const shownAsDiff = new Set(['old_text', 'new_text', 'content'])

/** A line for the call, and below it what it printed: folded to one line, or unfolded with its arguments. */
export const callLines = (entry: CallEntry, layout: CallLayout): readonly Line[] => {
  const { width, unfolded } = layout
  const body = bodyWidth(width)
  const below = [
    ...(unfolded && presentedIn(entry) === null ? argumentLines(entry, body) : []),
    ...(entry.outcome === null
      ? layout.delegated === undefined
        ? runningLines(entry, layout.output, unfolded, body)
        : delegatedLines(layout.delegated, layout, body)
      : layout.withResult === false
        ? []
        : resultLines(entry, entry.outcome, unfolded, body)),
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

/** The arguments that the line of the call does not show whole. */
const argumentLines = (entry: CallEntry, width: number): readonly Line[] => {
  const { name, args } = entry
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return []
  const told = cut(callSummary(name, args), width - widthOf(name) - 16)
  const isDiff = changesOf(entry) !== null
  return Object.entries(args).flatMap(([key, value]) => {
    if (isDiff && shownAsDiff.has(key)) return []
    const text = sanitize(typeof value === 'string' ? value : JSON.stringify(value)).trimEnd()
    if (told.includes(text)) return []
    const label = cut(sanitizeLine(key), 20)
    return wrap(text, width - widthOf(label) - 3, maxArgumentRows).map((row, index): Line => [
      span(`  ${padEnd(index === 0 ? label : '', widthOf(label))} `, 'dim'),
      span(row, 'dim'),
    ])
  })
}
