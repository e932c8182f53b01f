export interface MessageLinesOptions {
  readonly maxBytes: number
  readonly onLine: (line: string) => void
  /** Of a line that is too long: how it begins and how it ends. The line itself is passed over. */
  readonly onTooLong: (head: string, tail: string) => void
}

/** How much of a line that is too long is kept from each of its ends, to see what it was about. */
const keptBytes = 256
const lineFeed = 0x0a

/** Cuts a stream of bytes into lines, in bounded memory and without copying what has come twice. */
export class MessageLines {
  readonly #options: MessageLinesOptions
  #parts: Buffer[] = []
  #bytes = 0
  #head: string | undefined
  #tail: Buffer = Buffer.alloc(0)

  constructor(options: MessageLinesOptions) {
    this.#options = options
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#add(chunk.subarray(start, end))
      this.#end()
      start = end + 1
    }
    if (start < chunk.length) this.#add(chunk.subarray(start))
  }

  #add(part: Buffer): void {
    if (this.#head !== undefined) {
      this.#tail = Buffer.concat([this.#tail, part.subarray(-keptBytes)]).subarray(-keptBytes)
      return
    }
    this.#parts.push(part)
    this.#bytes += part.length
    if (this.#bytes <= this.#options.maxBytes) return
    const all = Buffer.concat(this.#parts)
    this.#head = all.subarray(0, keptBytes).toString()
    this.#tail = Buffer.from(all.subarray(-keptBytes))
    this.#parts = []
  }

  #end(): void {
    if (this.#head === undefined) {
      this.#options.onLine(Buffer.concat(this.#parts).toString().replace(/\r$/, ''))
    } else {
      this.#options.onTooLong(this.#head, this.#tail.toString())
    }
    this.#parts = []
    this.#bytes = 0
    this.#head = undefined
  }
}
