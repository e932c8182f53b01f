import type { DaemonStatus } from '../../protocol/daemon-status.ts'
import { SparkyError, toFailure } from '../../protocol/failure.ts'
import { version } from '../../protocol/version.ts'
import type { Context } from '../context.ts'
import { formatAge } from '../output/amounts.ts'
import { fail, ok, warn, type Check } from './check.ts'

/** How often the agent loop gives a sign of life, and how late that may be. */
const heartbeatLateMs = 90_000
const roundTripTimeoutMs = 5000

/** Everything that a running daemon can be asked. Without one that is said once, and is no fault. */
export const checkDaemon = async (context: Context): Promise<Check[]> => {
  try {
    if (context.daemon.find() === null) {
      return [
        warn('daemon', 'not running', '"sparky agent start" starts it; so does every command that needs it'),
      ]
    }
    const status = await context.daemon.look().call('status', {})
    return [
      checkVersion(status),
      checkStore(status),
      ...checkLoop(status, Date.now()),
      await checkWebSocket(context),
    ]
  } catch (error) {
    const { message, hint } = toFailure(error)
    return [fail('daemon', message, hint ?? 'sparky agent restart')]
  }
}

const checkVersion = (status: DaemonStatus): Check => {
  const where = `runs at ${status.url}, pid ${status.pid}`
  if (status.version === version) return ok('daemon', `${where}, Sparky ${version}`)
  return warn(
    'daemon',
    `${where}, but is Sparky ${status.version}, and this is ${version}`,
    'sparky agent restart',
  )
}

const checkStore = ({ store }: DaemonStatus): Check => {
  const what = `${store.kind}, ${store.seq} events${store.path === null ? '' : ` in ${store.path}`}`
  if (store.writable) return ok('store', what)
  return fail('store', `${what}: cannot be written to`, 'see "sparky agent logs"; usually the disk is full')
}

/** Exported for tests. */
export const checkLoop = (status: DaemonStatus, nowMs: number): Check[] => {
  if (!status.agent_loop)
    return [warn('agent loop', 'off: tasks are taken, but not run', 'sparky agent start')]
  const loop = `on, ${status.concurrency} at a time, looks every ${status.poll_interval_s} s and at once when a task is added`
  return [
    status.paused ? warn('agent loop', `${loop}; paused`, 'sparky agent resume') : ok('agent loop', loop),
    checkHeartbeat(status.last_heartbeat, nowMs),
  ]
}

const checkHeartbeat = (last: string | null, nowMs: number): Check => {
  if (last === null) return ok('heartbeat', 'none yet: the agent loop has just begun')
  const ageMs = nowMs - Date.parse(last)
  const message = `${formatAge(ageMs)} ago`
  if (ageMs <= heartbeatLateMs) return ok('heartbeat', message)
  return fail(
    'heartbeat',
    `the last one was ${message}`,
    'the daemon is stuck or was asleep: sparky agent restart',
  )
}

const checkWebSocket = async ({ shell }: Context): Promise<Check> => {
  const { openFeed } = await import('../../client/live-feed.ts')
  const feed = openFeed({ env: shell.env, client: 'sparky-doctor' })
  const startedMs = performance.now()
  const timer = setTimeout(() => feed.close(), roundTripTimeoutMs)
  try {
    for await (const item of feed) {
      if (item.kind === 'caught_up')
        return ok('websocket', `round trip in ${Math.round(performance.now() - startedMs)} ms`)
    }
    return fail('websocket', `no answer in ${roundTripTimeoutMs / 1000} s`, 'sparky agent restart')
  } catch (error) {
    if (!(error instanceof SparkyError)) throw error
    return fail('websocket', error.message, error.hint ?? 'sparky agent restart')
  } finally {
    clearTimeout(timer)
    feed.close()
  }
}
