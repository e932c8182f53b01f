import type { Failure } from '../protocol/failure.ts'
import type { ChatDelta, ChatReply } from '../protocol/frames.ts'
import type { Json } from '../protocol/task.ts'

/** Whom one talks to. A liaison needs the pillar that it is one of. */
export interface ActiveAgent {
  readonly type: 'guide' | 'liaison'
  readonly pillar?: string
}

export interface ChatMessage {
  /** Unique among the messages of one hook; what a list takes as its key. */
  readonly id: string
  readonly role: 'user' | 'assistant'
  readonly content: string
  /** What kind of answer it is; `error` where there is none, and `error` says why. */
  readonly type: ChatReply['type']
  readonly data: Json | null
  readonly visualization: Json | null
  readonly error: Failure | null
  /**
   * Of a user's message: `queued` until there is a connection, `sent` until its answer has come, then `answered`, or
   * `unanswered` where the connection was lost before: it may have been received, so it is not sent again; `refused`
   * where it could not be sent, or the daemon would not have it. Of an answer: `streaming`, then `complete`.
   */
  readonly state: 'queued' | 'sent' | 'answered' | 'unanswered' | 'refused' | 'streaming' | 'complete'
  /** The task that this turn runs as; null until that is known. */
  readonly taskId: string | null
}

/** Messages, oldest first, by the id of their conversation. */
export type Conversations = ReadonlyMap<string, readonly ChatMessage[]>

/** Of each conversation the newest; the daemon keeps them all. */
const mostMessages = 1000

/** One conversation with each agent in each session, of the name that the daemon gives it by itself. */
export const conversationIdOf = ({ type, pillar }: ActiveAgent, sessionId: string): string =>
  [type, pillar, sessionId].filter((part) => part !== undefined).join('_')

export const withMessage = (
  conversations: Conversations,
  conversationId: string,
  message: Partial<ChatMessage> & Pick<ChatMessage, 'id' | 'role' | 'content' | 'state'>,
): Conversations =>
  change(conversations, conversationId, (messages) => [...messages, { ...plain, ...message }])

/** A user's message that goes on its way, or whose answer will not come. */
export const withState = (
  conversations: Conversations,
  ids: ReadonlySet<string>,
  state: ChatMessage['state'],
): Conversations => {
  const isOneOf = ({ id }: ChatMessage): boolean => ids.has(id)
  return new Map(
    [...conversations].map(([conversationId, messages]) => [
      conversationId,
      messages.some(isOneOf)
        ? messages.map((message) => (isOneOf(message) ? { ...message, state } : message))
        : messages,
    ]),
  )
}

/** A whole answer. It takes the place of what has streamed of it. */
export const withReply = (
  conversations: Conversations,
  reply: Omit<ChatReply, 'agent_type' | 'pillar'> & Partial<Failure>,
  id: string,
): Conversations =>
  change(conversations, reply.conversation_id, (messages) => {
    const answer: ChatMessage = {
      id,
      role: 'assistant',
      content: reply.message,
      type: reply.type,
      data: reply.data,
      visualization: reply.visualization,
      error: reply.type === 'error' ? failureOf(reply) : null,
      state: 'complete',
      taskId: reply.task_id,
    }
    const streaming = messages.findIndex((message) => isStreamOf(message, reply.task_id))
    const endsStream = streaming !== -1 && (reply.type === 'message' || reply.type === 'error')
    if (endsStream) return messages.with(streaming, { ...answer, id: messages[streaming]?.id ?? id })
    return [...answered(messages, reply.task_id), answer]
  })

/** A fragment of an answer. `offset` 0 begins it anew; a fragment that was lost leaves a gap until the whole answer comes. */
export const withChatDelta = (conversations: Conversations, delta: ChatDelta, id: string): Conversations => {
  if (delta.type !== 'message_delta') return conversations
  const { text, offset } = delta.data
  return change(conversations, delta.conversation_id, (messages) => {
    const streaming = messages.findIndex((message) => isStreamOf(message, delta.task_id))
    const stream = messages[streaming]
    if (stream !== undefined) {
      return messages.with(streaming, { ...stream, content: stream.content.slice(0, offset) + text })
    }
    const begun: ChatMessage = {
      ...plain,
      id,
      role: 'assistant',
      content: text,
      state: 'streaming',
      taskId: delta.task_id,
    }
    return [...answered(messages, delta.task_id), begun]
  })
}

const plain = { type: 'message', data: null, visualization: null, error: null, taskId: null } as const

const isStreamOf = ({ role, state, taskId }: ChatMessage, task: string | null): boolean =>
  role === 'assistant' && state === 'streaming' && taskId === task

/** The oldest message that waits has its answer now, unless this is one more part of an answer that has begun. */
const answered = (messages: readonly ChatMessage[], task: string | null): readonly ChatMessage[] => {
  if (task !== null && messages.some(({ role, taskId }) => role === 'assistant' && taskId === task)) {
    return messages
  }
  const waiting = messages.findIndex(({ state }) => state === 'sent' || state === 'unanswered')
  const message = messages[waiting]
  return message === undefined
    ? messages
    : messages.with(waiting, { ...message, state: 'answered', taskId: task })
}

const failureOf = ({ code, message, hint }: { message: string } & Partial<Failure>): Failure => ({
  code: code ?? 'internal',
  message,
  hint: hint ?? null,
})

const change = (
  conversations: Conversations,
  conversationId: string,
  next: (messages: readonly ChatMessage[]) => readonly ChatMessage[],
): Conversations =>
  new Map(conversations).set(
    conversationId,
    next(conversations.get(conversationId) ?? []).slice(-mostMessages),
  )
