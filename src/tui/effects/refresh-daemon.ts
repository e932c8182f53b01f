import type { FrameStore } from '../state/frame-store.ts'
import type { WatchSource } from '../watch-source.ts'

/** Model, loop and counts as the daemon has them now. An old answer stays where it gives none. */
export const refreshDaemon = async (
  store: FrameStore,
  source: Pick<WatchSource, 'status'>,
  withCounts: boolean,
): Promise<void> => {
  try {
    store.dispatch({ type: 'daemon', status: await source.status(), withCounts })
  } catch {
    // The header already says that the connection is lost.
  }
}
