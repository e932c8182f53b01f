import { presentTool } from '../../../protocol/presentation.ts'
import { sanitize, sanitizeLine } from '../../../protocol/sanitize.ts'
import { isFinal } from '../../../protocol/status.ts'
import type { Entry } from '../../state/entry.ts'
import { streamLines } from '../../layout/entry-lines.ts'
import { clock, size, timeOfDay } from '../../layout/format.ts'
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
import { chatEntryLines } from './chat-entry-lines.ts'
import { presentedLines } from './presented-lines.ts'

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
        ? [...gapBefore(state, place), ...chatEntryLines(state, place, width)]
        : []
  }
}

/** What is said is set off from what was done; calls stand close together. */
const gapBefore = (
  state: ChatState,
  { entry, index }: Extract<Place, { kind: 'entry' }>,
): readonly Line[] => {
  const isText = entry.kind === 'text' && entry.voice === 'assistant'
  if (isText) return [[]]
  for (let before = index - 1; ; before--) {
    const place = placeAt(state.log, before)
    if (place === null || place.kind === 'said') return [[]]
    if (place.kind !== 'entry' || !isShownInChat(place.entry)) continue
    return isSetOff(place.entry) ? [[]] : []
  }
}

/** An answer, a chart. */
const isSetOff = (entry: Entry): boolean =>
  (entry.kind === 'text' && entry.voice === 'assistant') ||
  (entry.kind === 'call' && entry.name === presentTool)

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
  return [[], ...lines, ...more, ...fileLines(turn, width), ...stateLines(turn, width)]
}

/** The files that go with a message, and those that could not be read. */
const fileLines = (turn: Turn, width: number): readonly Line[] => [
  ...filesOf(turn).map((text): Line => [
    span('  + ', 'dim'),
    span(cut(sanitizeLine(text), width - 4), 'dim'),
  ]),
  ...(turn.attached?.left ?? []).map(({ path, reason }): Line => [
    span('  ! ', 'waiting'),
    span(cut(sanitizeLine(`@${path}: ${reason}; it does not go with the message`), width - 4), 'waiting'),
  ]),
]

const filesOf = ({ attached, task }: Turn): readonly string[] => {
  if (attached !== null) {
    return attached.attachments.map(
      ({ path, text, truncated }) =>
        `${path}  ${size(Buffer.byteLength(text))}${truncated ? ', cut off' : ''}`,
    )
  }
  const metadata = task?.request_payload['metadata']
  const files =
    typeof metadata === 'object' && metadata !== null && 'attachments' in metadata
      ? metadata['attachments']
      : null
  return Array.isArray(files)
    ? files.flatMap((file) =>
        typeof file === 'object' && file !== null && 'path' in file && typeof file['path'] === 'string'
          ? [file['path']]
          : [],
      )
    : []
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
    case 'reading':
      return told('·', 'reading its files', 'dim')
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
      return isQueued && task?.started_at === null
        ? told('·', 'queued, until the turn before has ended', 'dim')
        : []
    }
  }
}

const briefLines = ({ brief }: Turn, width: number): readonly Line[] => {
  if (brief === null) return []
  const { answer, error, status, presented } = brief
  const drawn = presented.flatMap((value) => [[], ...presentedLines(value, width, false)])
  if (answer !== null) return [...drawn, [], ...markdownLines(answer, width - 1)]
  if (drawn.length > 0) return drawn
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
  return [
    ...thought,
    [],
    [span(`${spinner(state.clock.tick)} `, 'running'), span(`working ${clock(sinceMs)}`, 'dim')],
  ]
}

const lastOfThought = (text: string, width: number): Line => {
  const last = text.trimEnd().slice(-2_000).split('\n').at(-1) ?? ''
  return [span('… ', 'dim'), span(cut(sanitizeLine(last), width - 2), 'dim')]
}
