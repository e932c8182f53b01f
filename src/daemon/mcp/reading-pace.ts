import type { Readable } from 'node:stream'

/** What one server may keep the daemon busy with, in a window of a tenth of a second. */
const windowMs = 100
const maxBytes = 4 * 1024 * 1024
const maxMessages = 1_000

/** Slows a stream down that brings more than can be meant: it is left alone until the next window, and its writer waits. */
export class ReadingPace {
  readonly #stream: Readable
  #windowEndsAt = 0
  #bytes = 0
  #messages = 0
  #timer: NodeJS.Timeout | undefined

  constructor(stream: Readable) {
    this.#stream = stream
  }

  count(bytes: number, messages: number): void {
    const now = performance.now()
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + windowMs
      this.#bytes = 0
      this.#messages = 0
    }
    this.#bytes += bytes
    this.#messages += messages
    if (this.#timer !== undefined || (this.#bytes <= maxBytes && this.#messages <= maxMessages)) return
    this.#stream.pause()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#stream.resume()
    }, this.#windowEndsAt - now)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
