import type { AttemptParts } from '../../../src/daemon/agent/attempt-parts.ts'
import { UsersConversations } from '../../../src/daemon/conversations/conversation-desk.ts'
import { historyOf } from '../../../src/daemon/conversations/history.ts'
import type { Model } from '../../../src/daemon/models/model.ts'
import type { RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import type { ApiParams } from '../../../src/protocol/api.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openAgent, type TestAgent } from '../agent/open-agent.ts'

export interface TestConversations extends TestAgent {
  readonly desk: UsersConversations
  /** Adds a turn; conversation `c` and the guide where nothing else is said. */
  send(message: string, fields?: Partial<ApiParams<'sendMessage'>>): Promise<Task>
  claimChat(): Promise<RunningAttempt>
  /** Adds a turn and runs it to its end. */
  say(message: string, fields?: Partial<ApiParams<'sendMessage'>>): Promise<Task>
}

interface Options extends Partial<AttemptParts> {
  readonly contextTokens?: number | null
}

/** Conversations with the agent of the tests: each turn gets what was said before. */
export const openConversations = async (
  model: Model,
  { contextTokens = null, ...fields }: Options = {},
): Promise<TestConversations> => {
  const agent: TestAgent = await openAgent(model, {
    earlier: (request) => {
      const { conversations, store } = agent
      return historyOf({ conversations, store, contextTokens: () => contextTokens }, request)
    },
    ...fields,
  })
  const { conversations, queue, store } = agent
  const desk = new UsersConversations({ conversations, queue, store })
  const send: TestConversations['send'] = (message, more) =>
    desk.send({ conversation_id: 'c', message, ...more })
  const claimChat = async (): Promise<RunningAttempt> => {
    const attempt = await queue.claim('chat')
    if (attempt === undefined) throw new Error('expected a turn to claim, found none')
    return attempt
  }
  return {
    ...agent,
    desk,
    send,
    claimChat,
    say: async (message, more) => {
      const { id } = await send(message, more)
      await agent.finish(await claimChat())
      return store.resolve(id)
    },
  }
}
