import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { v7 as uuidv7 } from 'uuid'
import type { LiveClient } from '../client/client.ts'
import type { SparkyError } from '../protocol/failure.ts'
import type { Json } from '../protocol/task.ts'
import { AgentChat } from './agent-chat.ts'
import { conversationIdOf, type ActiveAgent, type ChatMessage } from './conversations.ts'
import { useSparkyClient } from './sparky-provider.ts'
import { mayConnect } from './login.ts'

export interface UnifiedAgentChatOptions {
  /** Which daemon; the provider's if left out. */
  readonly client?: LiveClient | undefined
  /** As whom the session is logged in. */
  readonly userId?: string | undefined
  /** Another token than the client's. Null or empty: nobody is logged in yet, so nothing connects. */
  readonly token?: string | null | undefined
  /** Goes on with the conversations of that session, where a page is loaded again; a new one if left out. */
  readonly sessionId?: string | undefined
  /** Whom one talks to at first; the guide if left out. */
  readonly initialAgent?: ActiveAgent | undefined
}

/** All functions are always the same ones, but for `getConversationHistory`, which changes with what it returns. */
export interface UseUnifiedAgentChat {
  readonly activeAgent: ActiveAgent
  /** With the active agent, oldest first. */
  readonly messages: readonly ChatMessage[]
  /**
   * To the active agent. Without a connection it waits for one, shown as `queued`. It never throws: a message that
   * cannot be sent, or is refused, is followed by one of type `error` that says why.
   */
  readonly sendMessage: (message: string, options?: { readonly metadata?: Json }) => void
  /** What is under way with the agent before goes on, and is there when one switches back. */
  readonly switchAgent: (agent: ActiveAgent) => void
  /** With that agent, oldest first; with the active one if left out. */
  readonly getConversationHistory: (agent?: ActiveAgent) => readonly ChatMessage[]
  readonly sessionId: string
  /** Whether what is sent goes out at once. */
  readonly isConnected: boolean
  /** Why there is no connection for good; null while there is one, or one is tried for. */
  readonly error: SparkyError | null
}

/** Talks with the guide and with any liaison over one WebSocket; each has a conversation of its own. */
export const useUnifiedAgentChat = (options: UnifiedAgentChatOptions = {}): UseUnifiedAgentChat => {
  const { userId, token, initialAgent = guide } = options
  const client = useSparkyClient(options.client)
  const [chat] = useState(() => new AgentChat(options.sessionId ?? uuidv7(), initialAgent))
  const connects = mayConnect(token)
  useEffect(() => {
    if (!connects) return undefined
    chat.start({ client, userId, token })
    return () => chat.stop()
  }, [chat, connects, client, userId, token])
  const { activeAgent, conversations, isConnected, error } = useSyncExternalStore(
    chat.state.subscribe,
    chat.state.get,
    chat.state.get,
  )
  const { sessionId } = chat
  const actions = useMemo(
    () => ({
      sendMessage: (message: string, { metadata }: { readonly metadata?: Json } = {}) =>
        chat.send(message, metadata),
      switchAgent: (agent: ActiveAgent) => chat.switchAgent(agent),
    }),
    [chat],
  )
  const getConversationHistory = useMemo(
    () =>
      (agent: ActiveAgent = activeAgent) =>
        conversations.get(conversationIdOf(agent, sessionId)) ?? none,
    [conversations, activeAgent, sessionId],
  )
  return {
    activeAgent,
    messages: getConversationHistory(),
    ...actions,
    getConversationHistory,
    sessionId,
    isConnected,
    error,
  }
}

const guide: ActiveAgent = { type: 'guide' }
const none: readonly ChatMessage[] = []
