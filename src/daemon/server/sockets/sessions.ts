import type { SessionStatistics } from '../../../protocol/session-statistics.ts'
import { deprecatedEndpoints, type SocketEndpoint } from '../../../protocol/socket-endpoints.ts'
import type { Wire } from './connection.ts'
import { MonitorLog } from './monitor-log.ts'
import type { ServerRoom } from '../room.ts'
import { monitorUser, Session } from './session.ts'
import { TaskWatch } from './task-watch.ts'
import type { Visitor } from './visitor.ts'
import type { Place } from './web-socket-place.ts'

/** A dead connection is found at the second beat after it died: within 50 s. */
const defaultHeartbeatMs = 25_000
/** How many sessions that are gone can be resumed with their user. */
const rememberedSessions = 1000

interface SessionsPorts extends Pick<
  ServerRoom,
  'hub' | 'store' | 'queue' | 'chat' | 'desks' | 'log' | 'version'
> {
  /** WebSockets at a time, as of now. */
  readonly maxConnections: () => number
  readonly heartbeatMs?: number | undefined
  /** How long a watcher of one task may say nothing. */
  readonly silenceMs?: number | undefined
}

/** Every authenticated WebSocket, on whichever endpoint: who is there, whether they are alive, and their end. */
export class Sessions {
  readonly #ports: SessionsPorts
  readonly #visitors = new Set<Visitor>()
  /** Session id -> user, the oldest first. */
  readonly #users = new Map<string, string>()
  /** Older endpoint -> how many connections it has had. */
  readonly #deprecatedUses = new Map<SocketEndpoint, number>(deprecatedEndpoints.map((name) => [name, 0]))
  readonly #refusals = new Map<number, number>()
  readonly #monitorLog: MonitorLog
  readonly #heartbeat: NodeJS.Timeout
  /** How everybody is let go, once that has begun. */
  #goodbye: { readonly code: number; readonly reason: string } | undefined

  constructor(ports: SessionsPorts) {
    this.#ports = ports
    this.#monitorLog = new MonitorLog({
      store: ports.store,
      log: ports.log,
      sessions: () => this.ofUser(monitorUser).length,
    })
    this.#heartbeat = setInterval(() => {
      for (const visitor of this.#visitors) visitor.beat()
    }, ports.heartbeatMs ?? defaultHeartbeatMs).unref()
  }

  get size(): number {
    return this.#visitors.size
  }

  /** Whether one more may come in. Those who are there stay, also where the bound is set lower. */
  get hasRoom(): boolean {
    return this.#visitors.size < this.#ports.maxConnections()
  }

  /** Older endpoint -> how many connections it has had since the start. */
  get deprecatedUses(): ReadonlyMap<SocketEndpoint, number> {
    return this.#deprecatedUses
  }

  /** Close code -> how many were let in only to be told why they cannot stay. */
  get refusals(): ReadonlyMap<number, number> {
    return this.#refusals
  }

  countRefusal(code: number): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1)
  }

  open(wire: Wire, place: Place): void {
    const visitor = this.#visitorAt(place, wire)
    this.#visitors.add(visitor)
    const uses = this.#deprecatedUses.get(place.endpoint)
    if (uses !== undefined) this.#deprecatedUses.set(place.endpoint, uses + 1)
    visitor.begin()
    if (this.#goodbye !== undefined) visitor.close(this.#goodbye.code, this.#goodbye.reason)
  }

  /** The sessions that are logged in as this user; case counts. */
  ofUser(userId: string): readonly Visitor[] {
    return [...this.#visitors].filter((visitor) => visitor.userId === userId)
  }

  /** Lets go of all who are there, and of who is on the way in. */
  closeAll(code: number, reason: string): void {
    this.#goodbye = { code, reason }
    clearInterval(this.#heartbeat)
    this.#monitorLog.close()
    for (const visitor of this.#visitors) visitor.close(code, reason)
  }

  /** What `GET /api/v1/websocket/stats` answers. */
  stats(): SessionStatistics {
    const { hub, store, maxConnections } = this.#ports
    const running = store.running()
    const visitors = [...this.#visitors]
    return {
      total_connections: visitors.length,
      max_connections: maxConnections(),
      unique_users: new Set(visitors.map(({ userId }) => userId)).size,
      subscriptions: hub.size,
      active_workflows: running.filter(({ kind }) => kind === 'workflow').length,
      active_tasks: running.length,
      events_sent: hub.eventsSent,
      events_per_second: hub.eventsPerSecond,
      slow_consumers: hub.slowConsumers,
      sessions: visitors.map(({ row }) => row),
    }
  }

  #visitorAt(place: Place, wire: Wire): Visitor {
    const ports = this.#ports
    if (place.kind === 'task') {
      const task = ports.store.resolve(place.ref)
      return new TaskWatch(wire, task, { ...ports, onClose: (watch) => this.#visitors.delete(watch) })
    }
    return new Session(wire, {
      ...ports,
      endpoint: place.endpoint,
      implied: place.implied,
      userOf: (sessionId) => this.#users.get(sessionId),
      onUser: (session) => this.#remember(session),
      onClose: (session) => {
        this.#visitors.delete(session)
        this.#monitorLog.sessionsChanged()
      },
    })
  }

  #remember(session: Session): void {
    this.#users.delete(session.id)
    this.#users.set(session.id, session.userId)
    if (this.#users.size > rememberedSessions) {
      const [oldest] = this.#users.keys()
      if (oldest !== undefined) this.#users.delete(oldest)
    }
    this.#monitorLog.sessionsChanged()
  }
}
