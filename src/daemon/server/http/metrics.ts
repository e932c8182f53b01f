import { socketEndpoints } from '../../../protocol/socket-endpoints.ts'
import { taskStatuses } from '../../../protocol/task.ts'
import type { ServerRoom } from '../room.ts'
import type { UsedToday } from '../surroundings.ts'

/** One number, or one for each value of a label. Names begin with `sparky_`; units are in them. */
export interface Metric {
  readonly name: string
  readonly help: string
  /** A counter only grows, as long as the daemon runs. */
  readonly type: 'counter' | 'gauge'
  readonly value: number | ByLabel
}

interface ByLabel {
  readonly label: string
  readonly values: Iterable<readonly [value: string | number, count: number]>
}

export interface MetricSources extends Pick<
  ServerRoom,
  'control' | 'store' | 'hub' | 'sessions' | 'requests' | 'version'
> {
  /** Undefined where that has not been added up yet. */
  readonly used: UsedToday | undefined
  readonly eventLoopLagMs: number
}

/** Everything that there is to count and to measure, as of now. Nothing is kept up for it. */
export const metricsOf = (sources: MetricSources): readonly Metric[] => [
  ...ofTasks(sources),
  ...ofEvents(sources),
  ...ofConnections(sources),
  ...(sources.used === undefined ? [] : ofToday(sources.used)),
  ...ofProcess(sources),
]

const gauge = (name: string, help: string, value: Metric['value']): Metric => ({
  name: `sparky_${name}`,
  help,
  type: 'gauge',
  value,
})

const counter = (name: string, help: string, value: Metric['value']): Metric => ({
  name: `sparky_${name}_total`,
  help,
  type: 'counter',
  value,
})

const ofTasks = ({ control, store }: MetricSources): Metric[] => {
  const { tasks, concurrency, agent_loop, paused } = control.status()
  return [
    gauge('tasks', 'Tasks in the store.', {
      label: 'status',
      values: taskStatuses.map((status) => [status, tasks[status]]),
    }),
    gauge('queued_tasks', 'Tasks that could start as soon as there is room for them (pending).', {
      label: 'group',
      values: queuedByGroup(store),
    }),
    gauge('running_attempts', 'Attempts in progress.', store.running().length),
    gauge('attempt_slots', 'Attempts that may be in progress at a time.', concurrency),
    gauge('agent_loop_on', 'Whether the daemon runs tasks.', Number(agent_loop)),
    gauge('queue_paused', 'Whether a user keeps tasks from starting.', Number(paused)),
  ]
}

const queuedByGroup = (store: MetricSources['store']): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>([['default', 0]])
  for (const { status, group } of store.active()) {
    if (status === 'pending') counts.set(group, (counts.get(group) ?? 0) + 1)
  }
  return counts
}

const ofEvents = ({ store, hub }: MetricSources): Metric[] => [
  counter('events_appended', 'Events in the store: the newest seq.', store.lastSeq),
  counter('events_sent', 'Events written to readers.', hub.eventsSent),
  gauge('subscriptions', 'Readers of events, over WebSockets and HTTP.', hub.size),
  gauge('slow_consumers', 'Readers that fell behind and are being replayed.', hub.slowConsumers),
  gauge('store_writable', 'Whether the last write to the store succeeded.', Number(store.writable)),
]

const ofConnections = ({ sessions, requests }: MetricSources): Metric[] => {
  const { sessions: rows, max_connections, unique_users } = sessions.stats()
  return [
    gauge('websocket_connections', 'Authenticated WebSockets.', {
      label: 'endpoint',
      values: socketEndpoints.map((name) => [name, rows.filter(({ endpoint }) => endpoint === name).length]),
    }),
    gauge('websocket_connections_limit', 'WebSockets that may be open at a time.', max_connections),
    gauge('websocket_users', 'Users that are logged in.', unique_users),
    counter(
      'deprecated_endpoint_connections',
      'WebSockets opened on endpoints that /api/ws/agent replaces.',
      {
        label: 'endpoint',
        values: sessions.deprecatedUses,
      },
    ),
    counter('websocket_refusals', 'WebSockets that were told why they cannot stay, and closed.', {
      label: 'code',
      values: sessions.refusals,
    }),
    counter('http_requests', 'HTTP requests that have ended.', { label: 'code', values: requests.counts }),
  ]
}

const ofToday = ({ modelCalls, tokens, costUsd, attemptsMs }: UsedToday): Metric[] => [
  gauge('today_model_calls', 'Model calls answered since midnight.', modelCalls),
  gauge('today_tokens', 'Tokens used since midnight, in and out.', tokens),
  gauge('today_cost_usd', 'US dollars spent since midnight on calls whose price is known.', costUsd),
  gauge(
    'today_attempt_seconds',
    'Time in which attempts were in progress since midnight.',
    attemptsMs / 1000,
  ),
]

const ofProcess = ({ version, eventLoopLagMs }: MetricSources): Metric[] => {
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const { active } = performance.eventLoopUtilization()
  return [
    gauge('build_info', 'Always 1; the label says which Sparky this is.', {
      label: 'version',
      values: [[version, 1]],
    }),
    gauge('process_uptime_seconds', 'Since the daemon started.', process.uptime()),
    gauge('process_resident_memory_bytes', 'Memory that the daemon has.', rss),
    gauge('process_heap_bytes', 'Memory in use for JavaScript objects.', heapUsed),
    counter('process_cpu_seconds', 'Processor time, of users and the system.', (user + system) / 1e6),
    counter('event_loop_active_seconds', 'Time in which the event loop was busy.', active / 1000),
    gauge(
      'event_loop_lag_seconds',
      'What the event loop took to come round just now.',
      eventLoopLagMs / 1000,
    ),
  ]
}
