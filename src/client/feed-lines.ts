import type { StreamLine } from '../protocol/api.ts'
import type { Connection, Feed } from './feed.ts'
import { callOwn } from './report-error.ts'

/** The events and deltas of a feed; what it says of its connection goes to `onConnection`. */
export async function* feedLines(
  feed: Feed,
  onConnection?: (connection: Connection) => void,
): AsyncGenerator<StreamLine> {
  for await (const item of feed) {
    if (item.kind === 'event') yield item.event
    else if (item.kind === 'delta') yield item.delta
    else if (item.kind === 'connection') callOwn(onConnection, item.connection)
  }
}
