import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { grouped } from '../../layout/format.ts'
import { cut, span, spread, type Line, type Span } from '../../layout/line.ts'
import type { ChatState } from '../state/chat-state.ts'

/** The title of the conversation, and how the connection is. */
export const chatHeader = (state: ChatState, width: number): Line => {
  const { log, userId } = state
  const isNarrow = width < 60
  const title = sanitizeLine(log.title) || 'new conversation'
  return spread(
    [
      ...(isNarrow ? [span(' ')] : [span(' sparky chat', 'strong'), span('  ')]),
      span(title, log.title === '' ? 'dim' : 'strong'),
    ],
    [
      span('  '),
      ...(userId === 'user' || isNarrow ? [] : [span(`${cut(sanitizeLine(userId), 20)}  `, 'dim')]),
      connectionSpan(state, isNarrow),
      span(' '),
    ],
    width,
  )
}

const connectionSpan = ({ connection, connectionSinceMs, clock }: ChatState, isNarrow: boolean): Span => {
  switch (connection.state) {
    case 'connecting':
      return span(isNarrow ? '○' : '○ connecting', 'dim')
    case 'replaying':
      return span(`◐ replaying ${grouped(connection.behind)}`, 'waiting')
    case 'live':
      if (connection.degraded !== undefined) return span('◍ degraded', 'waiting')
      return span(isNarrow ? '●' : '● live', 'done')
    case 'reconnecting': {
      const seconds = Math.ceil((connection.retryInMs - (clock.nowMs - connectionSinceMs)) / 1000)
      return span(seconds > 0 ? `○ reconnecting (${seconds} s)` : '○ reconnecting', 'waiting')
    }
    case 'closed':
      return span('✗ disconnected', 'failed')
  }
}
