import type { FailureCode } from '../../protocol/failure.ts'
import { sanitize } from '../../protocol/sanitize.ts'
import type { FailureEntry } from '../state/entry.ts'
import { adviceOn, type Advice } from './advice.ts'
import { bodyWidth, hanging, indent } from './hanging.ts'
import { span, type Line, type Tone } from './line.ts'
import { wrap } from './wrap.ts'

const maxRows = 50
const labelWidth = 8

/** An error on the way is a warning where another try may help, and says itself when that comes; the one that ended a task says what it means and what to try. */
export const failureLines = (
  entry: FailureEntry,
  width: number,
  advise: (code: FailureCode) => Advice = adviceOn,
): readonly Line[] => {
  const { ts, code, final, retryable } = entry
  const goesOn = retryable && !final
  const tone: Tone = goesOn ? 'waiting' : 'failed'
  const rows = wrap(sanitize(entry.message), bodyWidth(width) - 2, maxRows)
  const told = hanging({ ts, width, sign: span(goesOn ? '↻ ' : '✗ ', tone), rows, tone })
  if (!final) return told
  const { means, tryThis } = advise(code)
  return [
    ...told,
    ...labelled('code', code, 'dim', width),
    ...labelled('means', means, 'plain', width),
    ...(tryThis === null ? [] : labelled('try', tryThis, 'strong', width)),
  ]
}

const labelled = (label: string, text: string, tone: Tone, width: number): readonly Line[] =>
  wrap(text, bodyWidth(width) - labelWidth).map((row, index) => [
    ...indent(width),
    span(`  ${index === 0 ? label : ''}`.padEnd(labelWidth), 'dim'),
    span(row, tone),
  ])
