import type { Delta, StoredEvent } from '../../../protocol/event.ts'
import { SparkyError } from '../../../protocol/failure.ts'
import type { Store } from '../../store/store.ts'
import { Frame } from './frame.ts'
import { runsOf } from './frame-run.ts'
import { RateMeter } from './rate-meter.ts'
import { ReplayTurns } from './replay-turns.ts'
import { Subscription, type SubscriptionOptions } from './subscription.ts'

/**
 * Fans out what becomes durable, and deltas, to every subscription. Each event is serialised once, by the store, however
 * many read it live. No subscription can delay another or the store.
 */
export class Hub {
  readonly #store: Store
  readonly #subscriptions = new Set<Subscription>()
  readonly #turns = new ReplayTurns()
  readonly #sent = new RateMeter()
  readonly #stopListening: () => void

  constructor(store: Store) {
    this.#store = store
    this.#stopListening = store.onAppend((events, texts) => this.#publish(events, texts))
  }

  /** Subscriptions there are. */
  get size(): number {
    return this.#subscriptions.size
  }

  /** Events written to readers since the start. */
  get eventsSent(): number {
    return this.#sent.total
  }

  get eventsPerSecond(): number {
    return this.#sent.rate
  }

  /** Subscriptions whose readers fell behind and are being replayed. */
  get slowConsumers(): number {
    return [...this.#subscriptions].filter(({ isLagging }) => isLagging).length
  }

  /** Throws `usage` for a cursor that is not of this store: what it waits for would pass it by unseen. */
  checkCursor(after: number): void {
    if (after <= this.#store.lastSeq) return
    throw new SparkyError(
      'usage',
      `expected after to be at most ${this.#store.lastSeq}, the newest event of this store, found ${after}`,
      { hint: 'a cursor is good only for the store with the store_id that it came from' },
    )
  }

  subscribe(options: SubscriptionOptions): Subscription {
    const subscription = new Subscription(options, {
      store: this.#store,
      turns: this.#turns,
      onSent: (events) => this.#sent.add(events),
      onClose: (closed) => this.#subscriptions.delete(closed),
    })
    this.#subscriptions.add(subscription)
    subscription.start()
    return subscription
  }

  publishDelta(delta: Delta): void {
    let frame: Frame<Delta> | undefined
    for (const subscription of this.#subscriptions) {
      if (subscription.wantsDeltas) subscription.deliverDelta((frame ??= new Frame(delta)))
    }
  }

  /** Ends every subscription with this error, and listens to the store no more. */
  close(error: unknown): void {
    this.#stopListening()
    for (const subscription of this.#subscriptions) subscription.abort(error)
  }

  #publish(events: readonly StoredEvent[], texts: readonly string[]): void {
    if (this.#subscriptions.size === 0) return
    for (const run of runsOf(events, texts)) {
      for (const subscription of this.#subscriptions) subscription.deliver(run)
    }
  }
}
