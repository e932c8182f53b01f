import { showingRow, type Anchor } from '../layout/viewport.ts'
import { itemAt, type Chunked } from './chunked.ts'
import { emptyLine, lineText, type EditLine } from './edit-line.ts'
import type { Entry } from './entry.ts'
import { isShown, type EntryFilter } from './entry-filter.ts'
import { countMatches, entryText } from './entry-text.ts'
import { matchesShownAt, transcriptDocument } from './selectors.ts'
import { anchored, heightOf, topIndexOf, withView } from './view.ts'
import type { WatchState } from './watch-state.ts'

/** A search in a transcript. It is looked through piece by piece, so that no key waits for a long one. */
export interface Find {
  readonly query: string
  /** What the screen showed when the search was opened. */
  readonly before: { readonly anchor: Anchor; readonly cursor: number | null }
  /** Entries that match, in order. */
  readonly hits: readonly Hit[]
  /** Every entry before this index was looked at. */
  readonly lookedTo: number
  /** From where on the first match is still to be found and shown; null when the keys say which. */
  readonly seekFrom: number | null
  readonly current: { readonly index: number; readonly nth: number } | null
}

export interface Hit {
  readonly index: number
  readonly count: number
}

export const openFind = (state: WatchState): WatchState => {
  const { anchor, cursor, find } = state.view
  const line: EditLine = find === null ? emptyLine : { before: find.query, after: '' }
  const before = find?.before ?? { anchor, cursor }
  const opened: WatchState = { ...state, mode: { kind: 'find', line } }
  return withView(opened, {
    find: {
      query: lineText(line),
      before,
      hits: [],
      lookedTo: 0,
      seekFrom: topIndexOf(state),
      current: null,
    },
  })
}

/** Another word is looked for, from where the screen was when the search was opened. */
export const withQuery = (state: WatchState, query: string): WatchState => {
  const { find } = state.view
  if (find === null || find.query === query) return state
  const back = withView(state, find.before)
  const seekFrom = topIndexOf(back)
  return withView(back, { find: { ...find, query, hits: [], lookedTo: 0, seekFrom, current: null } })
}

/** Looks anew, because other entries are shown; stays where it is. */
export const lookAgain = (state: WatchState): WatchState => {
  const { find } = state.view
  return find === null ? state : withView(state, { find: { ...find, hits: [], lookedTo: 0 } })
}

/** Ends the search. */
export const closeFind = (state: WatchState, where: 'back' | 'here'): WatchState => {
  const { find } = state.view
  if (find === null) return state
  return withView(state, { ...(where === 'back' ? find.before : {}), find: null })
}

/** Hits in the entries from `from` on, for as long as `mayGoOn` says so. */
export const lookThrough = (
  entries: Chunked<Entry>,
  { pattern, filter, from }: { pattern: RegExp; filter: EntryFilter; from: number },
  mayGoOn: () => boolean,
): { hits: readonly Hit[]; lookedTo: number } => {
  const hits: Hit[] = []
  let index = Math.max(from, entries.start)
  for (; index < entries.end && mayGoOn(); index++) {
    const entry = itemAt(entries, index)
    if (entry === undefined || !isShown(entry, filter)) continue
    const count = countMatches(entryText(entry), pattern)
    if (count > 0) hits.push({ index, count })
  }
  return { hits, lookedTo: index }
}

export interface Found {
  readonly taskId: string
  readonly query: string
  readonly from: number
  readonly hits: readonly Hit[]
  readonly lookedTo: number
}

/** What was found in the entries from `from` to `lookedTo`; shows the first match as soon as it is known. */
export const withFound = (state: WatchState, found: Found): WatchState => {
  const { find } = state.view
  if (find === null || find.query !== found.query || state.transcript?.taskId !== found.taskId) return state
  const { start, end } = state.transcript.entries
  const { hits: before } = find
  const isBehind = (before.at(-1)?.index ?? -1) < found.from && (before[0]?.index ?? start) >= start
  const kept = isBehind
    ? before
    : before.filter(({ index }) => index >= start && (index < found.from || index >= found.lookedTo))
  const hits = isBehind
    ? [...kept, ...found.hits]
    : [...kept, ...found.hits].sort((a, b) => a.index - b.index)
  const lookedTo = Math.max(find.lookedTo, found.lookedTo)
  const next = withView(state, { find: { ...find, hits, lookedTo } })
  if (find.seekFrom === null) return next
  const { seekFrom } = find
  const first = hits.find(({ index }) => index >= seekFrom) ?? (lookedTo >= end ? hits[0] : undefined)
  return first === undefined ? next : showMatch(next, { index: first.index, nth: 0 })
}

/** The next match, or the one before; after the last the first. */
export const stepMatch = (state: WatchState, step: 1 | -1): WatchState => {
  const { find } = state.view
  if (find === null || find.hits.length === 0) return state
  const at = find.current ?? { index: state.view.cursor ?? topIndexOf(state), nth: -1 }
  const nth = at.nth + step
  if (find.current !== null && nth >= 0 && nth < matchesShownAt(state, at.index)) {
    return showMatch(state, { index: at.index, nth })
  }
  const { hits } = find
  const hit =
    step === 1
      ? (hits.find(({ index }) => index > at.index) ?? hits[0])
      : (hits.findLast(({ index }) => index < at.index) ?? hits.at(-1))
  if (hit === undefined) return state
  const shown = showMatch(state, { index: hit.index, nth: 0 })
  return step === 1
    ? shown
    : showMatch(shown, { index: hit.index, nth: matchesShownAt(shown, hit.index) - 1 })
}

/** "3/17", with a sign while not everything was looked at. */
export const placeOfMatch = (state: WatchState): string => {
  const { find } = state.view
  if (find === null || find.query.trim() === '') return ''
  const isWhole = find.lookedTo >= (state.transcript?.entries.end ?? 0)
  let total = 0
  let place = 0
  for (const { index, count } of find.hits) {
    if (index === find.current?.index) place = total + Math.min(find.current.nth + 1, count)
    total += count
  }
  if (total === 0) return isWhole ? 'not found' : '…'
  return `${place === 0 ? '' : `${place.toLocaleString('en-US')}/`}${total.toLocaleString('en-US')}${isWhole ? '' : '…'}`
}

/** On which row of its entry the current match stands; null where no row shows it. */
export const rowOfMatch = (state: WatchState): number | null => {
  const { current } = state.view.find ?? { current: null }
  if (current === null) return null
  const rows = transcriptDocument(state).rowsOf(current.index)
  const row = rows.findIndex((line) => line.some(({ tone }) => tone === 'current'))
  return row === -1 ? null : row
}

const showMatch = (state: WatchState, current: NonNullable<Find['current']>): WatchState => {
  const { find } = state.view
  if (find === null) return state
  const at = withView(state, { find: { ...find, current, seekFrom: null }, cursor: current.index })
  const position = { index: current.index, row: rowOfMatch(at) ?? 0 }
  const anchor = showingRow(transcriptDocument(at), state.view.anchor, heightOf(state), position)
  return withView(at, anchored(state, anchor))
}
