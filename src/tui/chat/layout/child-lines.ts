import { sanitizeLine } from '../../../protocol/sanitize.ts'
import { isFinal } from '../../../protocol/status.ts'
import { callSummary } from '../../layout/call-summary.ts'
import { clock } from '../../layout/format.ts'
import { cut, fitLine, lineWidth, span, type Line } from '../../layout/line.ts'
import { statusSign, statusTone } from '../../layout/signs.ts'
import { itemAt } from '../../state/chunked.ts'
import type { Entry } from '../../state/entry.ts'
import type { ChatState } from '../state/chat-state.ts'
import { isShownInChat } from '../state/shown-in-chat.ts'
import type { Turn } from '../state/turn.ts'

const maxEntries = 200
const indent = span('    ')

interface ChildLayout {
  readonly state: ChatState
  readonly child: Turn
  readonly unfolded: boolean
  readonly width: number
  /** Lays out what it did, as what its parent did is. */
  readonly linesOf: (
    state: ChatState,
    placed: { readonly turn: Turn; readonly entry: Entry; readonly index: number },
    width: number,
  ) => readonly Line[]
}

/** A delegated task below the call that began it: who works on it and how far that is; unfolded all that it did. */
export const childLines = (layout: ChildLayout): readonly Line[] => [
  headLine(layout),
  ...(layout.unfolded ? wholeLines(layout) : []),
]

const headLine = ({ state, child, width }: ChildLayout): Line => {
  const { nowMs, tick } = state.clock
  const status = child.status ?? 'pending'
  const { task } = child
  const untilMs = isFinal(status) ? Date.parse(task?.finished_at ?? child.ts) : nowMs
  const right: Line = [
    span(` ${clock(untilMs - Date.parse(task?.started_at ?? child.ts))} `, 'dim'),
    span(statusSign(status, tick), statusTone(status)),
  ]
  const left: Line = [span('  ↳ ', 'dim'), span(agentOf(child), 'strong'), span(`  ${doing(child)}`, 'dim')]
  return [...fitLine(left, Math.max(1, width - lineWidth(right))), ...right]
}

const agentOf = ({ task }: Turn): string => {
  const pillar = task?.request_payload['pillar']
  const name = sanitizeLine(task?.agent ?? 'agent')
  return cut(typeof pillar === 'string' ? `${name}/${sanitizeLine(pillar)}` : name, 32)
}

/** The last that it did, or the beginning of its answer. */
const doing = ({ task, transcript: { entries } }: Turn): string => {
  const answer = task?.response_payload?.answer
  if (answer !== undefined) return sanitizeLine(answer.slice(0, 500))
  if (task?.error) return sanitizeLine(task.error.message)
  for (let index = entries.end - 1; index >= entries.start; index--) {
    const entry = itemAt(entries, index)
    if (entry?.kind === 'call') return `⚙ ${sanitizeLine(entry.name)} ${callSummary(entry.name, entry.args)}`
  }
  return 'begins'
}

const wholeLines = ({ state, child, width, linesOf }: ChildLayout): readonly Line[] => {
  const { entries } = child.transcript
  const shown: Entry[] = []
  for (let index = Math.max(entries.start, entries.end - maxEntries); index < entries.end; index++) {
    const entry = itemAt(entries, index)
    if (entry !== undefined && isShownInChat(entry)) shown.push(entry)
  }
  return shown.flatMap((entry) =>
    linesOf(state, { turn: child, entry, index: -1 }, Math.max(1, width - 4)).map((line) => [
      indent,
      ...line,
    ]),
  )
}
