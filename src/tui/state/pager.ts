import { sanitize } from '../../protocol/sanitize.ts'
import { highlighted } from '../layout/highlight.ts'
import { span, type Line } from '../layout/line.ts'
import { scrolledBy, showingRow, viewAt, type Anchor, type LongDocument } from '../layout/viewport.ts'
import { wrap } from '../layout/wrap.ts'
import { editWith, emptyLine, insert, lineText, type EditLine } from './edit-line.ts'
import { searchPattern } from './entry-text.ts'
import type { KeyPress } from './key-names.ts'
import { verbOf, type Verb } from './keymap.ts'
import { pagedText, pieceAt, pieceOf, type PagedText } from './paged-text.ts'
import type { WatchState } from './watch-state.ts'

/** One entry on the whole screen, with everything that is in it. */
export interface Pager {
  readonly title: string
  /** Of whose result the rest is still to come; null where nothing is. */
  readonly waitsFor: string | null
  readonly paged: PagedText
  readonly anchor: Anchor
  /** What is being typed to be searched; null while nothing is. */
  readonly typing: EditLine | null
  readonly query: string
  /** Positions in the text, in order. */
  readonly matches: readonly number[]
  /** Which of them the keys are on. */
  readonly current: number | null
  /** Where the screen was when the search was opened. */
  readonly before: Anchor
}

export const openPager = (title: string, text: string, waitsFor: string | null): Pager => ({
  title,
  waitsFor,
  paged: pagedText(text),
  anchor: { index: 0, row: 0 },
  typing: null,
  query: '',
  matches: [],
  current: null,
  before: null,
})

/** The whole of what was there in part; the screen stays where it is. */
export const withWholeText = (pager: Pager, text: string): Pager => {
  const whole = { ...pager, waitsFor: null, paged: pagedText(text) }
  return pager.query === '' ? whole : { ...whole, matches: matchesOf(text, pager.query), current: null }
}

/** The text as rows; only those that are visible are ever laid out. */
export const pagerDocument = ({ paged, query, matches, current }: Pager, width: number): LongDocument => ({
  start: 0,
  end: paged.starts.length,
  rowsOf: (index) => {
    const rows = wrap(sanitize(pieceAt(paged, index)), width).map((row): Line => [span(row)])
    if (query === '') return rows
    const position = current === null ? undefined : matches[current]
    const isHere = position !== undefined && pieceOf(paged, position) === index
    const first = isHere ? matches.findIndex((match) => match >= (paged.starts[index] ?? 0)) : 0
    return highlighted(rows, { query, current: isHere && current !== null ? current - first : null, from: 0 })
  },
})

export const pagerHeight = ({ rows }: WatchState['size']): number => Math.max(0, rows - 2)

/** A key in the pager; null where it closes it. */
export const pagerTyped = (pager: Pager, press: KeyPress, size: WatchState['size']): Pager | null => {
  if (pager.typing !== null) return searchTyped(pager, pager.typing, press, size)
  const verb = press.kind === 'key' ? verbOf(press.name) : null
  const move = verb === null ? undefined : moves[verb]
  return move === undefined ? pager : move(pager, size)
}

type Move = (pager: Pager, size: WatchState['size']) => Pager | null

const pageRows = (size: WatchState['size']): number => Math.max(1, pagerHeight(size) - 1)

const moves: Readonly<Partial<Record<Verb, Move>>> = {
  previous: (pager, size) => scrolled(pager, -1, size),
  next: (pager, size) => scrolled(pager, 1, size),
  open: (pager, size) => scrolled(pager, 1, size),
  page_up: (pager, size) => scrolled(pager, -pageRows(size), size),
  page_down: (pager, size) => scrolled(pager, pageRows(size), size),
  fold: (pager, size) => scrolled(pager, pageRows(size), size),
  top: (pager) => ({ ...pager, anchor: { index: 0, row: 0 } }),
  follow: (pager) => ({ ...pager, anchor: null }),
  search: (pager) => ({ ...pager, typing: emptyLine, before: pager.anchor }),
  next_match: (pager, size) => stepped(pager, 1, size),
  previous_match: (pager, size) => stepped(pager, -1, size),
  back: (pager) => (pager.query === '' ? null : { ...pager, query: '', matches: [], current: null }),
  quit: () => null,
}

const scrolled = (pager: Pager, rows: number, size: WatchState['size']): Pager => ({
  ...pager,
  anchor: scrolledBy(pagerDocument(pager, size.columns), pager.anchor, pagerHeight(size), rows),
})

const searchTyped = (pager: Pager, line: EditLine, press: KeyPress, size: WatchState['size']): Pager => {
  const key = press.kind === 'key' ? press.name : ''
  if (key === 'return') return { ...pager, typing: null }
  if (key === 'escape') {
    return { ...pager, typing: null, query: '', matches: [], current: null, anchor: pager.before }
  }
  const typing = press.kind === 'paste' ? insert(line, press.text) : editWith(line, press.name)
  const query = lineText(typing)
  const matches = matchesOf(pager.paged.text, query)
  const next = { ...pager, typing, query, matches, current: null, anchor: pager.before }
  const top = pager.paged.starts[topOf(next, size)] ?? 0
  const first = matches.findIndex((position) => position >= top)
  return matches.length === 0 ? next : shown(next, Math.max(0, first), size)
}

/** More are not counted: nobody steps through them. */
export const mostMatches = 10_000

const matchesOf = (text: string, query: string): readonly number[] => {
  const pattern = searchPattern(query)
  const matches: number[] = []
  if (pattern === null) return matches
  for (const { index } of text.matchAll(pattern)) {
    matches.push(index)
    if (matches.length === mostMatches) break
  }
  return matches
}

const stepped = (pager: Pager, step: 1 | -1, size: WatchState['size']): Pager => {
  const { matches, current } = pager
  if (matches.length === 0) return pager
  return shown(pager, ((current ?? -1) + step + matches.length) % matches.length, size)
}

const shown = (pager: Pager, current: number, size: WatchState['size']): Pager => {
  const at = { ...pager, current }
  const document = pagerDocument(at, size.columns)
  const index = pieceOf(pager.paged, pager.matches[current] ?? 0)
  const rows = document.rowsOf(index)
  const row = rows.findIndex((line) => line.some(({ tone }) => tone === 'current'))
  const anchor = showingRow(document, pager.anchor, pagerHeight(size), { index, row: Math.max(0, row) })
  return { ...at, anchor }
}

const topOf = (pager: Pager, size: WatchState['size']): number =>
  viewAt(pagerDocument(pager, size.columns), pager.anchor, pagerHeight(size)).rows[0]?.index ?? 0
