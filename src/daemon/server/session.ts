import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { SparkyError, toFailure } from '../../protocol/failure.ts'
import { closeCodes, type ClientFrame, type ServerFrame } from '../../protocol/frames.ts'
import type { Json } from '../../protocol/task.ts'
import { protocolVersion } from '../../protocol/version.ts'
import { parseClientFrame } from './client-frame.ts'
import { answerMessage } from './chat-message.ts'
import { closeWebSocket } from './close-web-socket.ts'
import { EventFilter } from './event-filter.ts'
import { FloodGate } from './flood-gate.ts'
import { Frame } from './frame.ts'
import type { ServerRoom } from './room.ts'
import { webSocketSink, type Sink } from './sink.ts'
import type { Subscription, SubscriptionOptions } from './subscription.ts'

/** Case-sensitive: the user whose sessions see every task. */
export const monitorUser = 'agent'
const defaultUser = 'user'
/** A client that asks and asks and never reads the answers. */
const maxUnreadBytes = 8 * 1024 * 1024

type FrameOf<T extends ClientFrame['type']> = Extract<ClientFrame, { type: T }>

interface SessionPorts extends Pick<ServerRoom, 'hub' | 'store' | 'queue' | 'log' | 'version'> {
  /** The user that a session of this id was logged in as; undefined where it is not known (any more). */
  readonly userOf: (sessionId: string) => string | undefined
  readonly onUser: (session: Session) => void
  readonly onClose: (session: Session) => void
}

/**
 * One authenticated WebSocket on `/api/ws/agent`. A frame that makes no sense gets an `error` that says why, and
 * the connection stays. It has one subscription at a time; a session of the user `agent` has one to everything
 * from the start, deltas included.
 */
export class Session {
  readonly connectedAt = new Date()
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #ports: SessionPorts
  readonly #sink: Sink
  readonly #floodGate = new FloodGate()
  #id: string = randomUUID()
  #userId = defaultUser
  #client: string | null = null
  #subscription: Subscription | undefined
  /** Whether the subscription is the one that a session of `agent` begins with. */
  #isMonitoring = false
  #sentBefore = 0
  #isAlive = true

