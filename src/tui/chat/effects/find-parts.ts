import type { ChatSource } from '../chat-source.ts'
import type { ChatStore } from '../state/chat-store.ts'

/** Asks for what turns had delegated before they were followed, once something is heard of it. */
export const findParts = (store: ChatStore, source: Pick<ChatSource, 'showTask'>): (() => void) => {
  const asked = new Set<string>()
  const find = async (taskId: string): Promise<void> => {
    try {
      store.dispatch({ type: 'missing', task: await source.showTask(taskId) })
    } catch {
      // Its call tells what came of it.
    }
  }
  return store.subscribe(() => {
    for (const taskId of store.getState().log.missing) {
      if (asked.has(taskId)) continue
      asked.add(taskId)
      void find(taskId)
    }
  })
}
