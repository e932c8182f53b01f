import type { ModelPrompt } from '../models/model.ts'
import { assistantMessage, toolMessage } from '../models/reply-to-prompt.ts'
import { textOf, verdictOf, type Turn } from './turn.ts'

/** A turn as the model sees it from then on. */
export const messagesOf = (turn: Turn): ModelPrompt => {
  const verdict = verdictOf(turn)
  const { reply, calls, results } = turn
  const isSaid = calls.length > 0 || textOf(reply).trim() !== ''
  const callIds = calls.map(({ callId }) => callId)
  // Providers refuse an assistant's message that says nothing.
  const said = isSaid ? assistantMessage(reply, callIds) : null
  return [
    ...(said === null ? [] : [said]),
    ...(calls.length > 0
      ? [
          toolMessage(
            calls.map(({ callId, name }) => {
              const { forModel = notStarted, status = 'interrupted' } = results.get(callId) ?? {}
              return { callId, name, text: forModel, isError: status !== 'ok' }
            }),
          ),
        ]
      : []),
    ...(verdict.kind === 'correct'
      ? [{ role: 'user' as const, content: [{ type: 'text' as const, text: verdict.correction }] }]
      : []),
  ]
}

/** What a model is told of a call that its turn ended before. */
const notStarted = 'Not run: the turn ended before this started.'
