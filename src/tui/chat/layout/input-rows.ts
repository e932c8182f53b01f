import { cutLine, span, type Line, type Span } from '../../layout/line.ts'
import { inputLines, popupLines } from '../input/input-lines.ts'
import type { ChatState } from '../state/chat-state.ts'
import { inputWidth, surroundingsOf } from '../state/surroundings.ts'

/** What is being written, with its cursor, in at most so many rows of at most `width` columns. */
export const inputRows = (state: ChatState, width: number, maxRows: number): readonly Line[] => {
  const { input, focus, log } = state
  const isHere = focus === 'input'
  const placeholder = log.items.length === 0 ? 'Say something, or / for commands' : ''
  const { lines, above, below } = inputLines(input, { width: inputWidth(width), maxRows, placeholder })
  return lines.map((line, index) => {
    const isCut = (index === 0 && above > 0) || (index === lines.length - 1 && below > 0)
    const sign = isCut ? '⋮ ' : index === 0 ? '> ' : '  '
    const written = isHere ? line : line.filter((part) => !isCursor(part))
    return cutLine([span(sign, isHere ? 'running' : 'dim'), ...written], width)
  })
}

/** Only where the keyboard is there is a cursor. */
const isCursor = ({ text, tone }: Span): boolean => text === '▌' && tone === 'running'

/** What may be chosen for what is being written; none where nothing is. */
export const popupRows = (state: ChatState, width: number, maxRows: number): readonly Line[] =>
  state.focus === 'input' && state.picker === null
    ? popupLines(state.input, surroundingsOf(state, width), { width, maxRows })
    : []