  constructor(webSocket: WebSocket, socket: Socket, ports: SessionPorts) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#ports = ports
    this.#sink = webSocketSink(webSocket, socket)
  }

  /** Greets, and listens from now on. */
  begin(): void {
    const { log, onClose } = this.#ports
    this.#webSocket.on('message', (message: Buffer, isBinary) => this.#receive(message, isBinary))
    this.#webSocket.on('ping', (data) => this.#admits(data.length))
    this.#webSocket.on('pong', (data) => {
      this.#isAlive = true
      this.#admits(data.length)
    })
    // Whatever breaks the protocol ends up here, and would end the process if nobody listened.
    this.#webSocket.on('error', (error) => log.debug({ session: this.#id, error }, 'WebSocket failed'))
    this.#socket.on('error', (error) =>
      log.warn({ session: this.#id, user: this.#userId, error }, 'Error sending WebSocket message'),
    )
    this.#webSocket.on('close', () => {
      this.#subscription?.close()
      onClose(this)
    })
    this.#logIn(defaultUser)
  }

  get id(): string {
    return this.#id
  }

  get userId(): string {
    return this.#userId
  }

  /** A row of the statistics. */
  get row(): Record<string, Json> {
    const subscription = this.#subscription
    return {
      session_id: this.#id,
      user_id: this.#userId,
      client: this.#client,
      connected_at: this.connectedAt.toISOString(),
      events_sent: this.#sentBefore + (subscription?.sent ?? 0),
      buffered_bytes: this.#sink.bufferedBytes,
      subscribed: subscription !== undefined,
      cursor: subscription?.cursor ?? null,
      lagging: subscription?.isLagging ?? false,
    }
  }

  /** Asks for a sign of life; ends the connection where the last one was not answered. */
  beat(): void {
    if (!this.#isAlive) return this.#webSocket.terminate()
    this.#isAlive = false
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.ping()
  }

  close(code: number, reason: string): void {
    this.#replaceSubscription(undefined)
    closeWebSocket(this.#webSocket, code, reason)
  }

  #receive(message: Buffer, isBinary: boolean): void {
    this.#isAlive = true
    if (this.#webSocket.readyState !== WebSocket.OPEN || !this.#admits(message.length)) return
    try {
      this.#handle(parseClientFrame(message, isBinary))
    } catch (error) {
      this.#refuse(error)
    }
  }

  /** Whether one more frame may be looked at. Who goes on sending when told not to is cut off. */
  #admits(bytes: number): boolean {
    const verdict = this.#floodGate.judge(bytes)
    if (verdict === 'refuse') {
      this.#refuse(new SparkyError('rate_limited', 'too many frames', { hint: 'send fewer a second' }))
    }
    if (verdict === 'close') this.close(closeCodes.policy, 'too many frames')
    return verdict === 'take'
  }

  #handle(frame: ClientFrame): void {
    switch (frame.type) {
      case 'hello':
        return this.#hello(frame)
      case 'subscribe':
        return this.#subscribe(frame)
      case 'unsubscribe':
        return this.#replaceSubscription(undefined)
      case 'cancel':
        return this.#cancel(frame)
      case 'message':
        return answerMessage(frame)
      case 'approve':
      case 'deny':
        throw new SparkyError('not_found', `no approval "${frame.approval_id}" waits for an answer`)
      case 'ping':
        return this.#send({ type: 'pong' })
    }
  }

  #hello({ user_id, client, session_id }: FrameOf<'hello'>): void {
    const resumedUser = session_id === undefined ? undefined : this.#ports.userOf(session_id)
    if (session_id !== undefined) this.#id = session_id
    if (client !== undefined) this.#client = client
    this.#logIn(user_id ?? resumedUser ?? this.#userId)
  }

  #logIn(userId: string): void {
    const { store, log, version } = this.#ports
    this.#userId = userId
    log.info({ session: this.#id, user: userId, client: this.#client ?? undefined }, 'WebSocket connected')
    this.#send({
      type: 'connected',
      session_id: this.#id,
      user_id: userId,
      protocol: protocolVersion,
      version,
      store_id: store.storeId,
      seq: store.lastSeq,
    })
    if (userId === monitorUser && this.#subscription === undefined) this.#monitor()
    if (userId !== monitorUser && this.#isMonitoring) this.#replaceSubscription(undefined)
    this.#ports.onUser(this)
  }

  /** Without a word of its own: `connected` has just said from which `seq` on. */
  #monitor(): void {
    const { hub, store } = this.#ports
    this.#replaceSubscription(() =>
      hub.subscribe({
        ...this.#reader(null),
        after: store.lastSeq,
        filter: new EventFilter({ deltas: true }),
        startsSilently: true,
      }),
    )
    this.#isMonitoring = true
  }

  #subscribe(frame: FrameOf<'subscribe'>): void {
    const { hub, store } = this.#ports
    const { id = null, types, hide, deltas, after = store.lastSeq } = frame
    hub.checkCursor(after)
    const filter = new EventFilter({ taskIds: this.#taskIds(frame), types, hide, deltas })
    this.#replaceSubscription(() => {
      this.#send({ type: 'subscribed', id, after, seq: store.lastSeq })
      return hub.subscribe({ ...this.#reader(id), after, filter })
    })
  }

  #taskIds({ tasks, workflow_id }: FrameOf<'subscribe'>): string[] | undefined {
    const named = [
      ...(Array.isArray(tasks) ? tasks : []),
      ...(workflow_id === undefined ? [] : [workflow_id]),
    ]
    if (named.length === 0 && !Array.isArray(tasks)) return undefined
    return named.map((ref) => this.#ports.store.resolve(ref).id)
  }

  /** What is the same for every subscription of this session. */
  #reader(id: string | number | null): Pick<SubscriptionOptions, 'id' | 'sink' | 'end' | 'onEnd'> {
    return {
      id,
      sink: this.#sink,
      end: { kind: 'never' },
      onEnd: (error) => {
        this.#refuse(error)
        this.close(closeCodes.internal, 'events cannot be read')
      },
    }
  }

  #replaceSubscription(subscribe: (() => Subscription) | undefined): void {
    this.#sentBefore += this.#subscription?.sent ?? 0
    this.#subscription?.close()
    this.#isMonitoring = false
    this.#subscription = subscribe?.()
  }

  #cancel({ task_id }: FrameOf<'cancel'>): void {
    this.#ports.queue
      .cancel(task_id, { by: this.#userId, reason: null })
      .catch((error: unknown) => this.#refuse(error))
  }

  #refuse(error: unknown): void {
    const failure = toFailure(error)
    if (failure.code === 'internal') this.#ports.log.error({ session: this.#id, error }, 'Frame failed')
    this.#send({ type: 'error', ...failure })
  }

  #send(frame: ServerFrame): void {
    if (this.#sink.bufferedBytes > maxUnreadBytes) return this.#webSocket.terminate()
    this.#sink.write(new Frame(frame))
  }
}
