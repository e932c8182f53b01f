import type { SessionFrame } from '../../../client/session.ts'
import { toFailure } from '../../../protocol/failure.ts'
import type { TaskEnvironment } from '../../../protocol/task-environment.ts'
import type { ChatSession } from '../chat-source.ts'
import type { ChatState } from '../state/chat-state.ts'
import type { ChatStore } from '../state/chat-store.ts'
import { draftsOf, type ConversationLog } from '../state/conversation-log.ts'
import type { Turn } from '../state/turn.ts'

export interface Talking {
  readonly store: ChatStore
  readonly session: ChatSession
  /** Where what is begun here works. */
  readonly cwd: string
  readonly environment: TaskEnvironment
}

/**
 * Takes everything from the session into the store, and sends what is written as soon as there is a connection, in
 * order. What was sent and may have been lost with a connection is sent again once it is certain that it was.
 */
export const talk = (talking: Talking): (() => void) => {
  const { store, session } = talking
  const releases = [
    session.on('event', (event) => void store.collect({ kind: 'event', event })),
    session.on('delta', (delta) => void store.collect({ kind: 'delta', delta })),
    session.on('caught_up', (seq) => void store.collect({ kind: 'caught_up', seq })),
    session.on('state', ({ connection }) => {
      if (connection.state === 'closed') void store.collect({ kind: 'closed', error: connection.error })
      else void store.collect({ kind: 'connection', connection })
    }),
    // Answers come as events. A reply that is an error of no task says that there will be none.
    session.on('reply', (reply) => {
      if (reply.type !== 'error' || reply.task_id !== null) return
      const { code, message, hint, conversation_id: conversationId } = reply
      void store.collect({ kind: 'refused', conversationId, failure: { code, message, hint } })
    }),
    session.on('error', (error) => {
      void store.collect({ kind: 'refused', conversationId: null, failure: toFailure(error) })
    }),
    store.subscribe(() => flush(talking)),
  ]
  subscribeTo(session, store.getState().log)
  return () => {
    for (const release of releases) release()
  }
}

/** Follows a conversation from where its log ends. */
export const subscribeTo = (session: ChatSession, { id, lastSeq }: ConversationLog): void =>
  session.subscribe({ conversation: id, after: lastSeq, deltas: true })

/** Sends what waits, if it can be sent now. */
export const flush = (talking: Talking): void => {
  const { store, session } = talking
  const state = store.getState()
  if (state.connection.state !== 'live') return
  for (const log of [state.log, ...state.left.values()]) {
    for (const turn of readyIn(log)) {
      const { key } = turn
      try {
        session.send(messageOf(talking, state, log, turn))
        store.dispatch({ type: 'sent', conversationId: log.id, key })
      } catch (error) {
        store.dispatch({ type: 'not_sent', conversationId: log.id, key, failure: toFailure(error) })
      }
    }
  }
}

/** What may be sent: nothing overtakes a message whose files are still being read. */
const readyIn = (log: ConversationLog): readonly Turn[] => {
  const [first] = draftsOf(log, 'reading')
  const waiting = draftsOf(log, 'waiting')
  return first === undefined
    ? waiting
    : waiting.filter((turn) => log.items.indexOf(turn) < log.items.indexOf(first))
}

const messageOf = (
  { cwd, environment }: Talking,
  { model }: ChatState,
  { id, agent }: ConversationLog,
  { said, attached }: Turn,
): SessionFrame => {
  const attachments = attached?.attachments ?? []
  return {
    type: 'message',
    agent_type: agent.name,
    ...(agent.pillar !== null && { pillar: agent.pillar }),
    message: said,
    conversation_id: id,
    cwd,
    environment,
    ...(model !== null && { model }),
    ...(attachments.length > 0 && { metadata: { attachments: attachments.map((file) => ({ ...file })) } }),
  }
}
