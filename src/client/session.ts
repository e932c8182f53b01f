import type { Delta, Event } from '../protocol/event.ts'
import { isEvent } from '../protocol/event-names.ts'
import { maxFrameBytes } from '../protocol/close-codes.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { ChatFrame, ClientFrameInput, ServerFrame } from '../protocol/frames.ts'
import type { Connection, Selection } from './feed.ts'
import { FramesOverHttp } from './frames-over-http.ts'
import { errorOf } from './live-connection.ts'
import type { LinkOptions, LinkPorts } from './link-options.ts'
import { LiveLink } from './live-link.ts'
import { callOwn } from './report-error.ts'

export interface SessionOptions extends Omit<LinkOptions, 'isSession'> {
  /** What to subscribe to from the start. A session of the user `agent` is subscribed to everything. */
  readonly subscribe?: Selection | undefined
}

/** A snapshot: another object whenever anything in it has changed. */
export interface SessionState {
  /** `closed` has the reason where it was not the program's own `close()`. */
  readonly connection: Connection | { readonly state: 'closed'; readonly error: SparkyError | null }
  /** Whether the daemon knows who we are: it has accepted the token, and answered our `hello`. */
  readonly isAuthenticated: boolean
  readonly userId: string | null
  /** Resumes the session, where another program or page is given it. */
  readonly sessionId: string | null
  /** The newest `seq` that was handed over or hidden by the subscription. */
  readonly cursor: number
}

interface SessionTopics {
  readonly event: Event
  readonly delta: Delta
  /** What belongs to a chat: replies, and their fragments while they are written. */
  readonly reply: ChatFrame
  /** Everything up to this `seq` was handed over. */
  readonly caught_up: number
  /** The daemon has refused a frame; the session goes on. */
  readonly error: SparkyError
  readonly state: SessionState
}
export type SessionTopic = keyof SessionTopics

/** What a program may send itself; greeting and subscribing are done for it. */
export type SessionFrame = Exclude<ClientFrameInput, { type: 'hello' | 'subscribe' | 'unsubscribe' }>

/** Frames that wait for a connection; more than these are refused. */
const maxWaiting = 100

/**
 * One lasting session with a daemon, both ways, for chats and live screens. After a lost connection it connects
 * again by itself, resumes its id and goes on from the last event: none is missed, none comes twice. Deltas and chat
 * frames that were on their way are lost with a connection. Where no WebSocket can be had, everything goes over HTTP
 * (`degraded`): events come all the same, and of an answer only its end.
 */
export class Session {
  readonly #link: LiveLink
  readonly #http: FramesOverHttp
  readonly #listeners = new Map<SessionTopic, Set<(item: never) => void>>()
  readonly #waiting: SessionFrame[] = []
  #state: SessionState

