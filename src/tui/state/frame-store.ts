import type { FeedItem } from '../../client/feed.ts'
import type { Action } from './actions.ts'
import { PacedStore } from './paced-store.ts'
import { reduce } from './reduce.ts'
import type { WatchState } from './watch-state.ts'

/** The state of `sparky watch`. */
export class FrameStore extends PacedStore<WatchState, Action, FeedItem> {
  constructor(state: WatchState) {
    super(state, { reduce, actionOf: (items) => ({ type: 'feed', items }) })
  }
}
