import { mkdir, rm, writeFile } from 'node:fs/promises'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import { endpoints, type EndpointName } from '../../src/protocol/endpoints.ts'
import type { Delta, Event, EventDraft } from '../../src/protocol/event.ts'
import { failureCodes, SparkyError, toFailure } from '../../src/protocol/failure.ts'
import { applyEvent } from '../../src/protocol/fold.ts'
import { isFinal } from '../../src/protocol/status.ts'
import type { Task } from '../../src/protocol/task.ts'
import { version } from '../../src/protocol/version.ts'
import { aStatus } from './status.ts'
import { aTask } from './task.ts'

type Params = Record<string, unknown>

interface Follower {
  readonly task: string | undefined
  readonly types: readonly string[] | undefined
  readonly write: (line: Event | Delta) => void
  readonly end: () => void
}

export interface FakeDaemonOptions {
  readonly home: string
  readonly version?: string
  readonly keys?: readonly string[]
  /** Called after a task was added, to play its life. */
  readonly onAdd?: (task: Task, daemon: FakeDaemon) => void
}

/** A small server that speaks the contract, so that the client can be tested without the real daemon. */
export class FakeDaemon {
  readonly home: string
  readonly token = 'token-of-the-fake-daemon'
  storeId = 'store-1'
  readonly tasks = new Map<string, Task>()
  readonly log: Event[] = []
  /** `METHOD /path?query` and body of each request, in order. */
  readonly requests: {
    readonly line: string
    readonly body: Params
    readonly authorization: string | undefined
  }[] = []
  /** What WebSocket clients have sent, in order. */
  readonly frames: Params[] = []
  readonly #options: FakeDaemonOptions
  readonly #server = http.createServer((request, response) => void this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #followers = new Set<Follower>()
  agentLoop = true
  url = ''
  /** Set to answer one endpoint by hand. */
  override: Partial<Record<EndpointName, (params: Params) => unknown>> = {}

