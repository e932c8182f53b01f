import { sanitizeLine } from '../../protocol/sanitize.ts'
import { MessageLines } from './message-lines.ts'

const maxLineBytes = 16 * 1024
const maxShownLength = 2_000
/** So many lines a second are logged of a server. */
const maxLines = 20
const windowMs = 1_000
const keptLines = 5

/** What a server writes to stderr: a bounded number of bounded lines for the log, and the last ones to explain its end with. */
export class ServerNotes {
  readonly #log: (line: string) => void
  readonly #lines: MessageLines
  #last: string[] = []
  #windowEndsAt = 0
  #logged = 0
  #leftOut = 0

  constructor(log: (line: string) => void) {
    this.#log = log
    this.#lines = new MessageLines({
      maxBytes: maxLineBytes,
      onLine: (line) => this.#take(line),
      onTooLong: (head) => this.#take(`${head}…`),
    })
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk)
  }

  /** The last lines, as one. */
  get last(): string {
    return this.#last.join(' / ')
  }

  /** Says how much was left out. */
  end(): void {
    if (this.#leftOut > 0) this.#log(`[… ${this.#leftOut} more lines left out …]`)
    this.#leftOut = 0
  }

  #take(line: string): void {
    const shown = sanitizeLine(line.slice(0, maxShownLength)).trim()
    if (shown === '') return
    this.#last = [...this.#last, shown.slice(0, 300)].slice(-keptLines)
    const now = performance.now()
    if (now >= this.#windowEndsAt) {
      this.end()
      this.#windowEndsAt = now + windowMs
      this.#logged = 0
    }
    this.#logged += 1
    if (this.#logged <= maxLines) this.#log(shown)
    else this.#leftOut += 1
  }
}
