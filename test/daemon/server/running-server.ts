import { once } from 'node:events'
import net from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { ChatReplies } from '../../../src/daemon/conversations/chat-replies.ts'
import { UsersConversations } from '../../../src/daemon/conversations/conversation-desk.ts'
import type { RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import { Hub } from '../../../src/daemon/server/delivery/hub.ts'
import { startServer, type Server, type ServerOptions } from '../../../src/daemon/server/listen.ts'
import { Schedules } from '../../../src/daemon/schedules/schedules.ts'
import type { Store } from '../../../src/daemon/store/store.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'
import type { DaemonStatus } from '../../../src/protocol/daemon-status.ts'
import type { AnyServerFrame, ServerFrame } from '../../../src/protocol/frames.ts'
import type { Delta, Event } from '../../../src/protocol/event.ts'
import type { Desks } from '../../../src/daemon/server/desks.ts'
import { knownAgents } from '../../support/agent-types.ts'
import { openQueue, type TestQueue } from '../../support/queue.ts'

export const token = 'the-token-of-this-test'

interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: Record<string, unknown>
}

export interface RunningServer extends TestQueue {
  readonly server: Server
  readonly hub: Hub
  readonly log: readonly LogLine[]
  /** What the daemon was asked: "startLoop", "stop 5000 false". */
  readonly asked: readonly string[]
  readonly add: TestQueue['add']
  /** Resolves when a line with this message has been logged. */
  readonly logged: (message: string) => Promise<LogLine>
  /** An authorised request, unless the headers say otherwise. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>
  readonly connect: (options?: ConnectOptions) => Promise<Client>
  /** Connects without waiting for a word, nor with a token but what stands in the path. */
  readonly knock: (path: string) => Client
}

interface CallOptions {
  readonly body?: unknown
  readonly rawBody?: string
  readonly headers?: Record<string, string>
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Bodies are checked by what the tests expect of them.
  readonly json: ReturnType<typeof JSON.parse>
}

interface ConnectOptions {
  /** Default: /api/ws/agent */
  readonly path?: string
  readonly query?: string
  readonly headers?: Record<string, string>
}

const noAgents = {
  list: () => ({ agents: [], problems: [] }),
  show: (name: string) => {
    throw new SparkyError('not_found', `no agent "${name}"`)
  },
}

/** A server on a real queue and store, gone with the test. */
export const runServer = async (options: Partial<ServerOptions> = {}): Promise<RunningServer> => {
  const testQueue = await openQueue()
  const { queue, store, conversations } = testQueue
  const hub = new Hub(store)
  const { log, lines, logged } = testLog()
  const asked: string[] = []
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    token,
    allowedHosts: () => [],
    allowedOrigins: () => [],
    queue,
    schedules: new Schedules({ store, taskDefaults: () => testQueue.settings.taskDefaults }),
    store,
    hub,
    chat: new ChatReplies({ conversations, queue, store, agentTypes: () => knownAgents }),
    desks: {
      workflows: noWorkflows,
      agents: noAgents,
      conversations: new UsersConversations({ conversations, queue, store }),
    },
    surroundings: noSurroundings,
    maxConnections: () => 1000,
    control: {
      status: () => statusOf(store),
      startLoop: () => {
        asked.push('startLoop')
        return Promise.resolve()
      },
      stop: ({ timeoutMs, now }) => asked.push(`stop ${timeoutMs} ${now}`),
    },
    log,
    version: '1.2.3',
    ...options,
  })
  onTestFinished(() => server.close({ code: 1001, reason: 'shutdown' }))
  return {
    ...testQueue,
    server,
    hub,
    log: lines,
    asked,
    logged,
    call: (method, path, callOptions) => call(`${server.url}${path}`, method, callOptions),
    connect: ({ path = '/api/ws/agent', query = '', headers = { authorization: `Bearer ${token}` } } = {}) =>
      Client.connect(`ws://127.0.0.1:${server.port}${path}${query}`, headers),
    knock: (path) => Client.open(`ws://127.0.0.1:${server.port}${path}`, {}),
  }
}

const call = async (url: string, method: string, options: CallOptions = {}): Promise<Answer> => {
  const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
  }
}

/** What this very text is answered, byte for byte, until the server closes or has said all that it will. */
export const sendRaw = async (port: number, text: string): Promise<string> => {
  const socket = net.connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => (answer += chunk))
  socket.on('error', () => {})
  socket.end(text, 'latin1')
  await once(socket, 'close')
  return answer
}

