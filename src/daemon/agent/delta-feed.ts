/** At most about 25 fragments a second are shown of one text, whatever arrives. */
const gapMs = 40
/** More than this is never kept back: a reader may miss fragments, memory may not grow. */
const maxPendingChars = 64 * 1024

/**
 * Hands a growing text on in fragments: the first at once, then what has come together, at most every 40 ms. No
 * fragment ends within a surrogate pair. `flush` hands on the rest and must be called at the end.
 */
export class DeltaFeed {
  readonly #emit: (text: string, offset: number) => void
  #pending = ''
  #offset = 0
  #lastEmitMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /** `offset` counts UTF-16 units of the text so far. */
  constructor(emit: (text: string, offset: number) => void) {
    this.#emit = emit
  }

  push(text: string): void {
    this.#pending += text
    this.#dropOldest()
    const waitMs = this.#lastEmitMs + gapMs - performance.now()
    if (waitMs <= 0) this.#send(false)
    else this.#timer ??= setTimeout(() => this.#send(false), waitMs)
  }

  flush(): void {
    this.#send(true)
  }

  #send(isEnd: boolean): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const text = isEnd ? this.#pending : withoutHalfPair(this.#pending)
    if (text === '') return
    this.#pending = this.#pending.slice(text.length)
    this.#lastEmitMs = performance.now()
    this.#emit(text, this.#offset)
    this.#offset += text.length
  }

  #dropOldest(): void {
    const excess = this.#pending.length - maxPendingChars
    if (excess <= 0) return
    this.#pending = this.#pending.slice(excess)
    this.#offset += excess
  }
}

const withoutHalfPair = (text: string): string => {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text
}
