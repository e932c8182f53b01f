import type { Event, StoredEvent } from '../../../protocol/event.ts'
import type { AnyServerFrame } from '../../../protocol/frames.ts'
import type { TaskFrame } from '../../../protocol/task-frames.ts'

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

  /** `json` where it is known already. */
  constructor(message: M, json?: string) {
    this.message = message
    this.#json = json
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
    return (this.#webSocket ??= webSocketTexts([this.json]))
  }
}

/**
 * A stored event as it may leave the daemon: without its `private` member. `text` is the event as JSON, as it stands
 * in the store; where nothing has to be left out, that is what readers get.
 */
export const eventFrame = (stored: StoredEvent, text?: string): Frame<Event> => {
  if (!('private' in stored)) return new Frame(stored, text)
  const { private: _private, ...event } = stored
  return new Frame(event as Event)
}

/**
 * Text frames behind each other in one piece (RFC 6455, section 5.2). `ws` frames a message anew for each socket, at
 * twice the cost for many readers.
 */
export const webSocketTexts = (texts: readonly string[]): Buffer => {
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerBytes(length) + length, 0))
  let at = 0
  for (const [nth, text] of texts.entries()) {
    at = writeHeader(bytes, at, lengths[nth] as number)
    at += bytes.write(text, at)
  }
  return bytes
}

const headerBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

const finalTextFrame = 0x81

/** Returns where the text begins. */
const writeHeader = (bytes: Buffer, at: number, length: number): number => {
  bytes[at] = finalTextFrame
  if (length < 126) {
    bytes[at + 1] = length
  } else if (length < 65_536) {
    bytes[at + 1] = 126
    bytes.writeUInt16BE(length, at + 2)
  } else {
    bytes[at + 1] = 127
    bytes.writeBigUInt64BE(BigInt(length), at + 2)
  }
  return at + headerBytes(length)
}
