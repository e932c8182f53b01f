import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { callSummary } from '../../layout/call-summary.ts'
import { age } from '../../layout/format.ts'
import { fitLine, padStart, span, spread, type Line } from '../../layout/line.ts'
import type { ChatState, Picker } from '../state/chat-state.ts'

/** How many rows the list takes of which one is to be chosen: a heading, and as many rows as fit. */
export const pickerHeight = ({ picker }: ChatState, most: number): number =>
  picker === null ? 0 : Math.min(picker.rows.length + 1, Math.max(2, most))

export const pickerLines = (state: ChatState, width: number, height: number): readonly Line[] => {
  const { picker } = state
  if (picker === null || height <= 0) return []
  const room = height - 1
  const from = Math.min(
    Math.max(0, picker.index - Math.floor(room / 2)),
    Math.max(0, picker.rows.length - room),
  )
  const rows = rowsOf(picker, state.clock.nowMs, width)
  return [
    headingOf(picker, width),
    ...rows.slice(from, from + room).map((row, offset) => {
      const isHere = from + offset === picker.index
      return fitLine([span(isHere ? '▸ ' : '  ', 'running'), ...row], width)
    }),
  ]
}

const headingOf = (picker: Picker, width: number): Line => {
  const keys = picker.kind === 'conversations' ? '⏎ go on with it  esc back' : 'y approve  n deny  esc back'
  const title = picker.kind === 'conversations' ? ' Conversations ' : ' Waits for your approval '
  return fitLine([span(title, 'strong'), span(` ↑↓ choose  ${keys}`, 'dim')], width)
}

const rowsOf = (picker: Picker, nowMs: number, width: number): readonly Line[] => {
  if (picker.kind === 'approvals') {
    return picker.rows.map(({ name, args, reason }) => [
      span(sanitizeLine(name), 'strong'),
      span(`  ${callSummary(name, args)}  `),
      span(sanitizeLine(reason), 'dim'),
    ])
  }
  return picker.rows.map(({ title, agent, pillar, turns, updated_at: updatedAt, active }) => {
    const facts = `${sanitizeLine(pillar === null ? agent : `${agent}/${pillar}`)}  ${padStart(String(turns), 4)} msg  ${padStart(age(nowMs - Date.parse(updatedAt)), 3)} `
    const left: Line = [span(active ? '● ' : '  ', 'running'), span(sanitizeLine(title))]
    return width < 50 ? left : spread(left, [span(`  ${facts}`, 'dim')], width - 2)
  })
}
