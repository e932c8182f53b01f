import { isFinal } from '../../../protocol/status.ts'
import type { Delta, Event, StoredEvent } from '../../../protocol/event.ts'
import type { ServerFrame } from '../../../protocol/frames.ts'
import type { Store } from '../../store/store.ts'
import type { EventFilter } from './event-filter.ts'
import { eventFrame, Frame } from './frame.ts'
import { EventRun } from './frame-run.ts'
import type { ReplayTurns } from './replay-turns.ts'
import type { Sink } from './sink.ts'
import { Tail } from './tail.ts'

/**
 * A reader that has more than this to take yet gets no live events; it is replayed from the store once it has taken
 * it. So a reader costs at most this and one run (64 KiB, or one event); while it is replayed, one chunk of the store
 * (about 256 KiB, or one event) and what comes meanwhile (`Tail`: as much again). Live events are the same bytes for
 * all readers: a hundred that have stopped at the same place cost little more than one.
 */
const maxBufferedBytes = 1024 * 1024
/** Deltas are for readers that keep up. */
const maxBufferedBytesForDeltas = 64 * 1024
/** How often a reader learns the newest `seq` while its filter hides events. */
const caughtUpEveryMs = 1000

/**
 * When a subscription ends by itself: never; once it has sent what was there when it began; or once a task is
 * final (or removed) and everything about it has been sent.
 */
export type SubscriptionEnd =
  | { readonly kind: 'never' }
  | { readonly kind: 'replayed' }
  | { readonly kind: 'task_final'; readonly taskId: string }

export interface SubscriptionOptions {
  /** The reader's own name for it, given back in `caught_up` and `lagged`. */
  readonly id: string | number | null
  /** Events with a larger `seq` are sent. */
  readonly after: number
  readonly filter: EventFilter
  readonly sink: Sink
  readonly end: SubscriptionEnd
  /** Nothing is sent before this has resolved; where it rejects, the subscription ends with that. */
  readonly ready?: Promise<void> | undefined
  /** Ends after this many events. */
  readonly limit?: number | undefined
  /** Called when it ends by itself; with the error where it could not go on. */
  readonly onEnd?: (error?: unknown) => void
  /** Leaves out the first `caught_up`: the reader has not asked for anything yet. */
  readonly startsSilently?: boolean
}

interface SubscriptionPorts {
  readonly store: Store
  readonly turns: ReplayTurns
  readonly onSent: (events: number) => void
  readonly onClose: (subscription: Subscription) => void
}

/**
 * One reader's cursor. It replays what the filter lets through out of the store, at the reader's pace, says
 * `caught_up` and goes live; it goes back to replaying (`lagged`) when the reader falls behind. Every event after
 * `after` is written exactly once, in order. Deltas are written between live events, if there is room.
 */
export class Subscription {
  readonly id: string | number | null
  readonly #options: SubscriptionOptions
  readonly #ports: SubscriptionPorts
  #state: 'replaying' | 'live' | 'closed' = 'replaying'
  #isLagging = false
  /** The newest `seq` that was written or hidden by the filter. */
  #cursor: number
  /** What has come since the stretch that is being replayed was begun. */
  #tail: Tail | undefined
  #sent = 0
  #caughtUpTimer: NodeJS.Timeout | undefined

  constructor(options: SubscriptionOptions, ports: SubscriptionPorts) {
    this.id = options.id
    this.#options = options
    this.#ports = ports
    this.#cursor = options.after
  }

  get cursor(): number {
    return this.#cursor
  }

  get sent(): number {
    return this.#sent
  }

  /** Whether the reader fell behind and has not caught up since. */
  get isLagging(): boolean {
    return this.#isLagging
  }

  get wantsDeltas(): boolean {
    return this.#options.filter.wantsDeltas
  }

  /** To be called once. A reader that has everything already is live when this returns. */
  start(): void {
    this.#catchUp()
  }

