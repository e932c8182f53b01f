import { ModelFailure } from './model-failure.ts'

/** Bounds of one model call. */
export interface CallLimits {
  /** Longest time without a byte. */
  readonly idleMs: number
  /** Longest time of the whole call, whatever comes. */
  readonly totalMs: number
  /** Largest reply, in characters of text, reasoning and arguments. */
  readonly replyChars: number
  /** Most bytes on the wire: events repeat themselves and carry much besides text. */
  readonly wireBytes: number
  /** How long the connection may stay open after the provider's finish marker. */
  readonly trailingMs: number
}

export const defaultCallLimits: CallLimits = {
  idleMs: 5 * 60_000,
  totalMs: 60 * 60_000,
  replyChars: 4 * 1024 * 1024,
  wireBytes: 64 * 1024 * 1024,
  trailingMs: 2_000,
}

interface CallWatchOptions {
  /** `provider/model`. */
  readonly model: string
  /** The caller's. */
  readonly signal: AbortSignal
  readonly limits: CallLimits
  readonly onBytes?: (() => void) | undefined
}

/** A timer that comes so much too late shows that the process itself stood still. */
const lateMs = 1_000

const watches = new WeakMap<AbortSignal, CallWatch>()

/**
 * The `fetch` of every model call: the call whose signal a request carries watches it. One for all, because making
 * the AI SDK's model anew for each call costs as much as the rest of a call.
 */
export const watchedFetch: typeof globalThis.fetch = (input, init) => {
  const watch = init?.signal ? watches.get(init.signal) : undefined
  if (watch === undefined) throw new Error('a model made a request outside of a call')
  return watch.fetch(input, init)
}

/** Shared, because an abort without a reason makes an error with a stack trace each time. */
const callIsOver = new Error('the model call is over')

/**
 * Watches over one model call: whatever ends it early (the caller's signal, silence, too much of anything) aborts
 * `signal` with the reason, and the first reason wins. `end` must be called when the call is over.
 */
export class CallWatch {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #limits: CallLimits
  readonly #model: string
  readonly #onBytes: (() => void) | undefined
  readonly #total: NodeJS.Timeout
  #idle: NodeJS.Timeout
  #heardAtMs = performance.now()
  #bytes = 0
  #httpStatus: number | undefined
  #isWebPage = false
  #endBody: (() => void) | undefined

  constructor({ model, signal: outer, limits, onBytes }: CallWatchOptions) {
    this.#model = model
    this.#outer = outer
    this.#onBytes = onBytes
    this.#limits = limits
    this.#idle = setTimeout(() => this.#idleUp(), limits.idleMs)
    this.#total = setTimeout(
      () => this.#stall(`did not finish in ${limits.totalMs / 1000} s`),
      limits.totalMs,
    )
    watches.set(this.#controller.signal, this)
    outer.addEventListener('abort', this.#abortAsOuter)
    if (outer.aborted) this.#abortAsOuter()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Of the answer; undefined before there is one. */
  get httpStatus(): number | undefined {
    return this.#httpStatus
  }

  /** Whether the answer calls itself HTML: something else stands at the address of the provider. */
  get isWebPage(): boolean {
    return this.#isWebPage
  }

  /** The runtime's `fetch`, its response watched byte by byte. Redirects are not followed: they would take the key along. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'manual' })
    this.#hear(0)
    this.#httpStatus = response.status
    this.#isWebPage = response.headers.get('content-type')?.startsWith('text/html') ?? false
    if (response.body === null) return response
    return new Response(this.#watched(response.body), response)
  }

  /** The reply is whole: a server that now neither sends nor closes is not waited for. */
  finishSeen(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#endBody?.(), this.#limits.trailingMs)
  }

  /** Call with the size of the reply so far. */
  checkSize(chars: number): void {
    if (chars > this.#limits.replyChars) {
      this.#tooMuch(`more than ${this.#limits.replyChars.toLocaleString('en-US')} characters`)
    }
  }

  /** Lets go of timers and listeners, and of the connection where it is still in use. */
  end(): void {
    clearTimeout(this.#idle)
    clearTimeout(this.#total)
    this.#outer.removeEventListener('abort', this.#abortAsOuter)
    this.#controller.abort(callIsOver)
  }

  /** Pulled chunk by chunk: a `TransformStream` in between would cost as much as the rest of the reading. */
  #watched(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#endBody = () => {
          controller.close()
          reader.cancel().catch(() => {})
        }
      },
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (done) {
          this.#endBody = undefined
          return controller.close()
        }
        this.#hear(value.byteLength)
        controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    })
  }

  #hear(bytes: number): void {
    this.#heardAtMs = performance.now()
    this.#idle.refresh()
    this.#onBytes?.()
    this.#bytes += bytes
    if (this.#bytes > this.#limits.wireBytes) {
      this.#tooMuch(`more than ${this.#limits.wireBytes.toLocaleString('en-US')} bytes`)
    }
  }

  readonly #abortAsOuter = (): void => this.#controller.abort(this.#outer.reason)

  #idleUp(): void {
    const { idleMs } = this.#limits
    if (performance.now() - this.#heardAtMs < idleMs + lateMs) {
      return this.#stall(`sent nothing for ${idleMs / 1000} s`)
    }
    // What was sent meanwhile waits to be read.
    this.#heardAtMs = performance.now()
    this.#idle.refresh()
  }

  #stall(what: string): void {
    this.#controller.abort(new ModelFailure('stalled', `${this.#model} ${what}`, { retryable: true }))
  }

  #tooMuch(what: string): void {
    const message = `${this.#model} did not come to an end: its reply has ${what}`
    this.#controller.abort(new ModelFailure('model_protocol', message, { retryable: false }))
  }
}
