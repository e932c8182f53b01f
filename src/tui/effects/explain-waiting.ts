import type { FrameStore } from '../state/frame-store.ts'
import { isQueued, selectedTask } from '../state/selectors.ts'
import type { WatchSource } from '../watch-source.ts'

const atMostEveryMs = 1_000

/**
 * Keeps the reasons why the selected task does not run up to date: asks when such a task is selected and when
 * something has happened that can change the answer (another task, the queue or a group, money that is spent), at most
 * once a second.
 */
export const explainWaiting = (store: FrameStore, source: Pick<WatchSource, 'why'>): (() => void) => {
  let askedAbout: { id: string; queueSeq: number } | null = null
  let askedAtMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  const ask = async (id: string): Promise<void> => {
    askedAtMs = performance.now()
    try {
      store.dispatch({ type: 'why', why: await source.why(id) })
    } catch {
      // What was known stays on the screen; the next move in the queue asks again.
    }
  }

  const follow = (): void => {
    const state = store.getState()
    const task = selectedTask(state)
    if (task === null || !isQueued(task)) return
    if (askedAbout?.id === task.id && askedAbout.queueSeq === state.queueSeq) return
    const waitMs = askedAbout?.id === task.id ? atMostEveryMs - (performance.now() - askedAtMs) : 0
    askedAbout = { id: task.id, queueSeq: state.queueSeq }
    clearTimeout(timer)
    timer = setTimeout(() => void ask(task.id), Math.max(0, waitMs))
  }

  const unsubscribe = store.subscribe(follow)
  return () => {
    unsubscribe()
    clearTimeout(timer)
  }
}
