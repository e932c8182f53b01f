import type { Session, SessionFrame, SessionState } from '../client/session.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { ChatFrame } from '../protocol/frames.ts'
import type { Json } from '../protocol/task.ts'
import {
  conversationIdOf,
  withChatDelta,
  withMessage,
  withReply,
  withState,
  type ActiveAgent,
  type ChatMessage,
  type Conversations,
} from './conversations.ts'
import { Observable } from './observable.ts'
import { toSparkyError } from './to-sparky-error.ts'
import { clientOf, type Login } from './login.ts'

export interface AgentChatState {
  readonly activeAgent: ActiveAgent
  readonly conversations: Conversations
  /** Whether what is sent goes out at once. */
  readonly isConnected: boolean
  /** Why there is no connection for good; null while there is one, or one is tried for. */
  readonly error: SparkyError | null
}

interface Waiting {
  readonly id: string
  readonly frame: SessionFrame
}

/** Messages that wait for a connection; more than these are refused. */
const maxWaiting = 100
/** A screen shows no more than so many states of a streaming answer a second. */
const tellEveryMs = 33

/**
 * Conversations with any number of agents over one connection. What is written without one waits for it, and is sent
 * in order; every message ends in an answer, or in an error that stands in its conversation.
 */
export class AgentChat {
  readonly state: Observable<AgentChatState>
  readonly sessionId: string
  readonly #waiting: Waiting[] = []
  #session: Session | undefined
  #messages = 0

  constructor(sessionId: string, activeAgent: ActiveAgent) {
    this.sessionId = sessionId
    this.state = new Observable<AgentChatState>(
      { activeAgent, conversations: new Map(), isConnected: false, error: null },
      tellEveryMs,
    )
  }

  start(login: Login): void {
    const { sessionId } = this
    const { userId } = login
    const session = clientOf(login).openSession({ client: 'sparky-react', userId, sessionId })
    this.#session = session
    session.on('reply', (frame) => this.#answered(frame))
    session.on('error', (error) => this.#refusedByDaemon(error))
    session.on('state', (state) => this.#changed(session, state))
    this.state.patch({ error: null })
  }

  /** Closes the connection; the conversations stay. */
  stop(): void {
    const session = this.#session
    this.#session = undefined
    session?.close()
    this.#disconnected()
  }

  switchAgent(activeAgent: ActiveAgent): void {
    this.state.patch({ activeAgent })
  }

  /** To the active agent. Never throws: a message that cannot be sent has an error after it. */
  send(message: string, metadata?: Json): void {
    const { activeAgent, conversations, error } = this.state.get()
    const id = this.#nextId()
    const conversation_id = conversationIdOf(activeAgent, this.sessionId)
    const frame: SessionFrame = {
      type: 'message',
      agent_type: activeAgent.type,
      ...(activeAgent.pillar !== undefined && { pillar: activeAgent.pillar }),
      message,
      conversation_id,
      ...(metadata !== undefined && { metadata }),
    }
    this.state.patch({
      conversations: withMessage(conversations, conversation_id, {
        id,
        role: 'user',
        content: message,
        state: 'queued',
      }),
    })
    this.#waiting.push({ id, frame })
    if (this.state.get().isConnected) this.#flush()
    else if (error !== null) this.#refuseWaiting(error)
    else if (this.#waiting.length > maxWaiting) this.#refuse(this.#waiting.pop(), tooMany)
  }

  #flush(): void {
    for (const waiting of this.#waiting.splice(0)) {
      try {
        this.#session?.send(waiting.frame)
        this.#mark([waiting.id], 'sent')
      } catch (error) {
        this.#refuse(waiting, toSparkyError(error))
      }
    }
  }

  #answered(frame: ChatFrame): void {
    if (frame.type === 'turn_status') return
    const { conversations } = this.state.get()
    const { agent_type, pillar, conversation_id } = frame
    // An answer in a conversation that was not begun here is shown with its agent.
    const agent = { type: agent_type, ...(pillar !== null && { pillar }) } as ActiveAgent
    const known = conversations.has(conversation_id)
      ? conversation_id
      : conversationIdOf(agent, this.sessionId)
    const routed = { ...frame, conversation_id: known }
    this.state.patch({
      conversations: isDelta(routed)
        ? withChatDelta(conversations, routed, this.#nextId())
        : withReply(conversations, routed, this.#nextId()),
    })
  }

  /** The daemon takes frames in order, and such an error names none: it is about the oldest that has no answer. */
  #refusedByDaemon(error: SparkyError): void {
    const sent = [...this.state.get().conversations].flatMap(([conversationId, messages]) =>
      messages.filter(({ state }) => state === 'sent').map(({ id }) => ({ id, conversationId })),
    )
    const [oldest] = sent.sort((a, b) => Number(a.id) - Number(b.id))
    if (oldest === undefined) this.state.patch({ error })
    else this.#markRefused(oldest, error)
  }

  #changed(session: Session, { connection, isAuthenticated }: SessionState): void {
    if (this.#session !== session) return
    const { isConnected } = this.state.get()
    if (connection.state === 'closed') {
      this.#session = undefined
      this.#disconnected()
      const error = connection.error ?? new SparkyError('daemon_unreachable', 'the session was closed')
      this.state.patch({ error })
      this.#refuseWaiting(error)
    } else if (isAuthenticated && !isConnected) {
      this.state.patch({ isConnected: true, error: null })
      this.#flush()
    } else if (!isAuthenticated && isConnected) {
      this.#disconnected()
    }
  }

  #disconnected(): void {
    const messages = [...this.state.get().conversations.values()].flat()
    this.#mark(
      messages.filter(({ state }) => state === 'sent').map(({ id }) => id),
      'unanswered',
    )
    this.state.patch({ isConnected: false })
  }

  #refuseWaiting(error: SparkyError): void {
    for (const waiting of this.#waiting.splice(0)) this.#refuse(waiting, error)
  }

  #refuse(waiting: Waiting | undefined, error: SparkyError): void {
    if (waiting?.frame.type !== 'message') return
    this.#markRefused({ id: waiting.id, conversationId: waiting.frame.conversation_id ?? '' }, error)
  }

  #markRefused({ id, conversationId }: { id: string; conversationId: string }, error: SparkyError): void {
    this.#mark([id], 'refused')
    const { code, message, hint } = error
    this.state.patch({
      conversations: withMessage(this.state.get().conversations, conversationId, {
        id: this.#nextId(),
        role: 'assistant',
        type: 'error',
        content: message,
        error: { code, message, hint },
        state: 'complete',
      }),
    })
  }

  #mark(ids: readonly string[], state: ChatMessage['state']): void {
    if (ids.length === 0) return
    this.state.patch({ conversations: withState(this.state.get().conversations, new Set(ids), state) })
  }

  #nextId(): string {
    return String(++this.#messages)
  }
}

const isDelta = (
  frame: ChatFrame,
): frame is Extract<ChatFrame, { type: `${string}_delta` | 'tool_output' }> =>
  frame.type === 'tool_output' || frame.type.endsWith('_delta')

const tooMany = new SparkyError('rate_limited', `${maxWaiting} messages wait for a connection already`)
