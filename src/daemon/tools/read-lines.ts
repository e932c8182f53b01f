import type { FileHandle } from 'node:fs/promises'

export interface LinesPage {
  readonly kind: 'text'
  /** Without byte order mark, line breaks as `\n`; invalid UTF-8 replaced. */
  readonly text: string
  /** Number of the last line in `text`; below the first one asked for where the file is shorter. */
  readonly lastLine: number
  /** Null where the file is so large that it was not counted to its end. */
  readonly totalLines: number | null
  readonly seenLines: number
  /** Whether the last line is cut because it alone is larger than the page. */
  readonly cutInLine: boolean
}

export interface LinesWanted {
  /** Number of the first line, from 1. */
  readonly offset: number
  readonly limit: number
  readonly maxBytes: number
  readonly signal: AbortSignal
}

const chunkBytes = 256 * 1024
/** How far the lines behind the page are counted. */
const maxCountedBytes = 256 * 1024 * 1024
const lineFeed = 0x0a

/** Reads one page of lines with memory for that page only, however large the file is. */
export const readLines = async (
  handle: FileHandle,
  wanted: LinesWanted,
): Promise<LinesPage | { kind: 'binary' }> => {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  const page = new Page(wanted)
  for (let position = 0; ;) {
    wanted.signal.throwIfAborted()
    const { bytesRead } = await handle.read(chunk, 0, chunkBytes, position)
    if (position === 0 && chunk.subarray(0, Math.min(bytesRead, 8192)).includes(0)) return { kind: 'binary' }
    if (bytesRead === 0) return page.settle(true)
    page.add(chunk.subarray(0, bytesRead))
    position += bytesRead
    if (page.bytesBehind > maxCountedBytes) return page.settle(false)
  }
}

/** Counts lines as they come by and keeps those that are wanted. */
class Page {
  readonly #wanted: LinesWanted
  readonly #kept: Buffer[] = []
  #keptBytes = 0
  /** Number of the line that the next byte belongs to. */
  #line = 1
  #endsInLine = false
  #full = false
  bytesBehind = 0

  constructor(wanted: LinesWanted) {
    this.#wanted = wanted
  }

  add(chunk: Buffer): void {
    const { offset, limit } = this.#wanted
    let from = 0
    while (from < chunk.length) {
      const lineEnd = chunk.indexOf(lineFeed, from)
      const to = lineEnd === -1 ? chunk.length : lineEnd + 1
      if (this.#line >= offset + limit) this.bytesBehind += to - from
      else if (this.#line >= offset) this.#keep(chunk.subarray(from, to))
      if (lineEnd !== -1) this.#line += 1
      from = to
    }
    this.#endsInLine = chunk.at(-1) !== lineFeed
  }

  settle(atEnd: boolean): LinesPage {
    const { offset } = this.#wanted
    const seenLines = this.#endsInLine ? this.#line : this.#line - 1
    const bytes = this.#wholeLines(Buffer.concat(this.#kept))
    const text = new TextDecoder().decode(bytes, { stream: this.#full }).replaceAll('\r\n', '\n')
    const breaks = text.split('\n').length - 1
    const isCut = this.#full && breaks === 0
    const lines = text.endsWith('\n') || text === '' ? breaks : breaks + 1
    return {
      kind: 'text',
      text: text.replace(/\n$/, ''),
      lastLine: Math.min(offset + lines - 1, seenLines),
      totalLines: atEnd ? seenLines : null,
      seenLines,
      cutInLine: isCut,
    }
  }

  #keep(bytes: Buffer): void {
    if (this.#full) {
      this.bytesBehind += bytes.length
      return
    }
    const room = this.#wanted.maxBytes - this.#keptBytes
    this.#full = bytes.length > room
    this.#kept.push(Buffer.from(bytes.subarray(0, room)))
    this.#keptBytes += Math.min(bytes.length, room)
  }

  /** A page that ran full ends with its last whole line, if it has one. */
  #wholeLines(bytes: Buffer): Buffer {
    const end = bytes.lastIndexOf(lineFeed) + 1
    return this.#full && end > 0 ? bytes.subarray(0, end) : bytes
  }
}
