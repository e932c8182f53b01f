import { contextWindow } from '../../../protocol/context-window.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { clock, cost, count, grouped } from '../../layout/format.ts'
import { demoModel } from '../../layout/header.ts'
import { fitLine, lineWidth, rule, span, spread, type Line, type Span } from '../../layout/line.ts'
import { spinner } from '../../layout/signs.ts'
import type { ChatState } from '../state/chat-state.ts'
import { contextTokensOf, costOf, queuedCount, runningTurn } from '../state/conversation-facts.ts'
import { modelOf } from '../state/model-of.ts'

/** Above the input: what is new below a conversation that was scrolled up. */
export const inputRule = ({ view }: ChatState, width: number): Line => {
  if (view.anchor === null) return rule(width)
  const label = view.news > 0 ? ` ▼ ${grouped(view.news)} new, End follows ` : ' ▼ End follows '
  const shown = span(label, view.news > 0 ? 'waiting' : 'dim')
  return [...rule(width - lineWidth([shown]) - 1), shown, ...rule(1)]
}

/** The last row: whom one talks to, what it takes and costs, and what happens; or what just happened. */
export const statusLine = (state: ChatState, width: number): Line => {
  const { notice } = state
  if (notice !== null) {
    const sign = notice.tone === 'failed' ? '✗ ' : ''
    return fitLine([span(` ${sign}${sanitizeLine(notice.text)}`, notice.tone)], width)
  }
  const right = activity(state, width)
  const facts = factsOf(state)
  while (facts.length > 1 && lineWidth(joined(facts)) + lineWidth(right) > width) {
    const least = Math.max(...facts.map(({ rank }) => rank))
    facts.splice(
      facts.findLastIndex(({ rank }) => rank === least),
      1,
    )
  }
  return spread(joined(facts), right, width)
}

/** One with a higher rank goes first where not everything fits. */
interface Fact {
  readonly rank: number
  readonly shown: Span
}

const joined = (facts: readonly Fact[]): Line => [
  span(' '),
  ...facts.flatMap(({ shown }, index) => (index === 0 ? [shown] : [span(' · ', 'dim'), shown])),
]

const factsOf = (state: ChatState): Fact[] => {
  const { log } = state
  const { name, pillar } = log.agent
  const model = modelOf(state)
  const spent = costOf(log)
  const contextTokens = contextTokensOf(log)
  return [
    { rank: 0, shown: span(sanitizeLine(pillar === null ? name : `${name}/${pillar}`), 'strong') },
    ...(model === null ? [] : [{ rank: 2, shown: span(sanitizeLine(model)) }]),
    ...(model === demoModel ? [{ rank: 1, shown: span('no language model', 'waiting') }] : []),
    ...(contextTokens === null || contextTokens === 0 || model === null
      ? []
      : [{ rank: 3, shown: contextSpan(contextTokens, contextWindow(model, state.contextTokens)) }]),
    ...(spent === null || spent.usd === 0
      ? []
      : [{ rank: 4, shown: span(`${cost(spent.usd)}${spent.isPartial ? '+' : ''}`, 'dim') }]),
  ]
}

/** From here on the oldest turns are about to be summed up. */
const nearlyFull = 0.7

const contextSpan = (tokens: number, window: number): Span => {
  const share = tokens / window
  const text = `context ${count(tokens)} of ${count(window)} (${Math.round(share * 100)} %)`
  return span(text, share < nearlyFull ? 'dim' : 'waiting')
}

const activity = (state: ChatState, width: number): Line => {
  const { log, focus, clock: now } = state
  const running = runningTurn(log)
  const queued = queuedCount(log)
  const isNarrow = width < 60
  const line: Span[] = [span('  ')]
  if (focus === 'log') {
    return [span(isNarrow ? '  esc back ' : '  ↑↓ entry  space fold  ⏎ $PAGER  esc back ', 'dim')]
  }
  const { state: connected } = state.connection
  if (connected === 'reconnecting' || connected === 'closed') {
    const words = running === null ? 'no daemon answers' : 'no word of it without a connection'
    line.push(span(isNarrow ? '○' : `○ ${words}: sparky agent start`, 'waiting'))
  } else if (running === null) line.push(span(isNarrow ? '' : '/help', 'dim'))
  else if (running.taskId === state.interrupting) {
    line.push(span(`${spinner(now.tick)} interrupting …`, 'waiting'))
  } else if (running.status === 'waiting') {
    const kind = running.task?.waiting_for?.kind ?? 'something'
    line.push(
      span(kind === 'approval' ? '? needs you: /approve' : `? waits: ${kind.replace('_', ' ')}`, 'waiting'),
    )
  } else {
    const sinceMs = now.nowMs - Date.parse(running.task?.started_at ?? running.ts)
    line.push(span(`${spinner(now.tick)} `, 'running'), span(`working ${clock(sinceMs)}`, 'running'))
    if (!isNarrow) line.push(span('  esc interrupts', 'dim'))
  }
  if (queued > 0) line.push(span(` · ${queued} queued`, 'waiting'))
  return [...line, span(' ')]
}
