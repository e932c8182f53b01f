import type { ChatSource } from '../chat-source.ts'
import type { ChatStore } from '../state/chat-store.ts'

/** Asks anew who the agents are and what the daemon is whenever a connection stands: it may be another one. */
export const keepDaemonKnown = (
  store: ChatStore,
  source: Pick<ChatSource, 'status' | 'listAgents' | 'contextTokens'>,
): (() => void) => {
  let known = ''
  const ask = async (): Promise<void> => {
    try {
      const [status, agents, tokens] = await Promise.all([
        source.status(),
        source.listAgents(),
        source.contextTokens(),
      ])
      store.dispatch({ type: 'daemon', status })
      store.dispatch({ type: 'agents', agents })
      store.dispatch({ type: 'context_tokens', tokens })
    } catch {
      // The header already says that the connection is lost.
    }
  }
  const follow = (): void => {
    const { state } = store.getState().connection
    if (state === known) return
    known = state
    if (state === 'live') void ask()
  }
  return store.subscribe(follow)
}
