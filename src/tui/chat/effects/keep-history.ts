import type { ChatStore } from '../state/chat-store.ts'

/** Hands on each message and command as it is sent, for the chats to come. */
export const keepHistory = (store: ChatStore, keep: (message: string) => void): (() => void) => {
  let { history } = store.getState()
  return store.subscribe(() => {
    const now = store.getState().history
    if (now === history) return
    history = now
    const newest = now.at(-1)
    if (newest !== undefined) keep(newest)
  })
}
