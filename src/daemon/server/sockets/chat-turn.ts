import { createHash } from 'node:crypto'
import { deltaTypes } from '../../../protocol/event.ts'
import { SparkyError, toFailure } from '../../../protocol/failure.ts'
import type { ChatFrame, ClientFrame } from '../../../protocol/frames.ts'
import { conversationIdSchema } from '../../../protocol/new-task.ts'
import { usualAgent } from '../../../protocol/usual-names.ts'
import type { AgentType, ChatAgents, ChatTurn } from '../chat-agents.ts'
import type { ImpliedAgent } from './web-socket-place.ts'

type MessageFrame = Extract<ClientFrame, { type: 'message' }>

interface Asker {
  readonly sessionId: string
  readonly userId: string
  /** Whom a message is for that names nobody; null: the guide. */
  readonly implied: ImpliedAgent | null
  readonly agentTypes: readonly AgentType[]
}

/**
 * What a chat message asks of whom. Without a `conversation_id` it goes on with the session's own conversation with
 * that agent: `guide_SESSION`, `liaison_PILLAR_SESSION`; with one and without an agent, with whoever that is with. A
 * `pillar` says nothing to an agent that has none: clients send the one that they show with every message. Nor does the
 * `session_token`: the connection has shown its token. Throws `usage` for an agent that there is not.
 */
export const chatTurn = (
  frame: MessageFrame,
  { sessionId, userId, implied, agentTypes }: Asker,
): ChatTurn => {
  const named = frame.agent_type ?? frame.agent ?? implied?.agent_type
  const [agentType = usualAgent, ownPillar] = partsOf(named ?? usualAgent)
  const agent = agentTypes.find(({ name }) => name === agentType)
  if (agent === undefined) throw new SparkyError('usage', `Unknown agent_type: ${agentType}`)
  const hasPillars = agent.pillars.length > 0
  const given = hasPillars ? frame.pillar : null
  const pillar =
    given ?? ownPillar ?? (agentType === implied?.agent_type ? implied.pillar : undefined) ?? null
  if (hasPillars && !pillar) throw new SparkyError('usage', `pillar is required for ${agentType} agent`)
  const own = (session: string): string =>
    [agentType, pillar, session].filter((part) => part !== null).join('_')
  return {
    agentType,
    namesAgent: named !== undefined,
    pillar,
    conversationId: frame.conversation_id ?? plainId(own, sessionId),
    userId,
    message: frame.message,
    metadata: frame.metadata ?? null,
    cwd: frame.cwd ?? null,
    model: frame.model ?? null,
    environment: frame.environment ?? null,
  }
}

/** A client may call its session what it likes, also what can be no part of an id. */
const plainId = (own: (session: string) => string, sessionId: string): string =>
  conversationIdSchema.safeParse(own(sessionId)).success
    ? own(sessionId)
    : own(createHash('sha256').update(sessionId).digest('hex').slice(0, 32))

/** An agent may be named with its pillar: `NAME/PILLAR`. */
const partsOf = (named: string): string[] => {
  const slash = named.indexOf('/')
  return slash === -1 ? [named] : [named.slice(0, slash), named.slice(slash + 1)]
}

/** Hands over what the turn says, to its end. Never rejects: what breaks it is the last reply. */
export const runTurn = async (
  chat: ChatAgents,
  turn: ChatTurn,
  { onFrame, onError }: { onFrame: (frame: ChatFrame) => void; onError: (error: unknown) => void },
): Promise<void> => {
  try {
    for await (const frame of chat.answer(turn)) onFrame(frame)
  } catch (error) {
    onError(error)
    onFrame({
      type: 'error',
      agent_type: turn.agentType,
      pillar: turn.pillar,
      conversation_id: turn.conversationId,
      task_id: null,
      ...toFailure(error),
      data: null,
      visualization: null,
    })
  }
}

/** What may be dropped: a reply follows that says it all. */
export const isChatDelta = ({ type }: ChatFrame): boolean => deltas.has(type)

const deltas: ReadonlySet<string> = new Set(deltaTypes)