  /** Takes what has become durable. */
  deliver(run: EventRun): void {
    if (this.#state === 'replaying') this.#tail?.add(run)
    if (this.#state === 'live' && !this.#take(run)) this.#fallBehind()
  }

  deliverDelta(frame: Frame<Delta>): void {
    const { filter, sink } = this.#options
    if (this.#state !== 'live' || !filter.passesDelta(frame.message)) return
    if (sink.bufferedBytes <= maxBufferedBytesForDeltas) sink.write(frame)
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearTimeout(this.#caughtUpTimer)
    this.#ports.onClose(this)
  }

  /** Ends it as if it had failed: the reader learns that it was not the end of the events. */
  abort(error: unknown): void {
    this.#end(error)
  }

  #catchUp(): void {
    this.#replay().catch((error: unknown) => this.#end(error))
  }

  async #replay(): Promise<void> {
    const { store, turns } = this.#ports
    const { filter, sink, end, ready } = this.#options
    if (ready !== undefined) await ready
    if (sink.needsDrain) await sink.drained()
    while (!this.#isClosed() && this.#cursor < store.lastSeq) {
      // Also where there is room: of many subscriptions sent at once each but the last is replaced by then.
      await sink.drained()
      if (this.#isClosed()) return
      const upTo = store.lastSeq
      this.#tail = new Tail()
      const pieces = store.events({ after: this.#cursor, upTo, ...filter.query })
      for await (const events of turns.of(pieces, () => this.#isClosed())) {
        if (this.#isClosed()) return
        this.#takeStored(events)
        if (sink.needsDrain) await sink.drained()
      }
      this.#cursor = Math.max(this.#cursor, upTo)
      if (end.kind === 'replayed') break
      this.#takeTail()
    }
    // Nothing may be awaited from here on: what is appended next must find this subscription live.
    if (this.#isClosed()) return
    if (end.kind === 'replayed' || this.#isTaskFinal()) return this.#end()
    this.#state = 'live'
    const isSilent = this.#options.startsSilently === true && !this.#isLagging
    this.#isLagging = false
    if (!isSilent) this.#tell({ type: 'caught_up', id: this.id, seq: this.#cursor })
  }

  /** What came while the last stretch was replayed; as much of it as there is room for. */
  #takeTail(): void {
    const tail = this.#tail
    this.#tail = undefined
    tail?.runs.every((run) => this.#take(run))
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }

  #takeStored(events: readonly StoredEvent[]): void {
    const { filter, limit = Infinity } = this.#options
    const shown = events.filter((event) => filter.passes(event)).slice(0, limit - this.#sent)
    this.#cursor = events.at(-1)?.seq ?? this.#cursor
    this.#write(new EventRun(shown.map((event) => eventFrame(event))))
    if (this.#sent === limit) this.#end()
  }

  /** Whether there was room for it. */
  #take(run: EventRun): boolean {
    if (this.#isClosed() || run.lastSeq <= this.#cursor) return true
    const { filter, sink, limit } = this.#options
    if (sink.bufferedBytes > maxBufferedBytes) return false
    if (limit !== undefined || run.firstSeq <= this.#cursor || this.#endsIn(run)) {
      this.#pick(run)
      return true
    }
    const shown = run.passing(filter)
    this.#cursor = run.lastSeq
    this.#write(shown)
    if (shown.size < run.size) this.#tellSoon()
    return true
  }

  /** Event by event, up to the one that it ends with. */
  #pick({ frames }: EventRun): void {
    const { filter, limit } = this.#options
    const shown: Frame<Event>[] = []
    let isOver = false
    for (const frame of frames) {
      const { message } = frame
      if (isOver || message.seq <= this.#cursor) continue
      this.#cursor = message.seq
      if (filter.passes(message)) shown.push(frame)
      else this.#tellSoon()
      isOver = this.#endsWith(message) || this.#sent + shown.length === limit
    }
    this.#write(new EventRun(shown))
    if (isOver) this.#end()
  }

  #write(run: EventRun): void {
    if (run.size === 0) return
    this.#options.sink.writeRun(run)
    this.#sent += run.size
    this.#ports.onSent(run.size)
  }

  #fallBehind(): void {
    this.#state = 'replaying'
    this.#isLagging = true
    this.#tell({ type: 'lagged', id: this.id, after: this.#cursor })
    this.#catchUp()
  }

  #tellSoon(): void {
    this.#caughtUpTimer ??= setTimeout(() => {
      this.#caughtUpTimer = undefined
      if (this.#state === 'live') this.#tell({ type: 'caught_up', id: this.id, seq: this.#cursor })
    }, caughtUpEveryMs).unref()
  }

  #tell(frame: ServerFrame): void {
    this.#options.sink.write(new Frame(frame))
  }

  #endsIn({ frames }: EventRun): boolean {
    return this.#options.end.kind === 'task_final' && frames.some(({ message }) => this.#endsWith(message))
  }

  #endsWith(event: Event): boolean {
    const { end } = this.#options
    if (end.kind !== 'task_final' || event.task_id !== end.taskId) return false
    return event.type === 'task_removed' || (event.type === 'status' && isFinal(event.data.status))
  }

  #isTaskFinal(): boolean {
    const { end } = this.#options
    if (end.kind !== 'task_final') return false
    const task = this.#ports.store.task(end.taskId)
    return task === undefined || isFinal(task.status)
  }

  #end(error?: unknown): void {
    if (this.#isClosed()) return
    this.close()
    this.#options.onEnd?.(error)
  }
}
