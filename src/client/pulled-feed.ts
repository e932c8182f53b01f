import { isEvent } from '../protocol/event-names.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { Connection, Feed, FeedItem, FeedOptions } from './feed.ts'
import type { LinkPorts, LinkTiming } from './link-options.ts'
import { LiveLink } from './live-link.ts'

/** Above this many items, or bytes of frames, in the queue nothing is read any more. */
const highWater = { items: 2000, bytes: 4 * 1024 * 1024 }
/** Above this many items deltas are dropped, which may always be. */
const deltaWater = 1000

export type PulledFeedOptions = FeedOptions & LinkTiming

/** A feed that is pulled: what nobody takes waits with the daemon. Connects when it is iterated. */
export class PulledFeed implements Feed {
  readonly #link: LiveLink
  readonly #options: PulledFeedOptions
  readonly #queue: { item: FeedItem; size: number }[] = []
  #queuedSize = 0
  #wake: (() => void) | undefined
  #isIterated = false
  #isClosed = false
  #failure: SparkyError | undefined
  #cursor: number
  #announced = ''

  constructor(ports: LinkPorts, options: PulledFeedOptions) {
    this.#options = options
    this.#cursor = options.after ?? 0
    this.#link = new LiveLink(ports, options, {
      onConnection: (connection) => this.#announce(connection),
      onLine: (line, size) => {
        if (isEvent(line)) this.#push({ kind: 'event', event: line }, size)
        else if (this.#queue.length < deltaWater) this.#push({ kind: 'delta', delta: line }, size)
      },
      onCaughtUp: (seq, size) => this.#push({ kind: 'caught_up', seq }, size),
      onFrame: () => {},
      onFailure: (error) => {
        this.#failure = error
        this.#wake?.()
      },
    })
  }

  get cursor(): number {
    return this.#cursor
  }

  close(): void {
    this.#isClosed = true
    this.#link.close()
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FeedItem> {
    if (this.#isClosed) return
    if (this.#isIterated) throw new SparkyError('usage', 'expected a feed to be iterated once, found twice')
    this.#isIterated = true
    this.#link.subscribe(this.#options)
    const staying = this.#link.open()
    try {
      while (!this.#isClosed) {
        const next = this.#queue.shift()
        if (next === undefined) {
          if (this.#failure !== undefined) throw this.#failure
          await new Promise<void>((resolve) => (this.#wake = resolve))
          continue
        }
        this.#queuedSize -= next.size
        this.#readOn()
        if (next.item.kind === 'event') this.#cursor = Math.max(this.#cursor, next.item.event.seq)
        if (next.item.kind === 'caught_up') this.#cursor = Math.max(this.#cursor, next.item.seq)
        yield next.item
      }
    } finally {
      this.close()
      await staying
    }
  }

  /** Where the feed stands, unless that was said already. */
  #announce(connection: Connection): void {
    const said = JSON.stringify(connection)
    if (connection.state === 'live' && said === this.#announced) return
    this.#announced = said
    this.#push({ kind: 'connection', connection }, 0)
  }

  #push(item: FeedItem, size: number): void {
    const last = this.#queue.at(-1)
    // Of several changes in a row only the last one matters, and nothing may pile up while nobody pulls.
    if (item.kind === 'connection' && last?.item.kind === 'connection') this.#queue.pop()
    this.#queue.push({ item, size })
    this.#queuedSize += size
    if (this.#queue.length > highWater.items || this.#queuedSize > highWater.bytes) this.#link.pause()
    this.#wake?.()
  }

  #readOn(): void {
    if (this.#queue.length > highWater.items / 2 || this.#queuedSize > highWater.bytes / 2) return
    this.#link.resume()
  }
}
