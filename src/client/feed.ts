import type { Delta, DeltaType, Event, EventType } from '../protocol/event.ts'

/** What a follower of events asks for; the names of the contract's `subscribe`. */
export interface Selection {
  /** Which tasks, by number, id or prefix; everything without it. */
  readonly tasks?: readonly string[]
  /**
   * The turns of a conversation, and what they delegate; those to come too. In place of `tasks`. Where no WebSocket can
   * be had, all tasks come.
   */
  readonly conversation?: string
  /** Only events after this `seq`; 0 for all there is; without it, from now on. */
  readonly after?: number
  readonly types?: readonly (EventType | DeltaType)[]
  readonly hide?: readonly (EventType | DeltaType)[]
  /** Fragments of what is being written, too: shown and forgotten, and dropped where a reader is slow. */
  readonly deltas?: boolean
}

export interface FeedOptions extends Selection {
  /** `agent` makes the session a Task Monitor. */
  readonly userId?: string
  /** Name and version of the program that connects, for the daemon's log. */
  readonly client?: string
}

/**
 * Where a follower stands with its daemon. `degraded` says why no WebSocket can be had: events come over HTTP then,
 * all of them, a little later; the WebSocket is tried again every half minute.
 */
export type Connection =
  | { readonly state: 'connecting' }
  /** Connected, and catching up with what was missed: `behind` events at the moment of connecting. */
  | { readonly state: 'replaying'; readonly behind: number; readonly degraded?: string }
  | { readonly state: 'live'; readonly degraded?: string }
  | { readonly state: 'reconnecting'; readonly reason: string; readonly retryInMs: number }

export type FeedItem =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'delta'; readonly delta: Delta }
  | { readonly kind: 'caught_up'; readonly seq: number }
  | { readonly kind: 'connection'; readonly connection: Connection }

/**
 * Events as they come, over any number of reconnects: in order of `seq`, without gaps and without duplicates.
 * Iterate it once. It ends after `close`; it throws a `SparkyError` only where going on is pointless (wrong
 * token, unknown task, another store behind the address).
 */
export interface Feed extends AsyncIterable<FeedItem> {
  /** The newest `seq` that was handed out or skipped by a filter. */
  readonly cursor: number
  close(): void
}
