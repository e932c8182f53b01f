import { useSyncExternalStore } from 'react'
import type { FrameStore } from '../state/frame-store.ts'
import type { WatchState } from '../state/watch-state.ts'

/** The state of the screen, at most once per frame. */
export const useWatchState = (store: FrameStore): WatchState =>
  useSyncExternalStore(store.subscribe, store.getState)
