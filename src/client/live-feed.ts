import type { Delta, Event } from '../protocol/event.ts'
import { isEvent } from '../protocol/event-names.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { ClientFrameInput, ServerFrame } from '../protocol/frames.ts'
import { version } from '../protocol/version.ts'
import { readAddress, type DaemonAddress } from './address.ts'
import { backoffMs, pause } from './backoff.ts'
import type { Connection, Feed, FeedItem, FeedOptions } from './feed.ts'
import { LiveConnection } from './live-connection.ts'

/** Above this many items, or bytes of frames, in the queue the socket is not read any more. */
const highWater = { items: 2000, bytes: 4 * 1024 * 1024 }
/** Above this many items deltas are dropped, which may always be. */
const deltaWater = 1000
/** A connection has one subscription only, so it can always have the same name. */
const subscriptionId = 1

export interface LiveFeedOptions extends FeedOptions {
  readonly env?: NodeJS.ProcessEnv
}

/** Opens a feed over the WebSocket of this `SPARKY_HOME`'s daemon. Connects when it is iterated. */
export const openFeed = (options: LiveFeedOptions = {}): Feed => new LiveFeed(options)

class LiveFeed implements Feed {
  readonly #options: LiveFeedOptions
  readonly #queue: { item: FeedItem; bytes: number }[] = []
  readonly #closing = new AbortController()
  #queuedBytes = 0
  #wake: (() => void) | undefined
  #connection: LiveConnection | undefined
  #isPaused = false
  #failure: SparkyError | undefined
  /** The newest `seq` received or skipped; where a reconnect goes on. Undefined until known. */
  #received: number | undefined
  #cursor: number
  #storeId: string | undefined
  #announced: Connection['state'] | undefined

  constructor(options: LiveFeedOptions) {
    this.#options = options
    this.#received = options.after
    this.#cursor = options.after ?? 0
  }

  get cursor(): number {
    return this.#cursor
  }

