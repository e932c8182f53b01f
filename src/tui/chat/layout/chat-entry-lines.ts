import { delegatedBy } from '../../../protocol/delegated.ts'
import { presentTool } from '../../../protocol/presentation.ts'
import { sanitize, sanitizeLine } from '../../../protocol/sanitize.ts'
import { entryLines } from '../../layout/entry-lines.ts'
import { failureLines } from '../../layout/failure-lines.ts'
import { widthAround, withoutTime } from '../../layout/hanging.ts'
import { cut, lineWidth, span, type Line, type Tone } from '../../layout/line.ts'
import { markdownLines } from '../../layout/markdown/markdown-lines.ts'
import { wrap } from '../../layout/wrap.ts'
import type { CallEntry, Entry, NoteEntry, SummaryEntry, TextEntry } from '../../state/entry.ts'
import type { ChatState } from '../state/chat-state.ts'
import { isUnfolded } from '../state/folding.ts'
import type { Turn } from '../state/turn.ts'
import { chatAdvice } from './chat-advice.ts'
import { childLines } from './child-lines.ts'
import { presentedLines } from './presented-lines.ts'

export interface PlacedEntry {
  readonly turn: Turn
  readonly entry: Entry
  /** Its place in the document; -1 of what was delegated. */
  readonly index: number
}

/** An entry of a turn, or of what it has delegated. */
export const chatEntryLines = (
  state: ChatState,
  { turn, entry, index }: PlacedEntry,
  width: number,
): readonly Line[] => {
  const unfolded = isUnfolded(state.view, entry, index)
  switch (entry.kind) {
    case 'note':
      return noteLines(entry, width)
    case 'failure':
      return withoutTime(failureLines(entry, widthAround(width), chatAdvice))
    case 'summary':
      return summaryLines(entry, width, unfolded)
    case 'node':
    case 'search':
      return withoutTime(
        entryLines(entry, { width: widthAround(width), unfolded, output: '', ...state.clock }),
      )
    case 'text':
      if (entry.voice === 'thought' && !unfolded) return [foldedThought(entry.text, width)]
      return textLines(entry, width)
    case 'call': {
      const shown = presentedBy(entry, width, unfolded)
      if (shown.length > 0) return [[], ...shown]
      return [
        ...withoutTime(
          entryLines(entry, {
            width: widthAround(width),
            unfolded,
            output: turn.live.outputs.get(entry.callId) ?? '',
            ...state.clock,
          }),
        ),
        ...childrenOf(state, turn, entry).flatMap((child) =>
          childLines({ state, child, unfolded, width, linesOf: chatEntryLines }),
        ),
      ]
    }
  }
}

/** A chart is shown, and not the call that made it. */
const presentedBy = ({ name, outcome }: CallEntry, width: number, unfolded: boolean): readonly Line[] =>
  name === presentTool && outcome?.status === 'ok' ? presentedLines(outcome.details, width, unfolded) : []

const childrenOf = ({ log }: ChatState, turn: Turn, { callId }: CallEntry): readonly Turn[] =>
  log.children.size === 0
    ? []
    : [...log.children.values()].filter(({ task }) => {
        const by = task === null ? null : delegatedBy(task)
        return by !== null && by.parentId === turn.taskId && by.callId === callId
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

const noteLines = (entry: NoteEntry, width: number): readonly Line[] => {
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

/** A line through the conversation; unfolded with what stands for the earlier turns. */
const summaryLines = ({ text, summary }: SummaryEntry, width: number, unfolded: boolean): readonly Line[] => [
  ...ruledLines(`⊟ ${text}${unfolded ? '' : ' ▸'}`, width),
  ...(unfolded ? markdownLines(summary, width - 2).map((line): Line => [span('  '), ...line]) : []),
]

/** A line through the conversation. */
const ruledLines = (text: string, width: number): readonly Line[] => [
  [],
  ...wrap(sanitize(text), width - 6).map((row): Line => {
    const label: Line = [span('── ', 'dim'), span(row, 'waiting'), span(' ', 'dim')]
    return [...label, span('─'.repeat(Math.max(0, width - lineWidth(label))), 'dim')]
  }),
]
