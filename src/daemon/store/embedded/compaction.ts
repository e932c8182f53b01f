import { setImmediate } from 'node:timers/promises'
import type { EventLog } from './event-log.ts'
import type { OnNotice } from './notice.ts'
import type { PendingRemovals } from './pending-removals.ts'
import { rewriteSegment } from './rewrite-segment.ts'
import type { SegmentIndex } from './segment-index.ts'

interface CompactionParts {
  readonly log: EventLog
  readonly pending: PendingRemovals
  readonly onNotice: OnNotice
  /** It begins this long after a removal. */
  readonly idleMs: number
  /** However little of a segment it is, what was removed leaves the disk after this long. */
  readonly patienceMs: number
}

/**
 * Takes the content of removed tasks off the disk: segments that hold much of it are written anew with tombstones in
 * its place, one at a time, in pieces, in the background.
 */
export class Compaction {
  readonly #parts: CompactionParts
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isAsked = false
  #trouble: string | undefined

  constructor(parts: CompactionParts) {
    this.#parts = parts
    this.schedule()
  }

  /** There may be something to do. */
  schedule(): void {
    if (this.#isAsked || this.#stop.signal.aborted) return
    this.#isAsked = true
    if (this.#running === undefined) this.#runAfter(this.#parts.idleMs)
  }

  /** Leaves off what it is doing; the next start goes on. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the store is closing'))
    clearTimeout(this.#timer)
    await this.#running
  }

  #runAfter(ms: number): void {
    if (this.#stop.signal.aborted) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#run(), ms).unref()
  }

  #run(): void {
    this.#isAsked = false
    const { pending, idleMs, patienceMs } = this.#parts
    let nextMs = Math.max(patienceMs / 4, idleMs)
    this.#running = this.#compact()
      .catch((error: unknown) => {
        nextMs = Math.max(afterTroubleMs, idleMs)
        this.#say(error as Error)
      })
      .finally(() => {
        this.#running = undefined
        if (this.#isAsked) this.#runAfter(idleMs)
        else if (pending.size > 0) this.#runAfter(nextMs)
      })
  }

  /** Once, however often it is tried. */
  #say({ message }: Error): void {
    if (this.#stop.signal.aborted || this.#trouble === message) return
    this.#trouble = message
    const sentence = `What was removed is still in the log, and will be tried again: ${message}`
    this.#parts.onNotice({ kind: 'leftover', message: sentence })
  }

  async #compact(): Promise<void> {
    const { log, pending } = this.#parts
    const { signal } = this.#stop
    await pending.search(signal, Date.now())
    if (pending.size === 0) return pending.keep()
    const upTo = pending.lastSeq
    for (const baseSeq of pending.segments) {
      if (signal.aborted) return
      const index = log.indexOf(log.segmentOf(baseSeq))
      if (index.baseSeq !== baseSeq) {
        pending.leave(baseSeq, upTo)
        continue
      }
      const bytes = await removableBytes(index, pending)
      if (bytes > 0 && !this.#isDue(baseSeq, bytes / index.end)) continue
      if (bytes > 0) await this.#rewrite(baseSeq, index)
      pending.leave(baseSeq, upTo)
    }
    await pending.keep()
  }

  #isDue(baseSeq: number, share: number): boolean {
    const { pending, patienceMs } = this.#parts
    return share >= worthwhileShare || Date.now() - pending.waitingSinceMs(baseSeq) >= patienceMs
  }

  async #rewrite(baseSeq: number, { end }: SegmentIndex): Promise<void> {
    const { log, pending } = this.#parts
    // Appends would wait for too long.
    if (baseSeq === log.segments.at(-1)?.baseSeq && end > maxOpenBytes) await log.closeSegment()
    await log.replaceSegment(baseSeq, (segment, index) =>
      rewriteSegment({
        segment,
        index,
        mayGo: (key, seq) => pending.mayCover(key, seq),
        goes: (event) => pending.covers(event),
        signal: this.#stop.signal,
      }),
    )
  }
}

/** A disk that was full may have room again. */
const afterTroubleMs = 60_000
/** Of a segment's bytes: less is not worth a rewrite at once. */
const worthwhileShare = 0.25
/** The open segment is rewritten in place up to this size. */
const maxOpenBytes = 1024 * 1024

const removableBytes = async (index: SegmentIndex, pending: PendingRemovals): Promise<number> => {
  let bytes = 0
  const { count } = index
  for (let position = 0; position < count; position += 1) {
    if (pending.mayCover(index.key(position), index.baseSeq + position))
      bytes += index.offset(position + 1) - index.offset(position)
    if (position % 10_000 === 9999) await setImmediate()
  }
  return bytes
}
