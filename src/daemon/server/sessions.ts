import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Json } from '../../protocol/task.ts'
import { MonitorLog } from './monitor-log.ts'
import type { ServerRoom } from './room.ts'
import { monitorUser, Session } from './session.ts'

/** A dead connection is found at the second beat after it died: within 50 s. */
const defaultHeartbeatMs = 25_000
/** How many sessions that are gone can be resumed with their user. */
const rememberedSessions = 1000

type SessionsPorts = Pick<ServerRoom, 'hub' | 'store' | 'queue' | 'log' | 'version'> & {
  readonly heartbeatMs?: number | undefined
}

/** Every authenticated WebSocket: who is there, whether they are alive, and their end. */
export class Sessions {
  readonly #ports: SessionsPorts
  readonly #sessions = new Set<Session>()
  /** Session id -> user, the oldest first. */
  readonly #users = new Map<string, string>()
  readonly #monitorLog: MonitorLog
  readonly #heartbeat: NodeJS.Timeout

  constructor(ports: SessionsPorts) {
    this.#ports = ports
    this.#monitorLog = new MonitorLog({
      store: ports.store,
      log: ports.log,
      sessions: () => this.#ofUser(monitorUser),
    })
    this.#heartbeat = setInterval(() => {
      for (const session of this.#sessions) session.beat()
    }, ports.heartbeatMs ?? defaultHeartbeatMs).unref()
  }

  get size(): number {
    return this.#sessions.size
  }

  open(webSocket: WebSocket, socket: Socket): void {
    const session = new Session(webSocket, socket, {
      ...this.#ports,
      userOf: (sessionId) => this.#users.get(sessionId),
      onUser: (session) => this.#enter(session),
      onClose: (session) => this.#leave(session),
    })
    session.begin()
  }

  closeAll(code: number, reason: string): void {
    clearInterval(this.#heartbeat)
    this.#monitorLog.close()
    for (const session of this.#sessions) session.close(code, reason)
  }

  /** What `GET /api/v1/websocket/stats` answers. */
  stats(): Record<string, Json> {
    const { hub, store } = this.#ports
    const running = store.running()
    const sessions = [...this.#sessions]
    return {
      total_connections: sessions.length,
      unique_users: new Set(sessions.map(({ userId }) => userId)).size,
      subscriptions: hub.size,
      active_workflows: running.filter(({ kind }) => kind === 'workflow').length,
      active_tasks: running.length,
      events_sent: hub.eventsSent,
      events_per_second: hub.eventsPerSecond,
      slow_consumers: hub.slowConsumers,
      sessions: sessions.map(({ row }) => row),
    }
  }

  #ofUser(userId: string): number {
    return [...this.#sessions].filter((session) => session.userId === userId).length
  }

  #enter(session: Session): void {
    this.#sessions.add(session)
    this.#users.delete(session.id)
    this.#users.set(session.id, session.userId)
    if (this.#users.size > rememberedSessions) {
      const [oldest] = this.#users.keys()
      if (oldest !== undefined) this.#users.delete(oldest)
    }
    this.#monitorLog.sessionsChanged()
  }

  #leave(session: Session): void {
    this.#sessions.delete(session)
    this.#monitorLog.sessionsChanged()
  }
}
