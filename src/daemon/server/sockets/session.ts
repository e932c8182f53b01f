import { randomUUID } from 'node:crypto'
import type { SessionRow } from '../../../protocol/session-statistics.ts'
import type { ClientFrame } from '../../../protocol/frames.ts'
import type { SocketEndpoint } from '../../../protocol/socket-endpoints.ts'
import { protocolVersion } from '../../../protocol/version.ts'
import { usualUser } from '../../../protocol/usual-names.ts'
import { chatTurn, isChatDelta, runTurn } from './chat-turn.ts'
import { parseClientFrame } from './client-frame.ts'
import { Connection, type Wire } from './connection.ts'
import { EventFilter } from '../delivery/event-filter.ts'
import type { ChatPlace } from '../chat-agents.ts'
import { noApproval } from '../http/no-approval.ts'
import type { ServerRoom } from '../room.ts'
import type { Subscription, SubscriptionOptions } from '../delivery/subscription.ts'
import type { Visitor } from './visitor.ts'
import type { ImpliedAgent } from './web-socket-place.ts'

/** Case-sensitive: the user whose sessions see every task. */
export const monitorUser = 'agent'

type FrameOf<T extends ClientFrame['type']> = Extract<ClientFrame, { type: T }>

interface SessionPorts extends Pick<
  ServerRoom,
  'hub' | 'store' | 'queue' | 'chat' | 'desks' | 'log' | 'version'
> {
  readonly endpoint: SocketEndpoint
  /** The agent that an older chat endpoint is for; null on `/api/ws/agent`. */
  readonly implied: ImpliedAgent | null
  /** The user that a session of this id was logged in as; undefined where it is not known (any more). */
  readonly userOf: (sessionId: string) => string | undefined
  readonly onUser: (session: Session) => void
  readonly onClose: (session: Session) => void
}

const placeOf = ({ cwd = null, conversation_id: conversationId = null }: FrameOf<'message'>): ChatPlace => ({
  cwd,
  conversationId,
})

/**
 * One authenticated WebSocket on `/api/ws/agent`, or on an older chat endpoint, which is answered in the same way. A
 * frame that makes no sense gets an `error` that says why, and the connection stays. It has one subscription at a
 * time; a session of the user `agent` has one to everything from the start, deltas included.
 */
export class Session implements Visitor {
  readonly #ports: SessionPorts
  readonly #connection: Connection
  #id: string = randomUUID()
  #userId = usualUser
  #client: string | null = null
  #subscription: Subscription | undefined
  /** Whether the subscription is the one that a session of `agent` begins with. */
  #isMonitoring = false
  #sentBefore = 0

  constructor(wire: Wire, ports: SessionPorts) {
    this.#ports = ports
    this.#connection = new Connection({
      ...wire,
      log: ports.log,
      fields: () => ({ session: this.#id, user: this.#userId }),
      onMessage: (message, isBinary) => this.#handle(parseClientFrame(message, isBinary)),
      errorFrame: (failure) => ({ type: 'error', ...failure }),
      onClose: () => {
        this.#subscription?.close()
        ports.onClose(this)
      },
    })
  }

  begin(): void {
    this.#connection.begin()
    this.#logIn(usualUser)
  }

  get id(): string {
    return this.#id
  }

  get userId(): string {
    return this.#userId
  }

  get row(): SessionRow {
    const subscription = this.#subscription
    return {
      session_id: this.#id,
      user_id: this.#userId,
      endpoint: this.#ports.endpoint,
      task_id: null,
      client: this.#client,
      connected_at: this.#connection.connectedAt.toISOString(),
      events_sent: this.#sentBefore + (subscription?.sent ?? 0),
      buffered_bytes: this.#connection.sink.bufferedBytes,
      subscribed: subscription !== undefined,
      cursor: subscription?.cursor ?? null,
      lagging: subscription?.isLagging ?? false,
    }
  }

  beat(): void {
    this.#connection.beat()
  }

  close(code: number, reason: string): void {
    this.#replaceSubscription(undefined)
    this.#connection.close(code, reason)
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
        return void this.#chat(frame).catch((error: unknown) => this.#connection.refuse(error))
      case 'approve':
      case 'deny':
        throw noApproval(frame.approval_id)
      case 'ping':
        return this.#connection.send({ type: 'pong' })
    }
  }

  #hello({ user_id, client, session_id }: FrameOf<'hello'>): void {
    const resumedUser = session_id === undefined ? undefined : this.#ports.userOf(session_id)
    if (session_id !== undefined) this.#id = session_id
    if (client !== undefined) this.#client = client
    this.#logIn(user_id ?? resumedUser ?? this.#userId)
  }

  #logIn(userId: string): void {
    const { store, log, version, implied, endpoint } = this.#ports
    this.#userId = userId
    const client = this.#client ?? undefined
    log.info({ session: this.#id, user: userId, client, endpoint }, 'WebSocket connected')
    this.#connection.send({
      type: 'connected',
      session_id: this.#id,
      user_id: userId,
      protocol: protocolVersion,
      version,
      store_id: store.storeId,
      seq: store.lastSeq,
      ...(implied === null ? {} : { deprecated: true }),
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
    const { hub, store, desks } = this.#ports
    const { id = null, conversation_id: of, types, hide, deltas, after = store.lastSeq } = frame
    hub.checkCursor(after)
    const { conversations } = desks
    const conversation = of === undefined ? undefined : { id: of, taskIds: conversations.taskIds(of) }
    const filter = new EventFilter({ taskIds: this.#taskIds(frame), conversation, types, hide, deltas })
    this.#replaceSubscription(() => {
      this.#connection.send({ type: 'subscribed', id, after, seq: store.lastSeq })
      const ready = of === undefined ? undefined : conversations.ready
      return hub.subscribe({ ...this.#reader(id), after, filter, ready })
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
      sink: this.#connection.sink,
      end: { kind: 'never' },
      onEnd: (error) => this.#connection.giveUp(error),
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
      .catch((error: unknown) => this.#connection.refuse(error))
  }

  /** Replies go to the session that asked. Who else wants to follow a conversation subscribes to its events. */
  async #chat(frame: FrameOf<'message'>): Promise<void> {
    const { chat, implied, log } = this.#ports
    const asker = { sessionId: this.#id, userId: this.#userId, implied }
    const turn = chatTurn(frame, { ...asker, agentTypes: await chat.agentTypes(placeOf(frame)) })
    await runTurn(chat, turn, {
      onFrame: (reply) =>
        isChatDelta(reply) ? this.#connection.sendIfThereIsRoom(reply) : this.#connection.send(reply),
      onError: (error) =>
        log.error({ session: asker.sessionId, conversation: turn.conversationId, error }, 'Chat turn failed'),
    })
  }
}
