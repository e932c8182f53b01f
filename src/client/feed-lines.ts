import type { StreamLine } from '../protocol/api.ts'
import type { Connection, Feed } from './feed.ts'
import { onAbort } from './on-abort.ts'
import { callOwn } from './report-error.ts'

export interface LinesOptions {
  /** Ends the iteration with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Told whenever the connection to the daemon changes: lost, back, over HTTP only. */
  readonly onConnection?: ((connection: Connection) => void) | undefined
}

/** The events and deltas of a feed, which is closed when they are read no more. */
export async function* feedLines(
  feed: Feed,
  { signal, onConnection }: LinesOptions,
): AsyncGenerator<StreamLine> {
  const forget = onAbort(signal, () => feed.close())
  try {
    for await (const item of feed) {
      if (item.kind === 'event') yield item.event
      else if (item.kind === 'delta') yield item.delta
      else if (item.kind === 'connection') callOwn(onConnection, item.connection)
    }
  } finally {
    forget()
    feed.close()
  }
  signal?.throwIfAborted()
}
