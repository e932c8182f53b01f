/**
 * The library: what other people's programs import as `sparky-agent/client`. It finds the daemon of `SPARKY_HOME`,
 * or one that is named; calls its HTTP interface, adds tasks, and follows what happens. On a page `browser.ts` stands
 * in its place, with the same names.
 */
import type { StreamLine } from '../protocol/api.ts'
import type { Task } from '../protocol/task.ts'
import { readAddress } from './address.ts'
import { askStatus } from './ask-status.ts'
import { namedTarget, type ConnectOptions } from './connect-options.ts'
import { sendRequest } from './http.ts'
import { LiveClient } from './live-client.ts'
import { openNodeSocket } from './node-socket.ts'
import type { OnTaskUpdate, SubmitOptions, TaskRequest } from './submit-task.ts'
import type { TaskWatch, WatchOptions } from './task-watch.ts'

export { readAddress, type DaemonAddress } from './address.ts'
export type { ConnectOptions } from './connect-options.ts'
export { DaemonClient, type DaemonClientOptions } from './daemon-client.ts'
export { followEvents, readEvents, type FollowOptions } from './event-stream.ts'
export type { Connection, Feed, FeedItem, FeedOptions, Selection } from './feed.ts'
export { LiveClient, type EventsOptions } from './live-client.ts'
export { openFeed, type LiveFeedOptions } from './live-feed.ts'
export {
  Session,
  type SessionFrame,
  type SessionOptions,
  type SessionState,
  type SessionTopic,
} from './session.ts'
export type { OnTaskUpdate, SubmitOptions, TaskRequest } from './submit-task.ts'
export { TaskFailure } from './task-failure.ts'
export { TaskWatch, type WatchOptions } from './task-watch.ts'
export type { ApiInput, ApiName, ApiResult, StreamLine, Why } from '../protocol/api.ts'
export type { DaemonStatus } from '../protocol/daemon-status.ts'
export type { Delta, DeltaType, Event, EventOf, EventType } from '../protocol/event.ts'
export { SparkyError, type Failure, type FailureCode } from '../protocol/failure.ts'
export { applyEvent } from '../protocol/fold.ts'
export type { ChatDelta, ChatFrame, ChatReply } from '../protocol/frames.ts'
export { isFinal, type TaskStatus } from '../protocol/status.ts'
export type { Task, TaskError } from '../protocol/task.ts'

/**
 * A client of the daemon that runs, proven by a call. Rejects with `daemon_unreachable` where none runs:
 * `sparky agent start` starts one.
 */
export const connect = async (options: ConnectOptions = {}): Promise<LiveClient> => {
  const client = createClient(options)
  await askStatus(client)
  return client
}

/** The same, not proven: the first call shows whether a daemon runs. */
export const createClient = ({
  url,
  token,
  env = process.env,
  ...options
}: ConnectOptions = {}): LiveClient => {
  const named = url === undefined ? null : namedTarget(url, token)
  const locate = named === null ? () => readAddress(env) : () => named
  return new LiveClient({ locate, transport: { sendRequest, openSocket: openNodeSocket } }, options)
}

interface WithClient {
  /** Of which daemon; if left out, in Node that of this `SPARKY_HOME`. A page needs one. */
  readonly client?: LiveClient | undefined
}

/**
 * Adds a task and follows it to its end: `onUpdate` is told of each state, and the promise resolves with the finished
 * task, however it ended. Rejects with a `SparkyError` where the task cannot be added or followed.
 */
export const submitTask = (
  request: TaskRequest,
  onUpdate?: OnTaskUpdate,
  { client = createClient(), ...options }: SubmitOptions & WithClient = {},
): Promise<Task> => client.submitTask(request, onUpdate, options)

/** The same; rejects with a `TaskFailure`, which has the `task`, where the task failed or was cancelled. */
export const submitAgentTask = (
  request: TaskRequest,
  onUpdate?: OnTaskUpdate,
  { client = createClient(), ...options }: SubmitOptions & WithClient = {},
): Promise<Task> => client.submitAgentTask(request, onUpdate, options)

/** One task's events, by its number, id or prefix: from the first one, live until its end. */
export function watchTask(
  ref: string | number,
  options: WatchOptions & WithClient & { readonly deltas: true },
): TaskWatch<StreamLine>
export function watchTask(ref: string | number, options?: WatchOptions & WithClient): TaskWatch
export function watchTask(
  ref: string | number,
  { client = createClient(), ...options }: WatchOptions & WithClient = {},
): TaskWatch | TaskWatch<StreamLine> {
  return client.watchTask(ref, options)
}
