import { toFailure } from '../../protocol/failure.ts'
import type { FrameStore } from '../state/frame-store.ts'
import type { WatchState } from '../state/watch-state.ts'
import type { WatchSource } from '../watch-source.ts'

const restMs = 60
const retryMs = 1_000

/**
 * Loads the history of whichever tasks are shown, page by page, one after the other, the selected one first, and goes
 * on loading after a failure for as long as the task stays on the screen. Waits until the selection rests, so that
 * running down the list asks for nothing.
 */
export const loadTranscripts = (store: FrameStore, source: Pick<WatchSource, 'taskEvents'>): (() => void) => {
  let loadingId: string | null = null
  let timer: NodeJS.Timeout | undefined

  const load = async (taskId: string): Promise<void> => {
    let after = store.getState().since
    for (;;) {
      store.dispatch({ type: 'page_requested', taskId })
      const page = await source.taskEvents(taskId, after)
      if (loadingId !== taskId) return
      store.dispatch({ type: 'page', taskId, events: page.events, isLast: page.next_after === null })
      if (page.next_after === null) return
      after = page.next_after
    }
  }

  const start = (taskId: string, waitMs: number): void => {
    timer = setTimeout(() => {
      load(taskId).catch((error: unknown) => {
        if (loadingId !== taskId) return
        store.dispatch({ type: 'notice', text: toFailure(error).message, tone: 'failed' })
        start(taskId, retryMs)
      })
    }, waitMs)
  }

  const follow = (): void => {
    const wantedId = loadingIn(store.getState())
    if (wantedId === loadingId) return
    const isFirst = loadingId === null && timer === undefined
    loadingId = wantedId
    clearTimeout(timer)
    if (wantedId !== null) start(wantedId, isFirst ? 0 : restMs)
  }

  const unsubscribe = store.subscribe(follow)
  return () => {
    unsubscribe()
    loadingId = null
    clearTimeout(timer)
  }
}

/** The first task on the screen whose history is not there yet. */
const loadingIn = ({ transcript, kept }: WatchState): string | null => {
  if (transcript?.loading === true) return transcript.taskId
  for (const [taskId, pane] of kept) if (pane.transcript.loading) return taskId
  return null
}
