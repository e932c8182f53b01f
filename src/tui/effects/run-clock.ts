import type { FrameStore } from '../state/frame-store.ts'
import { isAnimated } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'

export const animatedMs = 100
const playingMs = 40
export const restingMs = 1_000

/** The one timer for everything that changes by itself: fast while something moves, else once a second. */
export const runClock = (store: FrameStore): (() => void) => runTicks(store, tickEveryMs)

interface Ticking<State> {
  getState(): State
  subscribe(listener: () => void): () => void
  dispatch(action: { readonly type: 'tick'; readonly nowMs: number }): void
}

/** Tells a store what time it is, as often as its state asks for. */
export const runTicks = <State>(store: Ticking<State>, everyMsIn: (state: State) => number): (() => void) => {
  let timer: NodeJS.Timeout
  let everyMs = restingMs
  const tick = (): void => {
    store.dispatch({ type: 'tick', nowMs: Date.now() })
    everyMs = everyMsIn(store.getState())
    timer = setTimeout(tick, everyMs)
  }
  // What begins to move does not wait until the resting clock is due.
  const unsubscribe = store.subscribe(() => {
    const wantedMs = everyMsIn(store.getState())
    if (wantedMs >= everyMs) return
    everyMs = wantedMs
    clearTimeout(timer)
    timer = setTimeout(tick, everyMs)
  })
  tick()
  return () => {
    unsubscribe()
    clearTimeout(timer)
  }
}

const tickEveryMs = (state: WatchState): number =>
  !isAnimated(state) ? restingMs : state.replay === null ? animatedMs : playingMs
