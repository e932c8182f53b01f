/**
 * The library: what other people's programs import as `sparky-agent/client`. It finds the daemon of `SPARKY_HOME`,
 * calls its HTTP interface, and follows its events.
 */
import { DaemonClient, type DaemonClientOptions } from './daemon-client.ts'

export { DaemonClient, type DaemonClientOptions } from './daemon-client.ts'
export { readAddress, type DaemonAddress } from './address.ts'
export { followEvents, readEvents, type FollowOptions } from './event-stream.ts'
export { openFeed, type LiveFeedOptions } from './live-feed.ts'
export type { Connection, Feed, FeedItem, FeedOptions } from './feed.ts'
export type { ApiInput, ApiName, ApiResult, DaemonStatus, StreamLine, Why } from '../protocol/api.ts'
export type { Delta, DeltaType, Event, EventOf, EventType } from '../protocol/event.ts'
export { SparkyError, type Failure, type FailureCode } from '../protocol/failure.ts'
export { applyEvent } from '../protocol/fold.ts'
export { isFinal, type TaskStatus } from '../protocol/status.ts'
export type { Task, TaskError } from '../protocol/task.ts'

/**
 * A client of the daemon that runs, proven by a call. Rejects with `daemon_unreachable` where none runs:
 * `sparky agent start` starts one.
 */
export const connect = async (options: DaemonClientOptions = {}): Promise<DaemonClient> => {
  const client = new DaemonClient(options)
  await client.call('status', {})
  return client
}
