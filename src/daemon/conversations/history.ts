import type { EarlierRequest } from '../agent/attempt-parts.ts'
import type { ModelPrompt } from '../models/model.ts'
import type { Store } from '../store/store.ts'
import type { Conversations } from './conversations.ts'
import { pastTurns } from './known-conversation.ts'
import { pastMessages } from './past-messages.ts'
import { readTurns } from './past-turn.ts'

export interface HistoryParts {
  readonly conversations: Pick<Conversations, 'ofTask'>
  readonly store: Pick<Store, 'events'>
}

/** What was said in its conversation before a turn, as its model is to see it. */
export const historyOf = async (
  { conversations, store }: HistoryParts,
  { task, model, callIds }: EarlierRequest,
): Promise<ModelPrompt> => {
  if (task.conversation_id === null) return []
  const known = await conversations.ofTask(task.id)
  if (known === undefined) return []
  const turns = await readTurns(
    store,
    pastTurns(known).map(({ id }) => id),
  )
  const reader = { model: model.name, callIds: new Set(callIds) }
  return turns.flatMap((turn) => pastMessages(turn, reader))
}
