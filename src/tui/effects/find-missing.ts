import type { FrameStore } from '../state/frame-store.ts'
import type { WatchSource } from '../watch-source.ts'

/** Asks for tasks that events told of and that no list has brought, one after the other. */
export const findMissing = (store: FrameStore, source: Pick<WatchSource, 'showTask'>): (() => void) => {
  let isAsking = false

  const askNext = async (): Promise<void> => {
    const [taskId] = store.getState().missing
    if (taskId === undefined || isAsking) return
    isAsking = true
    try {
      store.dispatch({ type: 'listed', tasks: [await source.showTask(taskId)] })
    } catch {
      store.dispatch({ type: 'gone', taskId })
    } finally {
      isAsking = false
    }
  }

  return store.subscribe(() => void askNext())
}