  close(): void {
    this.#closing.abort()
    this.#connection?.close()
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FeedItem> {
    const connecting = this.#stayConnected()
    try {
      while (!this.#closing.signal.aborted) {
        const next = this.#queue.shift()
        if (next === undefined) {
          if (this.#failure !== undefined) throw this.#failure
          await new Promise<void>((resolve) => (this.#wake = resolve))
          continue
        }
        this.#queuedBytes -= next.bytes
        this.#readOn()
        if (next.item.kind === 'event') this.#cursor = Math.max(this.#cursor, next.item.event.seq)
        if (next.item.kind === 'caught_up') this.#cursor = Math.max(this.#cursor, next.item.seq)
        yield next.item
      }
    } finally {
      this.close()
      await connecting
    }
  }

  async #stayConnected(): Promise<void> {
    const { signal } = this.#closing
    let failures = 0
    this.#announce({ state: 'connecting' })
    while (!signal.aborted) {
      const end = await this.#connectOnce()
      if (signal.aborted) return
      if (end.fatal !== null) return this.#fail(end.fatal)
      if (end.wasLive) failures = 0
      const retryInMs = backoffMs(failures++)
      this.#announce({ state: 'reconnecting', reason: end.reason, retryInMs })
      await pause(retryInMs, signal)
    }
  }

  /** One connection, to its end. */
  #connectOnce(): Promise<{ reason: string; fatal: SparkyError | null; wasLive: boolean }> {
    const address = locate(this.#options.env ?? process.env)
    if (address instanceof SparkyError) {
      // Only a daemon that was there once is worth waiting for.
      const fatal = this.#storeId === undefined || address.code !== 'daemon_unreachable' ? address : null
      return Promise.resolve({ reason: address.message, fatal, wasLive: false })
    }
    return new Promise((resolve) => {
      let wasLive = false
      const connection = new LiveConnection(address, this.#opening(), {
        onFrame: (frame, bytes) => {
          wasLive ||= frame.type === 'caught_up'
          const fatal = this.#takeFrame(frame, bytes)
          if (fatal === null) return
          connection.close()
          resolve({ reason: fatal.message, fatal, wasLive })
        },
        onLine: (line, bytes) => this.#takeLine(line, bytes),
        onClose: (reason, fatal) => resolve({ reason, fatal, wasLive }),
      })
      this.#connection = connection
      this.#isPaused = false
      this.#closing.signal.addEventListener(
        'abort',
        () => resolve({ reason: 'closed', fatal: null, wasLive }),
        { once: true },
      )
    })
  }

  #opening(): ClientFrameInput[] {
    const { tasks, types, hide, deltas, userId, client = `sparky/${version}` } = this.#options
    return [
      { type: 'hello', client, ...(userId !== undefined && { user_id: userId }) },
      {
        type: 'subscribe',
        id: subscriptionId,
        tasks: tasks === undefined ? 'all' : [...tasks],
        ...(types && { types: [...types] }),
        ...(hide && { hide: [...hide] }),
        ...(deltas !== undefined && { deltas }),
        ...(this.#received !== undefined && { after: this.#received }),
      },
    ]
  }

  #takeFrame(frame: ServerFrame, bytes: number): SparkyError | null {
    if (frame.type === 'connected') {
      if (this.#storeId !== undefined && this.#storeId !== frame.store_id) return anotherStore(frame.store_id)
      this.#storeId = frame.store_id
    } else if (frame.type === 'subscribed' && frame.id === subscriptionId) {
      this.#received ??= frame.after
      this.#announce({ state: 'replaying', behind: Math.max(0, frame.seq - frame.after) })
    } else if (frame.type === 'caught_up' && frame.id === subscriptionId) {
      this.#received = Math.max(this.#received ?? 0, frame.seq)
      this.#push({ kind: 'caught_up', seq: frame.seq }, bytes)
      this.#announce({ state: 'live' })
    } else if (frame.type === 'lagged') {
      this.#announce({ state: 'replaying', behind: 0 })
    }
    return null
  }

  /** Where the feed stands, unless that was said already. */
  #announce(connection: Connection): void {
    if (connection.state === 'live' && this.#announced === 'live') return
    this.#announced = connection.state
    this.#push({ kind: 'connection', connection })
  }

  #takeLine(line: Event | Delta, bytes: number): void {
    if (!isEvent(line)) {
      if (this.#queue.length < deltaWater) this.#push({ kind: 'delta', delta: line }, bytes)
      return
    }
    // A session of the Task Monitor gets events before its subscription stands.
    if (line.seq <= (this.#received ?? Number.POSITIVE_INFINITY)) return
    this.#received = line.seq
    this.#push({ kind: 'event', event: line }, bytes)
  }

  #push(item: FeedItem, bytes = 0): void {
    const last = this.#queue.at(-1)
    // Of several changes in a row only the last one matters, and nothing may pile up while nobody pulls.
    if (item.kind === 'connection' && last?.item.kind === 'connection') this.#queue.pop()
    this.#queue.push({ item, bytes })
    this.#queuedBytes += bytes
    if (this.#queue.length > highWater.items || this.#queuedBytes > highWater.bytes) this.#stopReading()
    this.#wake?.()
  }

  #stopReading(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#connection?.pause()
  }

  #readOn(): void {
    if (
      !this.#isPaused ||
      this.#queue.length > highWater.items / 2 ||
      this.#queuedBytes > highWater.bytes / 2
    )
      return
    this.#isPaused = false
    this.#connection?.resume()
  }

  #fail(error: SparkyError): void {
    this.#failure = error
    this.#wake?.()
  }
}

const locate = (env: NodeJS.ProcessEnv): DaemonAddress | SparkyError => {
  try {
    return (
      readAddress(env) ??
      new SparkyError('daemon_unreachable', 'no daemon is running', { hint: 'sparky agent start starts one' })
    )
  } catch (error) {
    if (error instanceof SparkyError) return error
    throw error
  }
}

const anotherStore = (storeId: string): SparkyError =>
  new SparkyError(
    'conflict',
    `another store (${storeId}) is behind this address now; its events do not go on from here`,
    {
      hint: 'start again',
    },
  )
