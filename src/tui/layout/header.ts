import type { Connection } from '../../client/feed.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import { totalsOf } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { cost, count, grouped } from './format.ts'
import { replayWords } from './scrubber.ts'
import { cut, fitLine, lineWidth, span, type Line, type Span } from './line.ts'

export const demoModel = 'offline/demo'

/** The connection, the model, how many tasks there are in which state, and what they cost: as much as fits. */
export const headerLine = (state: WatchState): Line => {
  const width = state.size.columns
  const isNarrow = width < 60
  const wide = partsOf(state, isNarrow, false)
  const parts = lineWidth(joined(wide)) <= width ? wide : partsOf(state, isNarrow, true)
  while (parts.length > 1 && lineWidth(joined(parts)) > width) {
    const least = Math.max(...parts.map(({ rank }) => rank))
    parts.splice(
      parts.findLastIndex(({ rank }) => rank === least),
      1,
    )
  }
  return fitLine(joined(parts), width)
}

/** A part with a higher rank goes first where not everything fits. */
interface Part {
  readonly rank: number
  readonly spans: readonly Span[]
  /** How it is set off from the part before. */
  readonly gap: string
}

const joined = (parts: readonly Part[]): Line => [
  span(' '),
  ...parts.flatMap(({ spans, gap }, index) => (index === 0 ? spans : [span(gap, 'dim'), ...spans])),
]

const partsOf = (state: WatchState, isNarrow: boolean, isBrief: boolean): Part[] => {
  const { counts, needsUser, tokens, costUsd, isPartial } = totalsOf(state)
  const queued = counts.pending + counts.scheduled + counts.blocked + counts.paused
  const part = (rank: number, gap: string, ...spans: Span[]): Part => ({ rank, gap, spans })
  const some = (number: number, ...spans: Span[]): Span[] => (number > 0 ? spans : [])
  return [
    part(isNarrow ? 9 : 5, '', span('sparky', 'strong')),
    part(0, '  ', ...connectionSpans(state, isNarrow)),
    part(4, '  ', ...modelSpans(state, isBrief)),
    part(1, '  ', ...idleSpans(state)),
    part(
      1,
      isNarrow ? '  ' : '   ',
      span(
        `${counts.in_progress} ${isNarrow ? 'run' : 'running'}`,
        counts.in_progress > 0 ? 'running' : 'dim',
      ),
    ),
    part(1, ' · ', span(`${queued} queued`, queued > 0 ? 'plain' : 'dim')),
    part(1, ' · ', ...some(needsUser, span(`${needsUser} needs you`, 'waiting'))),
    part(2, ' · ', ...some(counts.failed, span(`${counts.failed} failed`, 'failed'))),
    part(3, ' · ', ...some(counts.completed, span(`${counts.completed} done`, 'done'))),
    part(6, '   ', ...some(tokens, span(`${count(tokens)} tok`))),
    part(7, '  ', ...(costUsd === null ? [] : [span(`${cost(costUsd)}${isPartial ? '+' : ''}`)])),
    part(8, '   ', span(`seq ${grouped(state.seq)}`, 'dim')),
  ].filter(({ spans }) => spans.length > 0)
}

const connectionSpans = (state: WatchState, isNarrow: boolean): readonly Span[] => {
  if (state.replay !== null) return [span(replayWords(state.replay), 'waiting')]
  const { sign, words, tone } = describe(state.connection, state.clock.nowMs - state.connectionSinceMs)
  const { connection } = state
  if (isNarrow && connection.state === 'live') {
    return [span(connection.degraded === undefined ? sign : `${sign} degraded`, tone)]
  }
  return [span(cut(`${sign} ${words}`, Math.max(24, Math.floor(state.size.columns / 3))), tone)]
}

const describe = (
  connection: Connection,
  sinceMs: number,
): { sign: string; words: string; tone: Span['tone'] } => {
  switch (connection.state) {
    case 'connecting':
      return { sign: '○', words: 'connecting', tone: 'dim' }
    case 'replaying':
      return {
        sign: '◐',
        words: `replaying ${grouped(connection.behind)}${overHttp(connection)}`,
        tone: 'waiting',
      }
    case 'live':
      return connection.degraded === undefined
        ? { sign: '●', words: 'live', tone: 'done' }
        : { sign: '◍', words: `live${overHttp(connection)}`, tone: 'waiting' }
    case 'reconnecting': {
      const seconds = Math.ceil((connection.retryInMs - sinceMs) / 1000)
      return {
        sign: '○',
        words: seconds > 0 ? `reconnecting (${seconds} s)` : 'reconnecting',
        tone: 'waiting',
      }
    }
  }
}

/** Without a WebSocket events come a little later. */
const overHttp = ({ degraded }: { readonly degraded?: string }): string =>
  degraded === undefined ? '' : `, degraded: ${sanitizeLine(degraded)}`

const modelSpans = ({ daemon }: WatchState, isBrief: boolean): readonly Span[] => {
  if (daemon === null) return []
  const name = span(sanitizeLine(daemon.model))
  return daemon.model === demoModel
    ? [name, span(isBrief ? ' (no LLM)' : ' (no language model)', 'waiting')]
    : [name]
}

const idleSpans = ({ daemon }: WatchState): readonly Span[] => {
  if (daemon === null) return []
  if (daemon.paused) return [span('= paused', 'waiting')]
  return daemon.agent_loop ? [] : [span('- agent loop off', 'waiting')]
}
