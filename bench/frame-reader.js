import net from 'node:net'
import { nowMs } from './event-source.js'

/** A WebSocket client that does no more than find the frames and look that no event is missing. */
export class FrameReader {
  /** Resolves when every event from then on comes here. */
  live
  /** Events since `begin`, and when each came, where times are kept. */
  count = 0
  receivedMs = []
  #socket
  #isSparky
  #onRead
  #isGreeted = false
  #keepsTimes = false
  /** The beginning of a frame whose end has not come yet. */
  #rest = noBytes
  #lastSeq
  #onLive

  /** A server without a token is the floor's: who is connected there is live. `onRead` is called after each read. */
  constructor({ url, token, onRead }) {
    const { hostname, port } = new URL(url)
    this.#isSparky = token !== undefined
    this.#onRead = onRead
    this.live = new Promise((resolve) => {
      this.#onLive = resolve
    })
    const onread = {
      buffer: Buffer.allocUnsafe(readBytes),
      callback: (length, buffer) => this.#read(buffer.subarray(0, length)),
    }
    this.#socket = net.connect({ host: hostname, port: Number(port), onread })
    this.#socket.write(
      [
        'GET /api/ws/agent HTTP/1.1',
        `Host: ${hostname}:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        `Authorization: Bearer ${token}`,
        '\r\n',
      ].join('\r\n'),
    )
    if (this.#isSparky) this.#socket.write(maskedText('{"type":"subscribe","tasks":"all"}'))
  }

  begin(keepsTimes) {
    this.count = 0
    this.receivedMs = []
    this.#keepsTimes = keepsTimes
  }

  close() {
    this.#socket.destroy()
  }

  #read(bytes) {
    const readMs = nowMs()
    const before = this.count
    let at = this.#isGreeted ? this.#takeRest(bytes, readMs) : this.#greet(bytes)
    while (at < bytes.length) {
      const end = frameEnd(bytes, at)
      if (end > bytes.length) {
        this.#rest = Buffer.from(bytes.subarray(at))
        break
      }
      this.#take(bytes, at, end, readMs)
      at = end
    }
    this.#onRead(this, before, readMs)
  }

  /** Where the first frame begins. */
  #greet(bytes) {
    const end = bytes.indexOf('\r\n\r\n') + 4
    if (!bytes.toString('latin1', 0, end).startsWith('HTTP/1.1 101 ')) {
      throw new Error(`expected a WebSocket, found ${bytes.toString()}`)
    }
    this.#isGreeted = true
    if (!this.#isSparky) this.#onLive()
    return end
  }

  /** Where the first frame begins that is whole in these bytes, or may be. */
  #takeRest(bytes, readMs) {
    if (this.#rest.length === 0) return 0
    const before = this.#rest.length
    const frame = Buffer.concat([this.#rest, bytes.subarray(0, largestFrame)])
    const end = frameEnd(frame, 0)
    if (end > frame.length) {
      this.#rest = frame
      return bytes.length
    }
    this.#rest = noBytes
    this.#take(frame, 0, end, readMs)
    return end - before
  }

  #take(bytes, start, end, readMs) {
    const payload = bytes[start + 1] < 126 ? start + 2 : start + 4
    if (bytes[start] === pingFrame) return
    if (bytes[start] !== textFrame) throw new Error(`expected a text frame, found ${bytes[start]}`)
    if (bytes.compare(eventStart, 0, eventStart.length, payload, payload + eventStart.length) !== 0) {
      return this.#takeOther(JSON.parse(bytes.toString('utf8', payload, end)))
    }
    let seq = 0
    for (let at = payload + eventStart.length; bytes[at] !== comma; at += 1) seq = seq * 10 + bytes[at] - zero
    if (this.#lastSeq !== undefined && seq !== this.#lastSeq + 1) {
      throw new Error(`expected seq ${this.#lastSeq + 1}, found ${seq}`)
    }
    this.#lastSeq = seq
    this.count += 1
    if (this.#keepsTimes) this.receivedMs.push(readMs)
  }

  #takeOther(frame) {
    if (frame.type === 'lagged' || frame.type === 'error') {
      throw new Error(`expected events, found ${JSON.stringify(frame)}`)
    }
    if (frame.type !== 'caught_up') return
    this.#lastSeq = frame.seq
    this.#onLive()
  }
}

const noBytes = Buffer.alloc(0)
const eventStart = Buffer.from('{"v":1,"seq":')
const [comma, zero, textFrame, pingFrame] = [0x2c, 0x30, 0x81, 0x89]
const readBytes = 256 * 1024
const largestFrame = 4 + 65_535

/** Where the frame ends that begins at `start`; beyond the end where its length is not known yet. */
const frameEnd = (bytes, start) => {
  if (start + 4 > bytes.length) return Infinity
  const length = bytes[start + 1]
  if (length === 127) throw new Error('expected small frames')
  return length < 126 ? start + 2 + length : start + 4 + bytes.readUInt16BE(start + 2)
}

/** A client masks what it sends; with zeros it stays as it is. */
const maskedText = (text) =>
  Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
