import QuickLRU from 'quick-lru'
import { sanitize } from '../../protocol/sanitize.ts'
import { isUnderWay, type Entry, type NoteEntry, type TextEntry } from '../state/entry.ts'
import type { Stream } from '../state/stream.ts'
import { callLines, type CallLayout } from './call-lines.ts'
import { failureLines } from './failure-lines.ts'
import { bodyWidth, hanging, hangingLines } from './hanging.ts'
import { span, type Line, type Tone } from './line.ts'
import { growingMarkdownLines, markdownLines } from './markdown/markdown-lines.ts'
import { nodeLines, searchLines, summaryLines } from './workflow-lines.ts'
import { statusSign, statusTone } from './signs.ts'
import { wrap } from './wrap.ts'

const maxNoteRows = 50

interface Cached {
  readonly width: number
  readonly unfolded: boolean
  readonly withResult: boolean
  readonly lines: readonly Line[]
}

/** Some screens full: what has scrolled away is laid out anew when it comes back, instead of kept with its entry. */
const cache = new QuickLRU<Entry, Cached>({ maxSize: 1_000 })

/** An entry as rows of at most `width` columns, clean. Remembered while it is looked at, unless it is still changing. */
export const entryLines = (entry: Entry, layout: CallLayout): readonly Line[] => {
  if (isUnderWay(entry)) return build(entry, layout)
  const { width, unfolded, withResult = true } = layout
  const cached = cache.get(entry)
  if (cached?.width === width && cached.unfolded === unfolded && cached.withResult === withResult) {
    return cached.lines
  }
  const lines = build(entry, layout)
  cache.set(entry, { width, unfolded, withResult, lines })
  return lines
}

/** Text that is still being written, with its cursor; nothing before it has begun. */
export const streamLines = (
  stream: Stream,
  voice: 'thought' | 'assistant',
  width: number,
): readonly Line[] => {
  if (stream.text === '') return []
  const lines = spoken({ ts: stream.ts, voice }, width, (room) =>
    growingMarkdownLines(`${stream.ts} ${voice}`, stream.text, room),
  )
  return lines.map((line, index) => (index === lines.length - 1 ? [...line, span('▌', 'running')] : line))
}

const build = (entry: Entry, layout: CallLayout): readonly Line[] => {
  switch (entry.kind) {
    case 'note':
      return noteLines(entry, layout.width)
    case 'text':
      return textLines(entry, layout.width)
    case 'call':
      return callLines(entry, layout)
    case 'failure':
      return failureLines(entry, layout.width)
    case 'node':
      return nodeLines(entry, layout)
    case 'search':
      return searchLines(entry, layout)
    case 'summary':
      return summaryLines(entry, layout)
  }
}

const noteLines = ({ ts, text, status }: NoteEntry, width: number): readonly Line[] => {
  const isMilestone =
    status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'waiting'
  const tone: Tone = isMilestone ? statusTone(status) : 'dim'
  const sign = span(isMilestone ? `${statusSign(status, 0)} ` : '', tone)
  const rows = wrap(sanitize(text), bodyWidth(width) - sign.text.length, maxNoteRows)
  return hanging({ ts, width, sign, rows, tone })
}

const textLines = (entry: TextEntry, width: number): readonly Line[] =>
  spoken(entry, width, (room) =>
    entry.voice === 'user'
      ? wrap(sanitize(entry.text).trimEnd(), room).map((row) => [span(row)])
      : markdownLines(entry.text, room),
  )

const signs = { thought: span('… ', 'dim'), user: span('> ', 'strong'), assistant: span('') } as const

const spoken = (
  { ts, voice }: Pick<TextEntry, 'ts' | 'voice'>,
  width: number,
  linesIn: (width: number) => readonly Line[],
): readonly Line[] => {
  const sign = signs[voice]
  // One column is kept for the cursor of text that is still being written.
  const lines = linesIn(bodyWidth(width) - sign.text.length - 1)
  return hangingLines({ ts, width, sign, lines: voice === 'thought' ? lines.map(dimmed) : lines })
}

const dimmed = (line: Line): Line =>
  line.map(({ text, tone }) => span(text, tone === 'strong' || tone === 'dim' ? tone : 'dim'))
