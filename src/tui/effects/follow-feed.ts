import type { Feed } from '../../client/feed.ts'
import type { Event } from '../../protocol/event.ts'
import type { FrameStore } from '../state/frame-store.ts'
import { refreshDaemon } from './refresh-daemon.ts'
import type { WatchSource } from '../watch-source.ts'

interface Followed {
  readonly store: FrameStore
  readonly source: WatchSource
  readonly feed: Feed
  /** Whether all tasks are watched, so that the daemon's own counts are what the header shows. */
  readonly watchesAll: boolean
}

/** Takes everything from the feed into the store until the feed ends. Rejects where the feed does. */
export const followFeed = async ({ store, source, feed, watchesAll }: Followed): Promise<void> => {
  // Something begins although no loop ran: it was switched on since.
  const isSurprise = ({ type, seq }: Event): boolean => {
    const { daemon } = store.getState()
    return type === 'status' && daemon !== null && !daemon.agent_loop && seq > daemon.store.seq
  }
  for await (const item of feed) {
    await store.collect(item)
    const isBack = item.kind === 'connection' && item.connection.state === 'live'
    const isChanged = item.kind === 'event' && (item.event.type === 'queue_changed' || isSurprise(item.event))
    if (isBack || isChanged) void refreshDaemon(store, source, watchesAll)
  }
}
