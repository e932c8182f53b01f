import { countMatches, searchPattern } from '../state/entry-text.ts'
import { span, textOfLine, type Line, type Span } from './line.ts'

interface Highlighting {
  readonly query: string
  /** The match that the keys are on, counted from 0; a later one than there is means the last. Null for none. */
  readonly current: number | null
  /** Columns at the left that hold no text of the entry. */
  readonly from: number
}

interface Known extends Highlighting {
  readonly lines: readonly Line[]
}

const known = new WeakMap<readonly Line[], Known>()

/** The rows of an entry with every match in a tone of its own, also where it goes on in the next row. */
export const highlighted = (lines: readonly Line[], highlighting: Highlighting): readonly Line[] => {
  const before = known.get(lines)
  if (before?.query === highlighting.query && before.current === highlighting.current) return before.lines
  const result = mark(lines, highlighting)
  known.set(lines, { ...highlighting, lines: result })
  return result
}

/** How many matches the rows show. */
export const matchesIn = (lines: readonly Line[], query: string, from: number): number => {
  const pattern = searchPattern(query)
  return pattern === null ? 0 : countMatches(flowing(lines, from).text, pattern)
}

const mark = (lines: readonly Line[], { query, current, from }: Highlighting): readonly Line[] => {
  const pattern = searchPattern(query)
  if (pattern === null) return lines
  const { text, starts } = flowing(lines, from)
  const matches = [...text.matchAll(pattern)]
  if (matches.length === 0) return lines
  const currentMatch = current === null ? null : Math.min(current, matches.length - 1)
  const marked = [...lines]
  let row = 0
  matches.forEach((match, nth) => {
    const to = match.index + match[0].length
    while ((starts[row + 1]?.at ?? Number.POSITIVE_INFINITY) <= match.index) row++
    for (let part = row; (starts[part]?.at ?? Number.POSITIVE_INFINITY) < to; part++) {
      const { at, skipped } = starts[part] ?? { at: 0, skipped: 0 }
      const line = marked[part] ?? []
      const tone = nth === currentMatch ? 'current' : 'match'
      marked[part] = toned(line, Math.max(0, match.index - at) + skipped, to - at + skipped, tone)
    }
  })
  return marked
}

interface RowStart {
  /** Where the row's text begins in the whole. */
  readonly at: number
  /** How much of the row stands before its text. */
  readonly skipped: number
}

/** The rows as the text that they were before it was wrapped. */
const flowing = (lines: readonly Line[], from: number): { text: string; starts: readonly RowStart[] } => {
  const starts: RowStart[] = []
  let text = ''
  for (const line of lines) {
    const row = textOfLine(line)
    const body = row.slice(from)
    const trimmed = body.trimStart()
    starts.push({ at: text.length, skipped: row.length - trimmed.length })
    text += `${trimmed} `
  }
  return { text, starts }
}

const toned = (line: Line, from: number, to: number, tone: 'match' | 'current'): Line => {
  const spans: Span[] = []
  let at = 0
  for (const { text, tone: own } of line) {
    const cutFrom = Math.min(text.length, Math.max(0, from - at))
    const cutTo = Math.min(text.length, Math.max(0, to - at))
    const parts = [
      span(text.slice(0, cutFrom), own),
      span(text.slice(cutFrom, cutTo), tone),
      span(text.slice(Math.max(cutFrom, cutTo)), own),
    ]
    spans.push(...parts.filter((part) => part.text !== ''))
    at += text.length
  }
  return spans
}
