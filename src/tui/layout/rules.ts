import { itemAt } from '../state/chunked.ts'
import { isShown } from '../state/entry-filter.ts'
import { listWindow } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { grouped } from './format.ts'
import { lineWidth, rule, span, type Line } from './line.ts'

/** Below the header, with the beginning of the divider where there is a list. */
export const topRule = (columns: number, listWidth: number): Line =>
  listWidth === 0
    ? rule(columns)
    : [span(`${'─'.repeat(listWidth)}┬${'─'.repeat(Math.max(0, columns - listWidth - 1))}`, 'dim')]

/** Between list and transcripts; the rule below each title joins it. */
export const divider = (height: number, titleHeight: number, paneHeight = height): readonly Line[] =>
  joined(height, (row) => (row % Math.max(1, paneHeight) === titleHeight - 1 ? '├' : '│'))

/** Between two transcripts; the rules below their titles cross it. */
export const paneDivider = (height: number, titleHeight: number): readonly Line[] =>
  joined(height, (row) => (row === titleHeight - 1 ? '┼' : '│'))

const joined = (height: number, charAt: (row: number) => string): readonly Line[] =>
  Array.from({ length: height }, (_, row) => [span(charAt(row), 'dim')])

/** Above the footer: how many tasks are further down, and what is new below a transcript that was scrolled up. */
export const bottomRule = (state: WatchState, columns: number, listWidth: number): Line => {
  const { above, below } = listWindow(state)
  const more = [above > 0 ? `▲ ${grouped(above)}` : '', below > 0 ? `▼ ${grouped(below)}` : ''].filter(
    (text) => text !== '',
  )
  const left: Line = more.length === 0 ? [] : [span(` ${more.join('  ')} `, 'dim')]
  // Several transcripts say so each for itself.
  const right = (state.size.tiles ?? 1) > 1 ? [] : newBelow(state)
  if (listWidth === 0) return [...rule(columns - lineWidth(right) - 1), ...right, ...rule(1)]
  return [
    ...rule(Math.max(0, listWidth - lineWidth(left) - 1)),
    ...left,
    ...rule(Math.min(1, listWidth - lineWidth(left))),
    span('┴', 'dim'),
    ...rule(Math.max(0, columns - listWidth - 2 - lineWidth(right))),
    ...right,
    ...rule(1),
  ]
}

const mostCounted = 1_000

/** "▼ 12 new" while the end of the transcript is out of sight; nothing while it is followed. */
export const newBelow = ({ view, transcript }: WatchState): Line => {
  if (view.anchor === null || transcript === null) return []
  const { entries } = transcript
  let number = 0
  for (
    let index = Math.max(view.seenEnd, entries.start);
    index < entries.end && number < mostCounted;
    index++
  ) {
    const entry = itemAt(entries, index)
    if (entry !== undefined && isShown(entry, view.filter)) number++
  }
  const counted = `${grouped(number)}${number === mostCounted ? '+' : ''}`
  return number > 0 ? [span(` ▼ ${counted} new `, 'running')] : [span(' ▼ more ', 'dim')]
}