/** A WebSocket client that keeps what it gets, and can be asked to wait for more. */
export class Client {
  readonly frames: AnyServerFrame[] = []
  readonly webSocket: WebSocket
  /** Resolves with the code and reason of the end. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #wake: (() => void)[] = []

  private constructor(webSocket: WebSocket) {
    this.webSocket = webSocket
    webSocket.on('message', (message: Buffer) => {
      this.frames.push(JSON.parse(message.toString()) as AnyServerFrame)
      this.#wakeAll()
    })
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() })
        this.#wakeAll()
      })
    })
    webSocket.on('error', () => {})
  }

  static open(url: string, headers: Record<string, string>): Client {
    return new Client(new WebSocket(url, { headers }))
  }

  static async connect(url: string, headers: Record<string, string>): Promise<Client> {
    const client = Client.open(url, headers)
    await client.frame('connected')
    return client
  }

  get events(): Event[] {
    return this.frames.filter((frame): frame is Event => 'seq' in frame && 'v' in frame)
  }

  get deltas(): Delta[] {
    return this.frames.filter((frame): frame is Delta => 'v' in frame && !('seq' in frame))
  }

  send(frame: unknown): void {
    this.webSocket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame))
  }

  /** The first frame that fits, among those that are there and those to come. */
  async find<T extends AnyServerFrame>(fits: (frame: AnyServerFrame) => frame is T): Promise<T>
  async find(fits: (frame: AnyServerFrame) => boolean): Promise<AnyServerFrame>
  async find(fits: (frame: AnyServerFrame) => boolean): Promise<AnyServerFrame> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found !== undefined) return found
      if (this.webSocket.readyState === WebSocket.CLOSED) {
        throw new Error(`closed without the frame that was waited for; got ${JSON.stringify(this.frames)}`)
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  frame<T extends ServerFrame['type']>(type: T): Promise<Extract<ServerFrame, { type: T }>> {
    return this.find(
      (frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type && !('v' in frame),
    )
  }

  /** Forgets what has come so far. */
  clear(): void {
    this.frames.length = 0
  }

  /** Sends a frame and waits for the answer of this type. */
  ask<T extends ServerFrame['type']>(frame: unknown, type: T): Promise<Extract<ServerFrame, { type: T }>> {
    this.clear()
    this.send(frame)
    return this.frame(type)
  }

  async close(): Promise<void> {
    this.webSocket.close(1000)
    await this.closed
  }

  #wakeAll(): void {
    const wake = this.#wake
    this.#wake = []
    for (const resolve of wake) resolve()
  }
}

const testLog = () => {
  const lines: LogLine[] = []
  let wake: (() => void)[] = []
  const write =
    (level: string) =>
    (fields: Record<string, unknown>, message: string): void => {
      lines.push({ level, fields, message })
      for (const resolve of wake.splice(0)) resolve()
    }
  const logged = async (message: string): Promise<LogLine> => {
    for (;;) {
      const line = lines.find((candidate) => candidate.message === message)
      if (line !== undefined) return line
      await new Promise<void>((resolve) => (wake = [...wake, resolve]))
    }
  }
  const log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  } as unknown as ServerOptions['log']
  return { log, lines, logged }
}

/** A task of this queue on its way: claimed, with what it takes to let it work and end. */
export const claim = async ({ queue }: Pick<TestQueue, 'queue'>): Promise<RunningAttempt> => {
  const attempt = await queue.claim()
  if (attempt === undefined) throw new Error('expected a task that may start, found none')
  return attempt
}

/** Appends so many facts about no task. */
export const write = (store: Store, count: number, size = 10): Promise<unknown> =>
  store.append(() =>
    Array.from({ length: count }, () => ({
      task_id: null,
      type: 'queue_changed' as const,
      data: { text: 'x'.repeat(size) },
    })),
  )

/** The largest `seq` of these events; fails where there is a gap, a duplicate or another order after this one. */
export const checkOrder = (events: readonly Event[], after: number): number => {
  const seqs = events.map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_, at) => after + 1 + at))
  return seqs.at(-1) ?? after
}

/** Of a server alone: what the rest of the daemon would show. */
const noSurroundings: ServerOptions['surroundings'] = {
  tools: () => [],
  models: () => Promise.resolve({ models: [], chosen: null, problems: [] }),
  config: {
    list: () => [],
    show: (key) => ({ key, value: null }),
    set: (key, value) => Promise.resolve({ key, value }),
    unset: (key) => Promise.resolve({ key, value: null }),
  },
  usedToday: () => Promise.resolve({ modelCalls: 3, tokens: 1200, costUsd: 0.25, attemptsMs: 1500 }),
}

const statusOf = (store: Store): DaemonStatus => ({
  running: true,
  pid: process.pid,
  url: '',
  version: '1.2.3',
  started_at: '2026-01-01T00:00:00.000Z',
  uptime_s: 1,
  agent_loop: false,
  last_heartbeat: null,
  model: 'offline/demo',
  concurrency: 2,
  paused: store.queueFacts()['paused'] === true,
  store: { kind: 'embedded', id: store.storeId, seq: store.lastSeq, path: null, writable: store.writable },
  tasks: store.counts(),
  sessions: 0,
  home: '/',
  poll_interval_s: 10,
  keys: [],
})

const notThere = (): never => {
  throw new SparkyError('not_found', 'there is none')
}

/** Workflows are not what these tests are about. */
const noWorkflows: Desks['workflows'] = {
  list: async () => ({ workflows: [], problems: [] }),
  show: async () => notThere(),
  run: async () => notThere(),
}
