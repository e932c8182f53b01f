import type { ReactNode } from 'react'
import { Rows } from '../components/rows.tsx'
import { fitLine, padEnd, span, type Line } from '../layout/line.ts'
import { wrap } from '../layout/wrap.ts'
import { keyHelp } from '../state/key-help.ts'
import type { WatchState } from '../state/watch-state.ts'

interface HelpProps {
  readonly state: WatchState
  /** How many rows are scrolled away. */
  readonly top: number
  readonly width: number
  readonly height: number
}

const keysWidth = 10

/** Every key, from the same table that the keyboard uses, and what the signs mean. */
export const HelpScreen = ({ state, top, width, height }: HelpProps): ReactNode => {
  const lines = helpLines(state, width)
  const from = Math.min(top, Math.max(0, lines.length - height))
  return <Rows lines={lines.slice(from)} width={width} height={height} />
}

const signs: readonly (readonly [Line, string])[] = [
  [[span('⠹', 'running')], 'running'],
  [[span('?', 'waiting')], 'waiting: for you, a rate limit or a budget'],
  [[span('·')], 'queued, scheduled or waiting for another task'],
  [[span('=')], 'paused'],
  [[span('✓', 'done')], 'done'],
  [[span('✗', 'failed')], 'failed'],
  [[span('-', 'dim')], 'cancelled'],
  [[span('⚙', 'dim')], 'a tool call; … a thought; ↻ a retry'],
]

/** In two columns where there is room for them. */
const helpLines = (state: WatchState, width: number): readonly Line[] => {
  if (width < twoColumns) return allLines(state, width)
  const columnWidth = Math.floor(width / 2)
  const lines = allLines(state, columnWidth)
  const half = Math.ceil(lines.length / 2)
  return lines
    .slice(0, half)
    .map((left, index) => [...fitLine(left, columnWidth), ...(lines[half + index] ?? [])])
}

const twoColumns = 100

/** Every row of the help. */
const allLines = ({ replay }: WatchState, width: number): readonly Line[] => [
  [],
  ...keyHelp(replay !== null).flatMap((section) => [
    ...section.flatMap(({ keys, help }) => row([span(padEnd(keys, keysWidth), 'strong')], help, width)),
    [],
  ]),
  ...signs.flatMap(([sign, help]) => row([...sign, span(' '.repeat(keysWidth - 1))], help, width)),
]

const row = (label: Line, text: string, width: number): readonly Line[] =>
  wrap(text, width - keysWidth - 3).map((part, index) => [
    span('  '),
    ...(index === 0 ? label : [span(' '.repeat(keysWidth))]),
    span(part),
  ])
