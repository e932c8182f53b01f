import type { FeedItem } from '../../client/feed.ts'
import type { Action } from './actions.ts'
import { reduce } from './reduce.ts'
import type { WatchState } from './watch-state.ts'

/** At most 30 frames a second, whatever arrives. */
const frameMs = 34
const mostPending = 2_000

/**
 * Holds the state and tells its listeners about it at most once per frame. An action counts at once (so that the
 * next key meets the state that the one before left); what the feed brings is collected and folded once per frame.
 */
export class FrameStore {
  #state: WatchState
  #pending: FeedItem[] = []
  #timer: NodeJS.Timeout | undefined
  #lastFrameMs = Number.NEGATIVE_INFINITY
  #drained: (() => void) | undefined
  readonly #listeners = new Set<() => void>()

  constructor(state: WatchState) {
    this.#state = state
  }

  readonly getState = (): WatchState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  dispatch(action: Action): void {
    this.#state = reduce(this.#state, action)
    this.#schedule()
  }

  /** Takes one item of the feed. Resolves when there is room for more, so that a fast feed cannot run ahead. */
  async collect(item: FeedItem): Promise<void> {
    this.#pending.push(item)
    this.#schedule()
    if (this.#pending.length >= mostPending) await new Promise<void>((resolve) => (this.#drained = resolve))
  }

  /** No listener is told anything after this. */
  close(): void {
    clearTimeout(this.#timer)
    this.#listeners.clear()
    this.#drained?.()
  }

  #schedule(): void {
    if (this.#timer !== undefined) return
    const sinceLastMs = performance.now() - this.#lastFrameMs
    this.#timer = setTimeout(() => this.#frame(), Math.max(0, frameMs - sinceLastMs))
  }

  #frame(): void {
    this.#timer = undefined
    this.#lastFrameMs = performance.now()
    if (this.#pending.length > 0) {
      const items = this.#pending
      this.#pending = []
      this.#state = reduce(this.#state, { type: 'feed', items })
    }
    for (const listener of this.#listeners) listener()
    this.#drained?.()
    this.#drained = undefined
  }
}
