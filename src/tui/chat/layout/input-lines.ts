import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { cut, cutLine, keepEnd, span, widthOf, type Line } from '../../layout/line.ts'
import type { ChatState } from '../state/chat-state.ts'

/** How many rows the input takes, of at most so many. */
export const inputHeight = (_state: ChatState, _width: number, most: number): number => Math.min(1, most)

/** What is being written, with its cursor. */
export const inputLines = ({ input, focus }: ChatState, width: number): readonly Line[] => {
  const before = sanitizeLine(input.line.before.replaceAll('\n', '⏎'))
  const after = sanitizeLine(input.line.after.replaceAll('\n', '⏎'))
  const room = Math.max(4, width - 3)
  const shownBefore = keepEnd(before, room - Math.min(8, widthOf(after)))
  const shownAfter = cut(after, room - widthOf(shownBefore))
  const sign = span('> ', focus === 'input' ? 'running' : 'dim')
  return [cutLine([sign, span(shownBefore), span(focus === 'input' ? '▌' : '', 'running'), span(shownAfter)], width)]
}
