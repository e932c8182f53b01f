/**
 * The library on a page: `sparky-agent/client` as bundlers for browsers resolve it. The same as in Node, but for what
 * looks at files: the daemon is named in `connect({ url, token })`, and its `server.origins` must list the page's
 * origin. Nothing of Node is in it, and no package but the one that makes ids.
 */
import type { StreamLine } from '../protocol/api.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { Task } from '../protocol/task.ts'
import { askStatus } from './ask-status.ts'
import { namedTarget, type ConnectOptions } from './connect-options.ts'
import { fetchRequest } from './fetch-request.ts'
import { LiveClient } from './live-client.ts'
import { openPageSocket } from './page-socket.ts'
import type { OnTaskUpdate, SubmitOptions, TaskRequest } from './submit-task.ts'
import type { TaskWatch, WatchOptions } from './task-watch.ts'

export type { ConnectOptions } from './connect-options.ts'
export { followEvents, readEvents } from './event-stream.ts'
export { LiveClient } from './live-client.ts'
export { Session } from './session.ts'
export { TaskFailure } from './task-failure.ts'
export { TaskWatch } from './task-watch.ts'
export { SparkyError } from '../protocol/failure.ts'
export { applyEvent } from '../protocol/fold.ts'
export { isFinal } from '../protocol/status.ts'

export const connect = async (options: ConnectOptions = {}): Promise<LiveClient> => {
  const client = createClient(options)
  await askStatus(client)
  return client
}

export const createClient = ({ url, token, ...options }: ConnectOptions = {}): LiveClient => {
  if (url === undefined) {
    throw new SparkyError('usage', "expected the daemon's url, found none: a page cannot look for it", {
      hint: "connect({ url: 'http://127.0.0.1:7717', token })",
    })
  }
  const target = namedTarget(url, token)
  const transport = { sendRequest: fetchRequest, openSocket: openPageSocket }
  return new LiveClient({ locate: () => target, transport }, options)
}

interface WithClient {
  readonly client?: LiveClient | undefined
}

export const submitTask = async (
  request: TaskRequest,
  onUpdate?: OnTaskUpdate,
  { client = createClient(), ...options }: SubmitOptions & WithClient = {},
): Promise<Task> => client.submitTask(request, onUpdate, options)

export const submitAgentTask = async (
  request: TaskRequest,
  onUpdate?: OnTaskUpdate,
  { client = createClient(), ...options }: SubmitOptions & WithClient = {},
): Promise<Task> => client.submitAgentTask(request, onUpdate, options)

export const watchTask = (
  ref: string | number,
  { client = createClient(), ...options }: WatchOptions & WithClient = {},
): TaskWatch | TaskWatch<StreamLine> => client.watchTask(ref, options)
