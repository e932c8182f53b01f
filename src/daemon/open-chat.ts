import type { AttemptParts } from './agent/attempt-parts.ts'
import { ChatReplies } from './conversations/chat-replies.ts'
import { UsersConversations } from './conversations/conversation-desk.ts'
import type { Conversations } from './conversations/conversations.ts'
import { historyOf } from './conversations/history.ts'
import type { Agents } from './definitions/agents.ts'
import type { Releasers } from './lifecycle/releasers.ts'
import type { Queue } from './queue/queue.ts'
import type { Store } from './store/store.ts'

interface Surroundings {
  readonly conversations: Conversations
  readonly store: Store
  readonly queue: Queue
  readonly agents: Pick<Agents, 'names'>
  readonly contextTokens: () => number | null
  readonly releasers: Releasers
}

interface Chat {
  readonly replies: ChatReplies
  readonly desk: UsersConversations
  readonly earlier: AttemptParts['earlier']
}

/** What talks to users: answers to their messages, their conversations, and what a model is told of those. */
export const openChat = ({
  conversations,
  store,
  queue,
  agents,
  contextTokens,
  releasers,
}: Surroundings): Chat => {
  const replies = new ChatReplies({
    conversations,
    store,
    queue,
    agentTypes: (cwd) => agents.names(cwd),
  })
  releasers.add(() => replies.close())
  return {
    replies,
    desk: new UsersConversations({ conversations, store, queue }),
    earlier: (request) => historyOf({ conversations, store, contextTokens }, request),
  }
}