  constructor(ports: LinkPorts, { subscribe, ...options }: SessionOptions) {
    this.#http = new FramesOverHttp({
      api: ports.api,
      userId: options.userId,
      onReply: (reply) => this.#emit('reply', reply),
      onError: (error) => this.#emit('error', error),
    })
    this.#state = {
      connection: { state: 'connecting' },
      isAuthenticated: false,
      userId: null,
      sessionId: null,
      cursor: subscribe?.after ?? 0,
    }
    this.#link = new LiveLink(
      ports,
      { ...options, isSession: true },
      {
        onConnection: (connection) => this.#connected(connection),
        onLine: (line) => this.#take(line),
        onCaughtUp: (seq) => {
          this.#change({ cursor: Math.max(seq, this.#state.cursor) })
          this.#emit('caught_up', seq)
        },
        onFrame: (frame) => this.#receive(frame),
        onFailure: (error) => this.#end(error),
      },
    )
    const selection = subscribe ?? (options.userId === 'agent' ? { deltas: true } : undefined)
    if (selection !== undefined) this.#link.subscribe(selection)
    // Listeners that are added right after this constructor miss nothing.
    queueMicrotask(() => void this.#link.open())
  }

  get state(): SessionState {
    return this.#state
  }

  /** Calls `listener` with whatever comes under this topic; returns the way to take that back. */
  on<T extends SessionTopic>(topic: T, listener: (item: SessionTopics[T]) => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners)
    // Of its own, so that the same function may be added twice.
    const call = (item: SessionTopics[T]): void => listener(item)
    listeners.add(call)
    return () => void listeners.delete(call)
  }

  /** Takes the place of the subscription before. A session has one. */
  subscribe(selection: Selection = {}): void {
    this.#change({ cursor: selection.after ?? this.#state.cursor })
    this.#link.subscribe(selection)
  }

  unsubscribe(): void {
    this.#link.subscribe(undefined)
  }

  /**
   * Sends a frame, now or once there is a connection. It gets no receipt: what was given to a connection that broke
   * may have arrived or not. Throws `daemon_unreachable` where it cannot be sent (the session is closed),
   * and `too_large` above 1 MiB.
   */
  send(frame: SessionFrame): void {
    if (this.#state.connection.state === 'closed') throw cannotSend('the session is closed')
    checkSize(frame)
    if (this.#link.degraded !== undefined) return this.#http.send(frame)
    if (this.#link.isOpen) return this.#link.send(frame)
    if (this.#waiting.length === maxWaiting) throw cannotSend(`${maxWaiting} frames wait already`)
    this.#waiting.push(frame)
  }

  /** Ends the session. Listeners hear of it, and then no more. */
  close(): void {
    this.#link.close()
    this.#end(null)
  }

  #connected(connection: Connection): void {
    const isDegraded = 'degraded' in connection
    if (isDegraded) for (const frame of this.#waiting.splice(0)) this.#http.send(frame)
    else this.#http.lost()
    this.#change({ connection, isAuthenticated: isDegraded || this.#link.isOpen })
  }

  #receive(frame: ServerFrame | ChatFrame): void {
    if ('conversation_id' in frame) return this.#emit('reply', frame)
    if (frame.type === 'error') return this.#emit('error', errorOf(frame))
    if (frame.type !== 'connected') return
    this.#change({ isAuthenticated: true, userId: frame.user_id, sessionId: frame.session_id })
    for (const waiting of this.#waiting.splice(0)) this.#link.send(waiting)
  }

  #take(line: Event | Delta): void {
    if (!isEvent(line)) return this.#emit('delta', line)
    // No news for those who look at the state: it would be another object with every event.
    this.#state = { ...this.#state, cursor: line.seq }
    this.#emit('event', line)
  }

  #change(changes: Partial<SessionState>): void {
    const before = this.#state
    if (before.connection.state === 'closed') return
    this.#state = { ...before, ...changes }
    const isNews = Object.keys(changes).some(
      (name) => Reflect.get(before, name) !== Reflect.get(changes, name),
    )
    if (isNews) this.#emit('state', this.#state)
  }

  #end(error: SparkyError | null): void {
    this.#waiting.length = 0
    this.#http.close()
    this.#change({ connection: { state: 'closed', error }, isAuthenticated: false })
    this.#listeners.clear()
  }

  #emit<T extends SessionTopic>(topic: T, item: SessionTopics[T]): void {
    this.#listeners
      .get(topic)
      ?.forEach((listener) => callOwn(listener as (item: SessionTopics[T]) => void, item))
  }
}

/** A larger one would end the connection. */
const checkSize = (frame: SessionFrame): void => {
  const text = JSON.stringify(frame)
  const bytes = text.length * 3 > maxFrameBytes ? new TextEncoder().encode(text).length : text.length
  if (bytes <= maxFrameBytes) return
  throw new SparkyError(
    'too_large',
    `expected a frame of at most ${maxFrameBytes} bytes, found one of ${bytes}`,
  )
}

const cannotSend = (why: string): SparkyError =>
  new SparkyError('daemon_unreachable', `the frame was not sent: ${why}`, { retryable: true })
