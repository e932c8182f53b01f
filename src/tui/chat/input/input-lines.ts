import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { cut, cutLine, padEnd, span, widthOf, type Line } from '../../layout/line.ts'
import { popupOf } from './completion.ts'
import { cursorPlace, draftRows, type DraftRow, type Place } from './draft-rows.ts'
import type { HistorySearch, InputState, InputSurroundings } from './input-state.ts'

export interface InputLines {
  /** At least one; none is wider than the width. */
  readonly lines: readonly Line[]
  /** Where the cursor stands in them. It is drawn, too: a bar between two characters. */
  readonly cursor: Place
  /** Rows that there is no room for. */
  readonly above: number
  readonly below: number
}

interface InputSize {
  readonly width: number
  readonly maxRows: number
  /** Shown, dimmed, while nothing is written. */
  readonly placeholder?: string
}

/** The message as it is written, as far as there is room, around the cursor. */
export const inputLines = (
  { draft }: InputState,
  { width, maxRows, placeholder = '' }: InputSize,
): InputLines => {
  const rows = draftRows(draft, width)
  const { row, column } = cursorPlace(draft, width)
  const shownRows = Math.max(1, Math.min(rows.length, maxRows))
  const above = Math.max(0, Math.min(row - shownRows + 1, rows.length - shownRows))
  const lines = rows
    .slice(above, above + shownRows)
    .map((each, index) => rowLine(each, above + index === row ? draft.cursor : null, width))
  if (draft.text === '') lines[0] = [bar, span(cut(placeholder, width - 1), 'dim')]
  return { lines, cursor: { row: row - above, column }, above, below: rows.length - above - shownRows }
}

const bar = span('▌', 'running')

const rowLine = (row: DraftRow, cursor: number | null, width: number): Line => {
  const line: { text: string; tone: 'plain' | 'link' }[] = []
  let isDrawn = cursor === null
  const spans: Line[number][] = []
  const flush = (): void => {
    spans.push(...line.splice(0))
  }
  for (const { at, shown, isPaste } of row.cells) {
    if (!isDrawn && at >= (cursor ?? 0)) {
      flush()
      spans.push(bar)
      isDrawn = true
    }
    const tone = isPaste ? 'link' : 'plain'
    const last = line.at(-1)
    if (last?.tone === tone) last.text += shown
    else line.push({ text: shown, tone })
  }
  flush()
  if (isDrawn) return cutLine(spans, width)
  // Spaces may hang over the end of the row, which the cursor never does.
  return [...cutLine(spans, width - 1), bar]
}

/**
 * What there is to choose, in at most `maxRows` rows; none where no popup is open. The marked one is among them. Where
 * the history is searched or something was left out, one row says so.
 */
export const popupLines = (
  state: InputState,
  around: InputSurroundings,
  { width, maxRows }: Pick<InputSize, 'width' | 'maxRows'>,
): readonly Line[] => {
  if (maxRows < 1) return []
  if (state.search !== null) return [cutLine(searchLine(state.search), width)]
  if (state.notice !== null) return [[span(cut(`! ${state.notice}`, width), 'waiting')]]
  const popup = popupOf(state, around)
  if (popup === null) return []
  const { choices, chosen } = popup
  const hasMore = choices.length > maxRows && maxRows > 1
  const shown = hasMore ? maxRows - 1 : Math.min(maxRows, choices.length)
  const from = Math.max(0, Math.min(chosen - shown + 1, choices.length - shown))
  const visible = choices.slice(from, from + shown)
  const labelWidth = Math.min(32, Math.max(...visible.map(({ label }) => widthOf(sanitizeLine(label)))))
  const lines = visible.map(({ label, help }, index): Line => {
    const isChosen = from + index === chosen
    const name = sanitizeLine(label)
    const tone = isChosen ? 'strong' : 'plain'
    return cutLine(
      [
        span(isChosen ? '▸ ' : '  ', 'running'),
        span(help === '' ? cut(name, width - 2) : padEnd(name, labelWidth), tone),
        span(help === '' ? '' : `  ${sanitizeLine(help)}`, 'dim'),
      ],
      width,
    )
  })
  if (hasMore) lines.push([span(cut(`  ${choices.length - shown} more`, width), 'dim')])
  return lines
}

const searchLine = ({ query, isMissing }: HistorySearch): Line => [
  span('history › '),
  span(sanitizeLine(query), 'strong'),
  bar,
  span(isMissing ? '  nothing found' : '  ⏎ takes it · ^r an older one · esc back', 'dim'),
]
