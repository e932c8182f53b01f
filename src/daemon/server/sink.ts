import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { WebSocket } from 'ws'
import type { Frame, Outgoing } from './frame.ts'

/** Where a subscription writes to. Nothing here waits or throws; once the reader is gone, nothing is sent. */
export interface Sink {
  /** Bytes handed over that the system has not taken yet. */
  readonly bufferedBytes: number
  /** Whether enough is buffered that a writer who can wait should. */
  readonly needsDrain: boolean
  write(frame: Frame<Outgoing>): void
  /** What is written between `cork` and `uncork` leaves together. */
  cork(): void
  uncork(): void
  /** Resolves once everything handed over has been taken, or the reader is gone. */
  drained(): Promise<void>
}

/** Writes finished frames to the socket below a WebSocket; without compression `ws` itself holds nothing back. */
export const webSocketSink = (webSocket: WebSocket, socket: Socket): Sink =>
  new WritableSink(socket, (frame) => (webSocket.readyState === WebSocket.OPEN ? frame.webSocket : undefined))

/** Writes events and deltas as lines; what else a subscription says has no place in NDJSON. */
export const ndjsonSink = (response: ServerResponse): Sink =>
  new WritableSink(response, (frame) => ('v' in frame.message ? frame.line : undefined))

class WritableSink implements Sink {
  readonly #writable: Writable
  /** Undefined where there is nothing to write. */
  readonly #encode: (frame: Frame<Outgoing>) => Buffer | undefined

  constructor(writable: Writable, encode: (frame: Frame<Outgoing>) => Buffer | undefined) {
    this.#writable = writable
    this.#encode = encode
  }

  get bufferedBytes(): number {
    return this.#writable.writableLength
  }

  get needsDrain(): boolean {
    return this.#writable.writableNeedDrain && !this.#writable.destroyed
  }

  write(frame: Frame<Outgoing>): void {
    if (!this.#writable.writable || this.#writable.destroyed) return
    const bytes = this.#encode(frame)
    if (bytes !== undefined) this.#writable.write(bytes)
  }

  cork(): void {
    this.#writable.cork()
  }

  uncork(): void {
    this.#writable.uncork()
  }

  drained(): Promise<void> {
    const writable = this.#writable
    if (!this.needsDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const settle = (): void => {
        writable.off('drain', settle)
        writable.off('close', settle)
        resolve()
      }
      writable.on('drain', settle)
      writable.on('close', settle)
    })
  }
}
