import type { OnNotice } from './notice.ts'

interface WritabilityParts {
  /** Rejects while nothing can be written. */
  readonly probe: () => Promise<void>
  readonly everyMs: number
  readonly onNotice: OnNotice
}

/**
 * Whether the store can be written, as the last write said; after one that failed it is tried now and then, so that it
 * is known to be writable again also while nobody sends a command.
 */
export class Writability {
  readonly #parts: WritabilityParts
  #isWritable = true
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(parts: WritabilityParts) {
    this.#parts = parts
  }

  get isWritable(): boolean {
    return this.#isWritable
  }

  succeeded(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isWritable) return
    this.#isWritable = true
    this.#parts.onNotice({ kind: 'writable', message: 'The store can be written again' })
  }

  failed(message: string): void {
    if (this.#isWritable) this.#parts.onNotice({ kind: 'not_writable', message })
    this.#isWritable = false
    this.#probeLater()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #probeLater(): void {
    if (this.#isClosed) return
    this.#timer ??= setTimeout(() => void this.#probe(), this.#parts.everyMs).unref()
  }

  async #probe(): Promise<void> {
    try {
      await this.#parts.probe()
      this.succeeded()
    } catch {
      this.#timer = undefined
      if (!this.#isWritable) this.#probeLater()
    }
  }
}
