import { once } from 'node:events'
import net from 'node:net'

interface RawFrame {
  readonly opcode: number
  readonly payload: Buffer
}

/** A WebSocket of which the test sends every byte itself, so that it can send what no library would. */
export class RawWebSocket {
  readonly socket: net.Socket
  #received: Buffer = Buffer.alloc(0)
  readonly #frames: RawFrame[] = []
  #wake: () => void = () => undefined
  #isOver = false

  private constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  /** Open, with the daemon's token. */
  static async open(url: string, token: string, path = '/api/ws/agent'): Promise<RawWebSocket> {
    const { hostname, port, host } = new URL(url)
    const socket = net.connect(Number(port), hostname)
    const opened = new RawWebSocket(socket)
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Authorization: Bearer ${token}`,
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    let head: Buffer = Buffer.alloc(0)
    while (!head.includes('\r\n\r\n'))
      head = Buffer.concat([head, ...((await once(socket, 'data')) as [Buffer])])
    if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(head.toString('latin1'))
    opened.#take(head.subarray(head.indexOf('\r\n\r\n') + 4))
    socket.on('data', (bytes) => opened.#take(bytes))
    return opened
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** The next frame; undefined where the connection ends without another. */
  async next(): Promise<RawFrame | undefined> {
    while (this.#frames.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this.#frames.shift()
  }

  /** The next text frame that is of one of these types, as JSON. */
  async message(
    ...types: readonly string[]
  ): Promise<{ readonly type: string; readonly [name: string]: unknown }> {
    for (;;) {
      const frame = await this.next()
      if (frame === undefined) throw new Error(`expected ${types.join(' or ')}, found the end`)
      if (frame.opcode === 8)
        throw new Error(`expected ${types.join(' or ')}, found the close ${frame.payload.readUInt16BE()}`)
      if (frame.opcode !== 1) continue
      const message = JSON.parse(frame.payload.toString()) as { type: string }
      if (types.length === 0 || types.includes(message.type)) return message
    }
  }

  /** The code that it is closed with; whatever comes before is passed over. */
  async closeCode(): Promise<number | undefined> {
    for (;;) {
      const frame = await this.next()
      if (frame === undefined) return undefined
      if (frame.opcode === 8) return frame.payload.readUInt16BE()
    }
  }

  destroy(): void {
    this.socket.destroy()
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    for (;;) {
      const frame = frameAt(this.#received)
      if (frame === undefined) break
      this.#frames.push(frame)
      this.#received = this.#received.subarray(frame.end)
    }
    this.#wake()
  }
}

const frameAt = (bytes: Buffer): (RawFrame & { readonly end: number }) | undefined => {
  if (bytes.length < 2) return undefined
  const short = (bytes[1] ?? 0) & 0x7f
  const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10
  if (bytes.length < headerBytes) return undefined
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const end = headerBytes + length
  if (bytes.length < end) return undefined
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(headerBytes, end), end }
}

interface FrameOptions {
  /** Default: text. */
  readonly opcode?: number
  /** Whether it is the last of its message. */
  readonly isLast?: boolean
  /** Reserved bits, as in 0x40 for "compressed". */
  readonly reserved?: number
  readonly isMasked?: boolean
  /** What its header claims, whatever there is. */
  readonly claims?: bigint
}

/** A frame as a client sends it, or as none should. */
export const rawFrame = (payload: Buffer | string, options: FrameOptions = {}): Buffer => {
  const { opcode = 1, isLast = true, reserved = 0, isMasked = true, claims } = options
  const data = Buffer.from(payload)
  const length = claims ?? BigInt(data.length)
  const first = (isLast ? 0x80 : 0) | reserved | opcode
  const maskBit = isMasked ? 0x80 : 0
  let header: Buffer
  if (length < 126n) header = Buffer.from([first, maskBit | Number(length)])
  else if (length < 65_536n)
    header = Buffer.from([first, maskBit | 126, Number(length >> 8n), Number(length & 255n)])
  else {
    header = Buffer.alloc(10)
    header.set([first, maskBit | 127])
    header.writeBigUInt64BE(length, 2)
  }
  if (!isMasked) return Buffer.concat([header, data])
  const mask = [0x12, 0x34, 0x56, 0x78]
  const masked = Buffer.from(data.map((byte, at) => byte ^ (mask[at % 4] ?? 0)))
  return Buffer.concat([header, Buffer.from(mask), masked])
}
