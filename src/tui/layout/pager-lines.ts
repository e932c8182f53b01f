import { sanitizeLine } from '../../protocol/sanitize.ts'
import { mostMatches, pagerDocument, pagerHeight, type Pager } from '../state/pager.ts'
import type { WatchState } from '../state/watch-state.ts'
import { grouped, plural } from './format.ts'
import { span, spread, type Line } from './line.ts'
import { viewAt } from './viewport.ts'

/** Which entry it is, how long, and how far down the screen is. */
export const pagerHeading = (pager: Pager, size: WatchState['size']): Line => {
  const { paged, waitsFor } = pager
  const { rows, atEnd } = viewAt(pagerDocument(pager, size.columns), pager.anchor, pagerHeight(size))
  const last = rows.at(-1)?.index ?? 0
  const share = Math.floor((100 * (paged.starts[last] ?? 0)) / Math.max(1, paged.text.length))
  const place = atEnd ? 'end' : `${share} %`
  const right: Line = [
    ...(waitsFor === null ? [] : [span(' loading the rest … ', 'waiting')]),
    span(`  ${plural(paged.lines, 'line')} · ${place} `, 'dim'),
  ]
  return spread([span(` ${sanitizeLine(pager.title)}`, 'strong')], right, size.columns)
}

/** "3/17" of a search; empty where nothing is searched. */
export const pagerPlace = ({ query, matches, current }: Pager): string => {
  if (query.trim() === '') return ''
  if (matches.length === 0) return 'not found'
  const place = current === null ? '' : `${grouped(current + 1)}/`
  return `${place}${grouped(matches.length)}${matches.length === mostMatches ? '+' : ''}`
}
