import { sanitize, sanitizeLine } from '../../../protocol/sanitize.ts'
import { isFinal } from '../../../protocol/status.ts'
import type { CallEntry, Entry, NoteEntry, TextEntry } from '../../state/entry.ts'
import { entryLines, streamLines } from '../../layout/entry-lines.ts'
import { failureLines } from '../../layout/failure-lines.ts'
import { clock, timeOfDay } from '../../layout/format.ts'
import { widthAround, withoutTime } from '../../layout/hanging.ts'
import { cut, lineWidth, span, spread, type Line, type Tone } from '../../layout/line.ts'
import { markdownLines } from '../../layout/markdown/markdown-lines.ts'
import { spinner } from '../../layout/signs.ts'
import { wrap } from '../../layout/wrap.ts'
import { placeAt, type Place } from '../state/chat-document.ts'
import type { ChatState } from '../state/chat-state.ts'
import type { Remark } from '../state/conversation-log.ts'
import type { Turn } from '../state/turn.ts'
import { isShownInChat } from '../state/shown-in-chat.ts'
import { isUnfolded } from '../state/folding.ts'
import { chatAdvice } from './chat-advice.ts'
import { childLines } from './child-lines.ts'

const maxSaidRows = 200

/** What stands at a place of the conversation, as rows of at most `width` columns, clean; none where it is not shown. */
export const placeLines = (state: ChatState, place: Place, width: number): readonly Line[] => {
  switch (place.kind) {
    case 'remark':
      return remarkLines(place.remark, width)
    case 'said':
      return saidLines(place.turn, width)
    case 'brief':
      return briefLines(place.turn, width)
    case 'tail':
      return tailLines(state, place.turn, width)
    case 'entry':
      return isShownInChat(place.entry)
        ? [...gapBefore(state, place), ...linesOfEntry(state, place.turn, place.entry, place.index, width)]
        : []
  }
}

/** An entry of a turn, or of what it has delegated. */
export const linesOfEntry = (
  state: ChatState,
  turn: Turn,
  entry: Entry,
  index: number,
  width: number,
): readonly Line[] => {
  const unfolded = isUnfolded(state.view, entry, index)
  switch (entry.kind) {
    case 'note':
      return noteLines(entry, width)
    case 'failure':
      return withoutTime(failureLines(entry, widthAround(width), chatAdvice))
    case 'text':
      if (entry.voice === 'thought' && !unfolded) return [foldedThought(entry.text, width)]
      return textLines(entry, width)
    case 'call':
      return [
        ...withoutTime(
          entryLines(entry, {
            width: widthAround(width),
            unfolded,
            output: turn.live.outputs.get(entry.callId) ?? '',
            ...state.clock,
          }),
        ),
        ...childrenOf(state, turn, entry).flatMap((child) => childLines(state, child, unfolded, width)),
      ]
  }
}

const childrenOf = ({ log }: ChatState, turn: Turn, { callId }: CallEntry): readonly Turn[] =>
  log.children.size === 0
    ? []
    : [...log.children.values()].filter(({ task }) => {
        const delegation = task?.request_payload['delegation']
        return (
          task?.parent_id === turn.taskId &&
          typeof delegation === 'object' &&
          delegation !== null &&
          'call_id' in delegation &&
          delegation['call_id'] === callId
        )
      })

const textLines = (entry: TextEntry, width: number): readonly Line[] =>
  withoutTime(
    entryLines(entry, {
      width: widthAround(width),
      unfolded: true,
      output: '',
      nowMs: 0,
      tick: 0,
    }),
  )

const foldedThought = (text: string, width: number): Line => {
  const first = sanitizeLine(text.trim().slice(0, 2_000))
  const shown = cut(first, width - 4)
  return [span('… ', 'dim'), span(shown, 'dim'), span(shown === first ? '' : ' ▸', 'dim')]
}

/** What is said is set off from what was done; calls stand close together. */
const gapBefore = (state: ChatState, { entry, index }: Extract<Place, { kind: 'entry' }>): readonly Line[] => {
  const isText = entry.kind === 'text' && entry.voice === 'assistant'
  if (isText) return [[]]
  for (let before = index - 1; ; before--) {
    const place = placeAt(state.log, before)
    if (place === null || place.kind === 'said') return [[]]
    if (place.kind !== 'entry' || !isShownInChat(place.entry)) continue
    return place.entry.kind === 'text' && place.entry.voice === 'assistant' ? [[]] : []
  }
}

const noteLines = (entry: NoteEntry, width: number): readonly Line[] => {
  if (entry.type === 'compaction') return ruledLines(`⊟ ${entry.text}`, width)
  const [sign, tone, text] = noteOf(entry)
  return wrap(sanitize(text), width - 2, 50).map((row, index) => [
    span(index === 0 ? `${sign} ` : '  ', tone),
    span(row, tone),
  ])
}

