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

/** In two columns where there is room for them; what belongs together stays in one. */
const helpLines = (state: WatchState, width: number): readonly Line[] => {
  if (width < twoColumns) return helpGroups(state, width).flat()
  const columnWidth = Math.floor(width / 2)
  const groups = helpGroups(state, columnWidth)
  const half = groups.flat().length / 2
  let height = 0
  const isRight = groups.map((group) => {
    const isOver = height >= half
    height += group.length
    return isOver
  })
  const left = groups.filter((_, index) => isRight[index] !== true).flat()
  const right = groups.filter((_, index) => isRight[index] === true).flat()
  return left.map((line, index) => [...fitLine(line, columnWidth), ...(right[index] ?? [])])
}

const twoColumns = 100

/** The rows of each key and each sign. */
const helpGroups = ({ replay }: WatchState, width: number): readonly (readonly Line[])[] => [
  [[]],
  ...keyHelp(replay !== null).flatMap((section) => [
    ...section.map(({ keys, help }) => row([span(padEnd(keys, keysWidth), 'strong')], help, width)),
    [[]],
  ]),
  ...signs.map(([sign, help]) => row([...sign, span(' '.repeat(keysWidth - 1))], help, width)),
]

const row = (label: Line, text: string, width: number): readonly Line[] =>
  wrap(text, width - keysWidth - 3).map((part, index) => [
    span('  '),
    ...(index === 0 ? label : [span(' '.repeat(keysWidth))]),
    span(part),
  ])
