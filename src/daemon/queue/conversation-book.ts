import type { ApiParams } from '../../protocol/api.ts'

/** What the queue asks of conversations where a task is to be a turn of one. */
export interface ConversationBook {
  /** The one that is meant by this id; undefined where it begins with the task. */
  find(id: string): Promise<ConversationFacts | undefined>
  /**
   * Throws `conflict` where it is with another agent. Until the function that is returned has been called, one that
   * begins is promised to this agent.
   */
  join(id: string, partner: Pick<ConversationFacts, 'agent' | 'pillar'>): () => void
}

interface ConversationFacts {
  readonly id: string
  readonly agent: string
  readonly pillar: string | null
  readonly cwd: string
}

/** The request with what the conversation says where the adder says nothing. */
export const asTurn = async (
  params: ApiParams<'addTask'>,
  conversationId: string,
  book: ConversationBook,
): Promise<ApiParams<'addTask'> & { readonly conversation_id: string }> => {
  const found = await book.find(conversationId)
  if (found === undefined) return { ...params, conversation_id: conversationId }
  const partner =
    params.agent === undefined ? { agent: found.agent, pillar: found.pillar ?? undefined } : undefined
  return { ...params, ...partner, cwd: params.cwd ?? found.cwd, conversation_id: found.id }
}
