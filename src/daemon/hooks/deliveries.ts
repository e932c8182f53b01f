import type { HookName } from '../../config/hook-settings.ts'

/** A hook that is to be called: no more than what it takes to find the task again. */
export interface Delivery {
  /** Of the `status` event that it is called for. */
  readonly seq: number
  readonly taskId: string
  readonly hook: HookName
}

/** How far the events are delivered: all up to `seq`, and these after it. */
export interface DeliveredUpTo {
  readonly seq: number
  readonly delivered: readonly number[]
}

interface DeliveriesOptions {
  /** At most so many are under way at a time. */
  readonly atOnce: number
  /** At most so many are remembered, delivered ones before which another is open among them. */
  readonly limit: number
  /** What an earlier daemon has delivered out of order. */
  readonly delivered?: readonly number[]
}

/**
 * What is still to be delivered, in the order of events; those of one task one after the other. Pure bookkeeping in
 * bounded memory.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions
  /** By `seq`, in its order. */
  readonly #open = new Map<number, Delivery>()
  readonly #running = new Map<string, Delivery>()
  readonly #done = new Set<number>()
  /** Kept until all before them are delivered, however many daemons that takes. */
  readonly #doneEarlier: ReadonlySet<number>

  constructor(options: DeliveriesOptions) {
    this.#options = options
    this.#doneEarlier = new Set(options.delivered)
  }

  get hasRoom(): boolean {
    return this.#open.size + this.#done.size < this.#options.limit
  }

  /** Whether an earlier daemon has done it. */
  isDelivered(seq: number): boolean {
    return this.#doneEarlier.has(seq)
  }

  add(delivery: Delivery): void {
    this.#open.set(delivery.seq, delivery)
  }

  /** The next that may begin, which counts as begun then; undefined where none may. */
  next(): Delivery | undefined {
    if (this.#running.size >= this.#options.atOnce) return undefined
    for (const delivery of this.#open.values()) {
      if (this.#running.has(delivery.taskId)) continue
      this.#running.set(delivery.taskId, delivery)
      return delivery
    }
    return undefined
  }

  done({ seq, taskId }: Delivery): void {
    this.#running.delete(taskId)
    this.#open.delete(seq)
    this.#done.add(seq)
    const firstOpen = this.#firstOpen
    for (const other of this.#done) if (other < firstOpen) this.#done.delete(other)
  }

  /** How far the deliveries are, where the events up to `seen` have been looked at. */
  upTo(seen: number): DeliveredUpTo {
    const upTo = Math.min(this.#firstOpen - 1, seen)
    const later = [...this.#doneEarlier].filter((seq) => seq > upTo)
    return { seq: upTo, delivered: [...later, ...this.#done].sort((one, other) => one - other) }
  }

  get #firstOpen(): number {
    const [first] = this.#open.keys()
    return first ?? Infinity
  }
}
