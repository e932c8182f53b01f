import type { ChatFrame } from '../../protocol/frames.ts'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import type { Json } from '../../protocol/task.ts'

/** One message of a user to an agent, in a conversation. */
export interface ChatTurn {
  readonly agentType: string
  /** False where nobody is named: the message is for the one that the conversation is with, if that is another. */
  readonly namesAgent: boolean
  /** Which of an agent's fields it is about; always there for a liaison. */
  readonly pillar: string | null
  /** Starts that conversation where there is none of this id. */
  readonly conversationId: string
  readonly userId: string
  readonly message: string
  /** Kept with the message and given to the agent. */
  readonly metadata: Json | null
  /** Where a conversation that begins with this message works. Absolute. */
  readonly cwd: string | null
  readonly model: string | null
  /** Variables of the shell that it comes from. */
  readonly environment: TaskEnvironment | null
}

export interface ChatPlace {
  readonly cwd: string | null
  readonly conversationId: string | null
}

/** An agent that a message may be for; without pillars where it has none. */
export interface AgentType {
  readonly name: string
  readonly pillars: readonly string[]
}

/** Who answers chat messages: what the server asks of the rest of the daemon. */
export interface ChatAgents {
  /** What `agent_type` may be, as of now: in a folder, or in that of a conversation, there may be more. */
  agentTypes(place: ChatPlace): Promise<readonly AgentType[]>
  /**
   * Runs the turn and yields what it says: replies, and deltas before them; what goes wrong is a reply of type `error`.
   * It is read to its end also when the asker has left: leaving cancels nothing.
   */
  answer(turn: ChatTurn): AsyncIterable<ChatFrame>
}
