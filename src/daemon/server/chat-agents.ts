import type { ChatFrame } from '../../protocol/frames.ts'
import type { Json } from '../../protocol/task.ts'

/** One message of a user to an agent, in a conversation. */
export interface ChatTurn {
  readonly agentType: string
  /** Which of an agent's fields it is about; always there for a liaison. */
  readonly pillar: string | null
  /** Starts that conversation where there is none of this id. */
  readonly conversationId: string
  readonly userId: string
  readonly message: string
  /** Kept with the message and given to the agent. */
  readonly metadata: Json | null
}

/** Who answers chat messages: what the server asks of the rest of the daemon. */
export interface ChatAgents {
  /** What `agent_type` may be, as of now. */
  agentTypes(): readonly string[]
  /**
   * Runs the turn and yields what it says: replies, and deltas before them; what goes wrong is a reply of type `error`.
   * It is read to its end also when the asker has left: leaving cancels nothing.
   */
  answer(turn: ChatTurn): AsyncIterable<ChatFrame>
}

/** Until there are agents to chat with: routes as they will be, and says how to have the request done today. */
export const noChatAgents: ChatAgents = {
  agentTypes: () => ['guide', 'liaison'],
  answer: async function* ({ agentType, pillar, conversationId }) {
    yield {
      type: 'error',
      agent_type: agentType,
      pillar,
      conversation_id: conversationId,
      task_id: null,
      code: 'not_found',
      message: 'Chat agents are not there yet: nobody has read this message',
      hint: 'queue the request as a task: sparky agent tasks add "…", or POST /api/v1/tasks',
      data: null,
      visualization: null,
    }
  },
}
