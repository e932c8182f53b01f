import type { Event, StoredEvent } from '../../protocol/event.ts'
import type { AnyServerFrame } from '../../protocol/frames.ts'
import type { TaskFrame } from '../../protocol/task-frames.ts'

/** Whatever leaves the daemon on a WebSocket. */
export type Outgoing = AnyServerFrame | TaskFrame

/**
 * One message on its way to any number of readers: serialised at most once, and framed at most once for each
 * transport, however many read it.
 */
export class Frame<M extends Outgoing = AnyServerFrame> {
  readonly message: M
  #json: string | undefined
  #line: Buffer | undefined
  #webSocket: Buffer | undefined

  constructor(message: M) {
    this.message = message
  }

  get json(): string {
    return (this.#json ??= JSON.stringify(this.message))
  }

  /** As a line of NDJSON. */
  get line(): Buffer {
    return (this.#line ??= Buffer.from(`${this.json}\n`))
  }

  /** As an unmasked WebSocket text frame, header and all, to be written to the socket as it is. */
  get webSocket(): Buffer {
    return (this.#webSocket ??= webSocketText(this.json))
  }
}

/** A stored event as it may leave the daemon: without its `private` member. */
export const eventFrame = (stored: StoredEvent): Frame<Event> => {
  if (!('private' in stored)) return new Frame(stored)
  const { private: _private, ...event } = stored
  return new Frame(event as Event)
}

const finalTextFrame = 0x81

/** RFC 6455, section 5.2. `ws` frames a message anew for each socket, at twice the cost for many readers. */
const webSocketText = (text: string): Buffer => {
  const length = Buffer.byteLength(text)
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = finalTextFrame
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, headerLength)
  return frame
}
