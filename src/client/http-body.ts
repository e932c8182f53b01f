/** Takes the framing of HTTP/1.1 off a body: by its length, in chunks, or to the end of the connection. */
export class BodyDecoder {
  readonly #isChunked: boolean
  /** Bytes still to come of the body, or of the present chunk. */
  #remaining: number
  /** Bytes of a chunk's head that is not whole yet. */
  #head = ''
  #isComplete: boolean
  readonly endsWithConnection: boolean

  constructor(headers: Readonly<Record<string, string>>) {
    const length = headers['content-length']
    this.#isChunked = /chunked/i.test(headers['transfer-encoding'] ?? '')
    this.endsWithConnection = !this.#isChunked && length === undefined
    this.#remaining = this.#isChunked
      ? 0
      : this.endsWithConnection
        ? Number.POSITIVE_INFINITY
        : Number(length)
    this.#isComplete = this.#remaining === 0 && !this.#isChunked
  }

  /** Whether the whole body was seen. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** The parts of the body in these bytes. */
  decode(bytes: Buffer): Buffer[] {
    const parts: Buffer[] = []
    let rest = bytes
    while (rest.length > 0 && !this.#isComplete) {
      if (this.#remaining === 0) {
        rest = this.#readChunkHead(rest)
        continue
      }
      const part = rest.subarray(0, this.#remaining)
      parts.push(part)
      this.#remaining -= part.length
      rest = rest.subarray(part.length)
      if (this.#remaining === 0 && !this.#isChunked) this.#isComplete = true
    }
    return parts
  }

  /** `\r\n` after the chunk before, if there was one, then its size in hexadecimal and `\r\n`. Size 0 is the end. */
  #readChunkHead(bytes: Buffer): Buffer {
    const end = bytes.indexOf(10)
    this.#head += bytes.toString('latin1', 0, end === -1 ? bytes.length : end)
    if (end === -1) return bytes.subarray(bytes.length)
    const size = this.#head.trim()
    this.#head = ''
    if (size !== '') {
      this.#remaining = Number.parseInt(size, 16)
      this.#isComplete = !(this.#remaining > 0)
    }
    return bytes.subarray(end + 1)
  }
}
