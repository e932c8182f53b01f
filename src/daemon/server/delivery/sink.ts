import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { WebSocket } from 'ws'
import type { Frame, Outgoing } from './frame.ts'
import type { Run } from './frame-run.ts'

/** Where a subscription writes to. Nothing here waits or throws; once the reader is gone, nothing is sent. */
export interface Sink {
  /** Bytes handed over that the system has not taken yet. */
  readonly bufferedBytes: number
  /** Whether enough is buffered that a writer who can wait should. */
  readonly needsDrain: boolean
  write(frame: Frame<Outgoing>): void
  /** Events, in one piece. */
  writeRun(run: Run): void
  /** Resolves once everything handed over has been taken, or the reader is gone. */
  drained(): Promise<void>
}

/** Writes finished frames to the socket below a WebSocket; without compression `ws` itself holds nothing back. */
export const webSocketSink = (webSocket: WebSocket, socket: Socket): Sink =>
  new WritableSink(socket, {
    frame: (frame) => (webSocket.readyState === WebSocket.OPEN ? frame.webSocket : undefined),
    run: (run) => (webSocket.readyState === WebSocket.OPEN ? run.webSocket : undefined),
  })

/** Writes events and deltas as lines; what else a subscription says has no place in NDJSON. */
export const ndjsonSink = (response: ServerResponse): Sink =>
  new WritableSink(response, {
    frame: (frame) => ('v' in frame.message ? frame.line : undefined),
    run: (run) => run.lines,
  })

/** The bytes of a message, or of many; undefined where there is nothing to write. */
interface Encoding {
  readonly frame: (frame: Frame<Outgoing>) => Buffer | undefined
  readonly run: (run: Run) => Buffer | undefined
}

class WritableSink implements Sink {
  readonly #writable: Writable
  readonly #encoding: Encoding
  /** Many may wait at once: each subscription that was replaced while the reader stood still does. */
  #drained: Promise<void> | undefined

  constructor(writable: Writable, encoding: Encoding) {
    this.#writable = writable
    this.#encoding = encoding
  }

  get bufferedBytes(): number {
    return this.#writable.writableLength
  }

  get needsDrain(): boolean {
    return this.#writable.writableNeedDrain && !this.#writable.destroyed
  }

  write(frame: Frame<Outgoing>): void {
    if (this.#isOpen) this.#put(this.#encoding.frame(frame))
  }

  writeRun(run: Run): void {
    if (this.#isOpen && run.size > 0) this.#put(this.#encoding.run(run))
  }

  drained(): Promise<void> {
    if (!this.needsDrain) return Promise.resolve()
    this.#drained ??= this.#nextDrain()
    return this.#drained
  }

  #nextDrain(): Promise<void> {
    const writable = this.#writable
    return new Promise((resolve) => {
      const settle = (): void => {
        writable.off('drain', settle)
        writable.off('close', settle)
        this.#drained = undefined
        resolve()
      }
      writable.on('drain', settle)
      writable.on('close', settle)
    })
  }

  get #isOpen(): boolean {
    return this.#writable.writable && !this.#writable.destroyed
  }

  #put(bytes: Buffer | undefined): void {
    if (bytes !== undefined) this.#writable.write(bytes)
  }
}
