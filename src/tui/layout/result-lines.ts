import { sanitize } from '../../protocol/sanitize.ts'
import type { CallEntry, CallOutcome } from '../state/entry.ts'
import { presentedIn } from '../state/entry.ts'
import { presentationLines } from './chart/presentation-lines.ts'
import { changesOf } from './diff/changes.ts'
import { delegatedNumber } from './delegated-lines.ts'
import { changeCount, diffLines } from './diff/diff-lines.ts'
import { plural, size } from './format.ts'
import { cut, lineWidth, span, widthOf, type Line, type Span, type Tone } from './line.ts'
import { wrap } from './wrap.ts'

const maxResultRows = 500
const maxDiffRows = { folded: 8, unfolded: 300 }
const maxDrawnRows = { folded: 12, unfolded: 300 }
/** What stands beside the title: the tool's name, signs and the time. */
const callWords = 26
const maxOutputRows = { folded: 3, unfolded: 20 }

/** What a call gave: one line of it, or unfolded all of it; what it changed in a file stands below. */
export const resultLines = (
  entry: CallEntry,
  outcome: CallOutcome,
  unfolded: boolean,
  width: number,
): readonly Line[] => {
  const presentation = presentedIn(entry)
  if (presentation !== null) {
    // The line of the call has room for a short one.
    const isTitleAbove = presentation.title.length <= width - callWords
    const maxRows = unfolded ? maxDrawnRows.unfolded : maxDrawnRows.folded
    return presentationLines(presentation, { width, maxRows, untitled: isTitleAbove, isFolded: !unfolded })
  }
  const text = printed(outcome.text).trimEnd()
  const changes = changesOf(entry)
  if (changes !== null) {
    const maxRows = unfolded ? maxDiffRows.unfolded : maxDiffRows.folded
    return [
      foldedLine({ text, extent: ` · ${changeCount(changes)}`, tone: 'dim', width }),
      ...diffLines(changes, width - 2, maxRows).map((line) => [span('  '), ...line]),
    ]
  }
  if (text === '') return [[span('└ ', 'dim'), span('no output', 'dim')]]
  return unfolded ? wholeResult(text, outcome, width) : [foldedResult(text, outcome, width)]
}

/** The last that a running call has printed, and what it is about to change. */
export const runningLines = (
  entry: CallEntry,
  output: string,
  unfolded: boolean,
  width: number,
): readonly Line[] => {
  const changes = changesOf(entry)
  if (changes !== null) {
    const maxRows = unfolded ? maxDiffRows.unfolded : maxDiffRows.folded
    return diffLines(changes, width - 2, maxRows).map((line) => [span('  '), ...line])
  }
  const rows = printed(output)
    .split('\n')
    .filter((row) => row.trim() !== '')
    .slice(-(unfolded ? maxOutputRows.unfolded : maxOutputRows.folded))
  return rows.map((row, index) => [
    span(index === 0 ? '└ ' : '  ', 'dim'),
    span(cut(row.replaceAll('\t', ' '), width - 2), 'dim'),
  ])
}

/** Clean. A carriage return is a line break: a terminal would write over the line, but nothing may be hidden here. */
const printed = (text: string): string => sanitize(text.replaceAll(/\r\n?/g, '\n'))

const foldedResult = (text: string, outcome: CallOutcome, width: number): Line => {
  const lines = lineCount(text)
  const extent = outcome.truncated
    ? ` · ${size(outcome.bytes)} ▸`
    : lines > 1
      ? ` · ${plural(lines, 'line')} ▸`
      : ''
  const tone: Tone = outcome.status === 'error' ? 'failed' : 'dim'
  const head = delegatedNumber(outcome.details)
  return foldedLine({ text: whatMatters(text, outcome), extent, tone, width, head })
}

interface FoldedLine {
  readonly text: string
  readonly extent: string
  readonly tone: Tone
  readonly width: number
  /** What stands before the text. */
  readonly head?: readonly Span[]
}

const foldedLine = ({ text, extent, tone, width, head = [] }: FoldedLine): Line => {
  const firstLine = text.trimStart().split('\n', 1)[0] ?? ''
  const shown = cut(firstLine.replaceAll('\t', ' '), width - 2 - lineWidth(head) - widthOf(extent))
  return [span('└ ', 'dim'), ...head, span(shown, tone), span(extent, 'dim')]
}

/**
 * Of most results the first line. Of a command the last one, because a build or a test tells there how it went; of one
 * that failed its exit code and the line that looks like the error.
 */
const whatMatters = (text: string, { details, status }: CallOutcome): string => {
  const exitCode = details['exit_code']
  if (exitCode === undefined) return text
  const lines = text
    .slice(-maxLookedAt)
    .split('\n')
    .filter((line) => line.trim() !== '')
  if (status === 'ok') return lines.length > 1 ? `… ${lines.at(-1)?.trim() ?? ''}` : text
  const said = lines.filter((line) => !/^\[.*\]$/.test(line))
  const error = said.find((line) => errorWords.test(line)) ?? said.at(-1) ?? ''
  const note = lines.at(-1)?.replaceAll(/^\[|\]$/g, '') ?? ''
  return error === '' ? note : `${note} · ${error.trim()}`
}

const maxLookedAt = 20_000
const errorWords =
  /\b(?:error|fail(?:ed|ure)?|fatal|cannot|can't|not found|no such|denied|exception|panic)\b/i

const wholeResult = (text: string, outcome: CallOutcome, width: number): readonly Line[] => {
  const rows = wrap(text, width - 2, maxResultRows)
  const tone: Tone = outcome.status === 'error' ? 'failed' : 'plain'
  const lines = rows.map((row, index): Line => [span(index === 0 ? '└ ' : '  ', 'dim'), span(row, tone)])
  if (outcome.truncated) return [...lines, [span(`  … only a part of ${size(outcome.bytes)} is here`, 'dim')]]
  return rows.length < maxResultRows
    ? lines
    : [...lines, [span(`  … ${plural(lineCount(text), 'line')} in all, ⏎ shows them`, 'dim')]]
}

const lineCount = (text: string): number => {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
