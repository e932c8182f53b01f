import type { Event, StoredEvent } from '../../../protocol/event.ts'
import type { EventFilter } from './event-filter.ts'
import { eventFrame, webSocketTexts, type Frame, type Outgoing } from './frame.ts'

/** What a reader may have been handed beyond its bound: a run is no longer, unless it is a single event. */
const maxRunLength = 64 * 1024

/** Messages on their way to any number of readers: framed in one piece, once for each transport. */
export class Run<M extends Outgoing = Outgoing> {
  readonly frames: readonly Frame<M>[]
  #webSocket: Buffer | undefined
  #lines: Buffer | undefined

  constructor(frames: readonly Frame<M>[]) {
    this.frames = frames
  }

  get size(): number {
    return this.frames.length
  }

  /** Of their JSON. */
  get characters(): number {
    return this.frames.reduce((sum, { json }) => sum + json.length, 0)
  }

  /** All of them as unmasked WebSocket text frames. */
  get webSocket(): Buffer {
    return (this.#webSocket ??= webSocketTexts(this.frames.map(({ json }) => json)))
  }

  /** All of them as lines of NDJSON. */
  get lines(): Buffer {
    return (this.#lines ??= Buffer.from(this.frames.map(({ json }) => `${json}\n`).join('')))
  }
}

/** Events that follow each other. */
export class EventRun extends Run<Event> {
  /** `key` of a filter -> what that lets through. */
  #filtered: Map<string, EventRun> | undefined

  /** 0 where there are none, as for the next. */
  get firstSeq(): number {
    return this.frames[0]?.message.seq ?? 0
  }

  get lastSeq(): number {
    return this.frames.at(-1)?.message.seq ?? 0
  }

  /** Those that the filter lets through: looked for once for all filters that let the same through. */
  passing(filter: EventFilter): EventRun {
    if (filter.passesAll) return this
    this.#filtered ??= new Map()
    const known = this.#filtered.get(filter.key)
    if (known !== undefined) return known
    const passing = this.frames.filter(({ message }) => filter.passes(message))
    const run = passing.length === this.size ? this : new EventRun(passing)
    this.#filtered.set(filter.key, run)
    return run
  }
}

/** A durable batch as runs. `texts` are the events as JSON, as they stand in the store. */
export const runsOf = (events: readonly StoredEvent[], texts: readonly string[]): EventRun[] => {
  const runs: EventRun[] = []
  let frames: Frame<Event>[] = []
  let length = 0
  for (const [at, event] of events.entries()) {
    const frame = eventFrame(event, texts[at])
    if (frames.length > 0 && length + frame.json.length > maxRunLength) {
      runs.push(new EventRun(frames))
      frames = []
      length = 0
    }
    frames.push(frame)
    length += frame.json.length
  }
  if (frames.length > 0) runs.push(new EventRun(frames))
  return runs
}
