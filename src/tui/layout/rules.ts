import { listWindow } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { grouped } from './format.ts'
import { lineWidth, rule, span, type Line } from './line.ts'

/** Below the header, with the beginning of the divider. */
export const topRule = (columns: number, listWidth: number): Line => [
  span(`${'─'.repeat(listWidth)}┬${'─'.repeat(Math.max(0, columns - listWidth - 1))}`, 'dim'),
]

/** Between list and transcript; the rule below the title joins it. */
export const divider = (height: number, titleHeight: number): readonly Line[] =>
  Array.from({ length: height }, (_, row) => [span(row === titleHeight - 1 ? '├' : '│', 'dim')])

/** Above the footer: how many tasks are further down, and what is new below a transcript that was scrolled up. */
export const bottomRule = (state: WatchState, columns: number, listWidth: number): Line => {
  const { above, below } = listWindow(state)
  const more = [above > 0 ? `▲ ${grouped(above)}` : '', below > 0 ? `▼ ${grouped(below)}` : ''].filter(
    (text) => text !== '',
  )
  const left: Line = more.length === 0 ? [] : [span(` ${more.join('  ')} `, 'dim')]
  const right = newBelow(state)
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

/** "▼ 12 new" while the end of the transcript is out of sight; nothing while it is followed. */
export const newBelow = ({ view, transcript }: WatchState): Line => {
  if (view.anchor === null || transcript === null) return []
  const number = transcript.entries.end - view.seenEnd
  return number > 0 ? [span(` ▼ ${grouped(number)} new `, 'running')] : [span(' ▼ more ', 'dim')]
}
