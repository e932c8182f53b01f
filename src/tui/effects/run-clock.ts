import type { FrameStore } from '../state/frame-store.ts'
import { isAnimated } from '../state/selectors.ts'

const animatedMs = 100
const restingMs = 1_000

/** The one timer for everything that changes by itself: fast while something moves, else once a second. */
export const runClock = (store: FrameStore): (() => void) => {
  let timer: NodeJS.Timeout
  const tick = (): void => {
    store.dispatch({ type: 'tick', nowMs: Date.now() })
    timer = setTimeout(tick, isAnimated(store.getState()) ? animatedMs : restingMs)
  }
  tick()
  return () => clearTimeout(timer)
}
