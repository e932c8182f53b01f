import type { EarlierRequest } from '../agent/attempt-parts.ts'
import type { Task } from '../../protocol/task.ts'
import type { ModelPrompt } from '../models/model.ts'
import type { Store } from '../store/store.ts'
import { compacted } from './compact.ts'
import { contextWindow } from '../../protocol/context-window.ts'
import type { Conversations } from './conversations.ts'
import { pastTurns } from './known-conversation.ts'
import { pastMessages } from './past-messages.ts'
import { readTurns } from './past-turn.ts'
import { messagesOfStanding, readSummary, tokensOf, type Standing } from './standing.ts'

export interface HistoryParts {
  readonly conversations: Pick<Conversations, 'ofTask'>
  readonly store: Pick<Store, 'events'>
  /** How many tokens a prompt may have, as the user says; null leaves that to the model's name. */
  readonly contextTokens: () => number | null
}

/** What is beyond this share of the window is too near to its end: the turn needs room for its own calls. */
const fullShare = 0.8

/**
 * What was said in its conversation before a turn, as its model is to see it. Where that nears the model's window, the
 * oldest turns are summarised first, once and for all; the turns themselves stay as they are.
 */
export const historyOf = async (
  { conversations, store, contextTokens }: HistoryParts,
  request: EarlierRequest,
): Promise<ModelPrompt> => {
  const { task, model, opening } = request
  if (task.conversation_id === null) return []
  const known = await conversations.ofTask(task.id)
  if (known === undefined) return []
  const summary = await readSummary(store, known)
  const past = pastTurns(known)
  const after = new Map(
    past.filter(({ endSeq }) => endSeq > (summary?.throughSeq ?? 0)).map(({ id, endSeq }) => [id, endSeq]),
  )
  const reader = { model: model.name, callIds: new Set(request.callIds) }
  const turns = await readTurns(store, [...after.keys()])
  const standing: Standing = {
    summary,
    turns: turns
      .filter(({ task: past }) => !isTakenBack(past))
      .map((turn) => ({
        turn,
        endSeq: after.get(turn.task.id) ?? 0,
        messages: pastMessages(turn, reader),
      })),
  }
  const windowTokens = contextWindow(model.name, contextTokens())
  const takenTokens = tokensOf(standing, opening)
  // Over a budget the turn is to wait; it comes back here when there is another.
  const isLeft = takenTokens <= windowTokens * fullShare || !(await request.isAffordable())
  if (isLeft) return messagesOfStanding(standing)
  const summarisedTurns = past.length - after.size
  return messagesOfStanding(
    await compacted(standing, request, { windowTokens, takenTokens, summarisedTurns }),
  )
}

/** What a user has cancelled before it began was not said to anybody; it may have stood behind what comes only now. */
const isTakenBack = ({ status, started_at }: Task): boolean => status === 'cancelled' && started_at === null
