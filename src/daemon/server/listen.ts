import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'
import type { Log } from '../lifecycle/log.ts'
import type { Queue } from '../queue/queue.ts'
import type { Schedules } from '../schedules/schedules.ts'
import type { Store } from '../store/store.ts'
import { bind } from './bind.ts'
import type { ChatAgents } from './chat-agents.ts'
import type { DaemonControl } from './daemon-control.ts'
import type { Desks } from './desks.ts'
import { admits } from './http/gate.ts'
import { bracketed, checkSource, isLoopback, tokenCheck, type GuardRules } from './guard.ts'
import type { Hub } from './delivery/hub.ts'
import { answerMalformed } from './http/malformed.ts'
import { RequestTurns } from './http/request-turns.ts'
import { passOverUpgrade } from './sockets/passed-over-upgrade.ts'
import { createRouter } from './http/router.ts'
import { RequestTally } from './http/request-tally.ts'
import { Sessions } from './sockets/sessions.ts'
import type { Surroundings } from './surroundings.ts'
import { asksForWebSocket, WebSocketEntrance } from './sockets/upgrade.ts'

export interface ServerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Null lets everybody in who reaches the port (`--no-auth`); only on a loopback address. */
  readonly token: string | null
  /** `server.hosts` and `server.origins` of the configuration, asked anew for each request. */
  readonly allowedHosts: () => readonly string[]
  readonly allowedOrigins: () => readonly string[]
  readonly queue: Queue
  readonly schedules: Schedules
  readonly store: Store
  readonly hub: Hub
  readonly chat: ChatAgents
  readonly control: DaemonControl
  readonly surroundings: Surroundings
  readonly desks: Desks
  readonly log: Log
  readonly version: string
  /** `server.max_connections`: WebSockets at a time, over all endpoints, asked anew for each. */
  readonly maxConnections: () => number
  readonly heartbeatMs?: number
  readonly headersTimeoutMs?: number
  readonly silenceMs?: number
}

export interface Server {
  /** Where to reach it from this machine: `http://127.0.0.1:7717`. */
  readonly url: string
  readonly port: number
  /** What the one who started it should know: another port than the one asked for. */
  readonly note: string | null
  /** Authenticated WebSockets. */
  readonly sessionCount: number
  /** Takes no more requests, closes WebSockets with this code, lets answers finish for two seconds, and is gone. */
  close(options: { readonly code: number; readonly reason: string }): Promise<void>
}

/** Beside its WebSockets: requests, and readers of NDJSON. */
const maxOtherConnections = 1000
/** For the head of a request; looked at every half of it. */
const defaultHeadersTimeoutMs = 10_000
/** On Linux ten questions follow, one a second: a peer that is gone is found within 40 s. */
const keepAliveDelayMs = 30_000
const requestTimeoutMs = 60_000
const keepAliveTimeoutMs = 30_000
const closeGraceMs = 2000

/** Resolves when it listens. Rejects with `usage` where this host and port cannot be listened on. */
export const startServer = async (options: ServerOptions): Promise<Server> => {
  const { host, token, hub, store, log, version, maxConnections } = options
  const { headersTimeoutMs = defaultHeadersTimeoutMs } = options
  if (token === null && !isLoopback(host)) {
    throw new SparkyError(
      'usage',
      `expected a token or a loopback --host, found --no-auth with --host ${host}`,
    )
  }
  const http = createServer({
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: headersTimeoutMs / 2,
    // A follower over HTTP has nothing to answer; that its machine has gone, only the system can find out.
    keepAlive: true,
    keepAliveInitialDelay: keepAliveDelayMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // The guard answers a missing Host itself.
    requireHostHeader: false,
  })
  const boundConnections = (): void => void (http.maxConnections = maxConnections() + maxOtherConnections)
  boundConnections()
  const note = await bind(http, options)
  const { address, port } = http.address() as AddressInfo
  const boundNames = [host.toLowerCase(), address].filter((name) => !isWildcard(name)).map(bracketed)
  const rules: GuardRules = { ...options, boundNames, port }
  const isToken = tokenCheck(token)
  const sessions = new Sessions(options)
  const entrance = new WebSocketEntrance({
    checkSource: (request) => checkSource(request, rules),
    isToken,
    sessions,
    checkTask: (ref) => store.resolve(ref),
    version,
  })
  const requests = new RequestTally()
  const route = createRouter({ ...options, sessions, requests })

  http.on('connection', boundConnections)
  http.on('drop', boundConnections)
  const turns = new RequestTurns()
  http.on('request', (request, response) => {
    requests.watch(response)
    response.setHeader('sparky-version', version)
    turns.take(request, response, () => {
      if (admits(request, response, { rules, isToken })) void route(request, response)
    })
  })
  http.on('upgrade', (request, socket, head) => {
    if (asksForWebSocket(request)) entrance.handle(request, socket, head)
    else passOverUpgrade(http, request, { socket, head })
  })
  http.on('error', (error) => log.error({ error }, 'Connection could not be accepted'))
  http.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerMalformed(error, { socket, version }),
  )

  return {
    url: `http://${bracketed(isWildcard(address) ? loopbackOf(address) : address)}:${port}`,
    port,
    note,
    get sessionCount() {
      return sessions.size
    },
    close: async ({ code, reason }) => {
      const closed = new Promise<void>((resolve) => void http.close(() => resolve()))
      sessions.closeAll(code, reason)
      // What is left are followers over HTTP: cut, so that they do not take this for the end of the events.
      hub.close(new SparkyError('daemon_unreachable', reason, { retryable: true }))
      await Promise.race([closed, delay(closeGraceMs, undefined, { ref: false })])
      http.closeAllConnections()
      entrance.terminateAll()
      await closed
    },
  }
}

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::'

const loopbackOf = (wildcard: string): string => (wildcard === '::' ? '::1' : '127.0.0.1')