const noteOf = ({ status, text }: NoteEntry): readonly [string, Tone, string] => {
  switch (status) {
    case 'cancelled':
      return ['-', 'waiting', 'Interrupted. What was said and done so far stays.']
    case 'waiting':
      return ['?', 'waiting', text]
    case 'pending':
      return ['↻', 'dim', text]
    case 'failed':
      return ['✗', 'failed', text]
    case 'in_progress':
    case 'scheduled':
    case 'blocked':
    case 'paused':
    case 'completed':
    case null:
      return ['·', 'dim', text]
  }
}

/** A line through the conversation. */
const ruledLines = (text: string, width: number): readonly Line[] => [
  [],
  ...wrap(sanitize(text), width - 6).map((row): Line => {
    const label: Line = [span('── ', 'dim'), span(row, 'waiting'), span(' ', 'dim')]
    return [...label, span('─'.repeat(Math.max(0, width - lineWidth(label))), 'dim')]
  }),
]

const remarkLines = ({ text, tone }: Remark, width: number): readonly Line[] => [
  [],
  ...wrap(sanitize(text), width - 2).map((row): Line => [span('  '), span(row, tone)]),
]

const saidLines = (turn: Turn, width: number): readonly Line[] => {
  const rows = wrap(sanitize(turn.said).trimEnd(), width - 2, maxSaidRows + 1)
  const lines = rows.slice(0, maxSaidRows).map((row, index): Line => {
    const line: Line = [span(index === 0 ? '> ' : '  ', 'running'), span(row, 'strong')]
    const time = timeOfDay(turn.ts).slice(0, 5)
    const hasRoom = index === 0 && width >= 50 && lineWidth(line) + time.length + 2 <= width
    return hasRoom ? spread(line, [span(time, 'dim')], width) : line
  })
  const more: readonly Line[] = rows.length > maxSaidRows ? [[span('  … and more', 'dim')]] : []
  return [[], ...lines, ...more, ...stateLines(turn, width)]
}

/** How far a message has come that nobody answers yet. */
const stateLines = (turn: Turn, width: number): readonly Line[] => {
  const { sending, status, task } = turn
  const told = (sign: string, text: string, tone: Tone): readonly Line[] =>
    wrap(sanitize(text), width - 4).map((row, index) => [
      span(index === 0 ? `  ${sign} ` : '    ', tone),
      span(row, tone),
    ])
  switch (sending?.state) {
    case 'waiting':
      return told('○', 'waits for a connection', 'waiting')
    case 'sent':
    case 'unsure':
      return told('·', 'sent', 'dim')
    case 'refused': {
      const { message, hint } = sending.failure
      return told('✗', hint === null ? message : `${message} (${hint})`, 'failed')
    }
    case undefined: {
      const isQueued = status !== null && !isFinal(status) && status !== 'in_progress'
      return isQueued && task?.started_at === null ? told('·', 'queued, until the turn before has ended', 'dim') : []
    }
  }
}

const briefLines = ({ brief }: Turn, width: number): readonly Line[] => {
  if (brief === null) return []
  const { answer, error, status } = brief
  if (answer !== null) return [[], ...markdownLines(answer, width - 1)]
  if (error !== null)
    return wrap(sanitize(error.message), width - 2, 50).map((row, index) => [
      span(index === 0 ? '✗ ' : '  ', 'failed'),
      span(row, 'failed'),
    ])
  return status === 'cancelled' ? [[span('- Interrupted.', 'waiting')]] : []
}

/** What is being said, or that something is being done. */
const tailLines = (state: ChatState, turn: Turn, width: number): readonly Line[] => {
  const { live, status, task, transcript } = turn
  if (turn.sending !== null || status !== 'in_progress') return []
  const thought =
    live.thought.text === ''
      ? []
      : state.view.unfoldAll
        ? withoutTime(streamLines(live.thought, 'thought', widthAround(width)))
        : [lastOfThought(live.thought.text, width)]
  const message = withoutTime(streamLines(live.message, 'assistant', widthAround(width)))
  if (message.length > 0) return [...thought, [], ...message]
  if (transcript.openCalls.size > 0) return thought
  const sinceMs = state.clock.nowMs - Date.parse(task?.started_at ?? turn.ts)
  return [...thought, [], [span(`${spinner(state.clock.tick)} `, 'running'), span(`working ${clock(sinceMs)}`, 'dim')]]
}

const lastOfThought = (text: string, width: number): Line => {
  const last = text.trimEnd().slice(-2_000).split('\n').at(-1) ?? ''
  return [span('… ', 'dim'), span(cut(sanitizeLine(last), width - 2), 'dim')]
}