  constructor(options: FakeDaemonOptions) {
    this.#options = options
    this.home = options.home
    this.#server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#greet(client, request))
    })
  }

  async start(port = 0): Promise<this> {
    const { home, keys = [] } = this.#options
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    await mkdir(home, { recursive: true })
    await writeFile(`${home}/token`, `${this.token}\n`, { mode: 0o600 })
    const address = {
      url: this.url,
      pid: process.pid,
      version: this.#version,
      started_at: now(),
      instance: 'fake',
      keys,
    }
    await writeFile(`${home}/daemon.json`, JSON.stringify(address), { mode: 0o600 })
    return this
  }

  async stop(): Promise<void> {
    await rm(`${this.home}/daemon.json`, { force: true })
    this.cutConnections()
    if (!this.#server.listening) return
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Breaks every connection, as a crash would; the daemon itself goes on. */
  cutConnections(): void {
    for (const client of this.#sockets.clients) client.terminate()
    this.#server.closeAllConnections()
    this.#followers.clear()
  }

  append(draft: EventDraft): Event {
    const event = { v: 1, seq: this.log.length + 1, ts: now(), attempt: null, step: null, ...draft } as Event
    this.log.push(event)
    const id = event.task_id ?? ''
    const task = applyEvent(this.tasks.get(id), event)
    if (task !== undefined) this.tasks.set(id, task)
    else this.tasks.delete(id)
    for (const follower of this.#followers) this.#deliver(follower, event)
    return event
  }

  send(delta: Omit<Delta, 'v' | 'ts'>): void {
    for (const follower of this.#followers) follower.write({ v: 1, ts: now(), ...delta } as Delta)
  }

  /** Any frame, to every WebSocket client. */
  say(frame: object): void {
    for (const client of this.#sockets.clients) client.send(JSON.stringify(frame))
  }

  status(id: string, status: Task['status'], changes: Partial<Task> & { message?: string } = {}): Event {
    const { message = `Task ${status}`, error, ...rest } = changes
    const previous = this.tasks.get(id)?.status ?? 'pending'
    return this.append({
      task_id: id,
      type: 'status',
      data: { status, previous, message, ...(error && { error }), changes: rest },
    })
  }

  complete(id: string, answer: string): Event {
    return this.status(id, 'completed', { response_payload: { answer, data: null }, finished_at: now() })
  }

  /** What WebSocket clients have not read yet, beside what the system buffers for them. */
  get unsentBytes(): number {
    return [...this.#sockets.clients].reduce((sum, client) => sum + client.bufferedAmount, 0)
  }

  get #version(): string {
    return this.#options.version ?? version
  }

  #deliver(follower: Follower, event: Event): void {
    if (follower.task !== undefined && follower.task !== event.task_id) return
    if (follower.types === undefined || follower.types.includes(event.type)) follower.write(event)
    const task = this.tasks.get(follower.task ?? '')
    if (follower.task !== undefined && (task === undefined || isFinal(task.status))) {
      this.#followers.delete(follower)
      follower.end()
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request)
    const url = new URL(request.url ?? '/', this.url)
    this.requests.push({
      line: `${request.method} ${request.url}`,
      body,
      authorization: request.headers.authorization,
    })
    response.setHeader('sparky-version', this.#version)
    try {
      const [name, fromPath] = findEndpoint(request.method ?? '', url.pathname)
      if (name !== 'health' && request.headers.authorization !== `Bearer ${this.token}`) {
        throw new SparkyError('unauthorized', 'wrong token')
      }
      const params = { ...Object.fromEntries(url.searchParams), ...body, ...fromPath }
      if (request.headers.accept === 'application/x-ndjson') return this.#stream(params, response)
      const result = this.#handle(name, params)
      response.setHeader('content-type', 'application/json')
      response.writeHead(name === 'addTask' ? 201 : 200).end(JSON.stringify(result))
    } catch (error) {
      const failure = toFailure(error)
      response.writeHead(failureCodes[failure.code].status).end(JSON.stringify({ error: failure }))
    }
  }

  #stream(params: Params, response: ServerResponse): void {
    const task = params['id'] === undefined ? undefined : this.#find(params['id']).id
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.flushHeaders()
    const follower: Follower = {
      task,
      types: typeof params['types'] === 'string' ? params['types'].split(',') : undefined,
      write: (line) => response.write(`${JSON.stringify(line)}\n`),
      end: () => response.end(),
    }
    for (const event of this.log) if (event.seq > Number(params['after'] ?? 0)) this.#replay(follower, event)
    const isOver = task !== undefined && isFinal(this.#find(task).status)
    if (params['follow'] !== 'true' || isOver) return void response.end()
    this.#followers.add(follower)
    response.on('close', () => this.#followers.delete(follower))
  }

  #replay({ task, types, write }: Follower, event: Event): void {
    if ((task === undefined || task === event.task_id) && (types?.includes(event.type) ?? true)) write(event)
  }

  readonly #handlers: Partial<Record<EndpointName, (params: Params) => unknown>> = {
    health: () => ({ status: 'ok', version: this.#version, uptime_s: 1 }),
    addTask: (params) => this.#add(params),
    listTasks: ({ limit }) => ({
      tasks: [...this.tasks.values()].toReversed().slice(0, Number(limit)),
      next_cursor: null,
    }),
    showTask: ({ id }) => this.#find(id),
    cancelTask: ({ id }) => {
      const task = this.#find(id)
      if (isFinal(task.status)) throw new SparkyError('conflict', 'the task has ended')
      this.status(task.id, 'cancelled')
      return this.#find(id)
    },
    startLoop: () => {
      this.agentLoop = true
      return this.#status()
    },
    status: () => this.#status(),
    pauseQueue: () => this.#status(),
    resumeQueue: () => this.#status(),
  }

  #handle(name: EndpointName, params: Params): unknown {
    const handler = this.override[name] ?? this.#handlers[name]
    if (handler === undefined) throw new SparkyError('internal', `the fake daemon has no ${name}`)
    return handler(params)
  }

  #status(): DaemonStatus {
    return aStatus([...this.tasks.values()], {
      url: this.url,
      version: this.#version,
      home: this.home,
      agent_loop: this.agentLoop,
      keys: [...(this.#options.keys ?? [])],
      store: { kind: 'embedded', id: this.storeId, seq: this.log.length, path: this.home, writable: true },
    })
  }

  #add(params: Params): Task {
    const known = this.tasks.get(String(params['id']))
    if (known !== undefined) return known
    const seq = this.log.length + 1
    const task = aTask({
      id: String(params['id']),
      number: this.tasks.size + 1,
      prompt: String(params['prompt']),
      first_seq: seq,
      last_seq: seq,
    })
    this.append({ task_id: task.id, type: 'task_added', data: { task } })
    this.#options.onAdd?.(task, this)
    return task
  }

  #find(ref: unknown): Task {
    const task = [...this.tasks.values()].find(({ id, number }) => id === ref || String(number) === ref)
    if (task !== undefined) return task
    throw new SparkyError('not_found', `there is no task "${String(ref)}"`, {
      hint: 'sparky agent tasks list',
    })
  }

  #greet(client: WebSocket, request: IncomingMessage): void {
    const send = (frame: object): void => client.send(JSON.stringify(frame))
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      send({ type: 'error', code: 'unauthorized', message: 'Invalid or missing api_key', hint: null })
      return client.close(4001, 'Invalid or missing api_key')
    }
    const seq = (): number => this.log.length
    const session = {
      session_id: 's',
      user_id: 'user',
      protocol: 1,
      version: this.#version,
      store_id: this.storeId,
    }
    send({ type: 'connected', ...session, seq: seq() })
    client.on('message', (message: Buffer) => {
      const frame = JSON.parse(message.toString()) as Params & { type: string }
      this.frames.push(frame)
      if (frame.type === 'hello') return send({ type: 'connected', ...session, seq: seq() })
      const {
        id,
        after = seq(),
        tasks,
        types,
      } = frame as { id?: number; after?: number; tasks?: string[] | 'all'; types?: string[] }
      const follower = {
        task: Array.isArray(tasks) ? tasks[0] : undefined,
        types,
        write: send,
        end: () => {},
      }
      send({ type: 'subscribed', id, after, seq: seq() })
      for (const event of this.log) if (event.seq > after) this.#replay(follower, event)
      this.#followers.add(follower)
      client.on('close', () => this.#followers.delete(follower))
      return send({ type: 'caught_up', id, seq: seq() })
    })
  }
}

const now = (): string => new Date().toISOString()

const readJson = async (request: IncomingMessage): Promise<Params> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text === '' ? {} : (JSON.parse(text) as Params)
}

const findEndpoint = (method: string, path: string): [EndpointName, Params] => {
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const pattern = new RegExp(`^${endpoint.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
    const match = endpoint.method === method ? pattern.exec(path) : null
    if (match !== null) return [name as EndpointName, { ...match.groups }]
  }
  throw new SparkyError('not_found', `there is no ${method} ${path}`)
}
