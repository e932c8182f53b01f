import type { EngineEnd } from '../agent/react.ts'
import { stopMessage } from '../agent/outcome.ts'
import type { StopReason } from '../queue/running-attempt.ts'

/** After it was told to end, a node has this long to do so by itself. */
const graceMs = 2_000

/**
 * When a running node is to end, and when it is no longer waited for.
 *
 * Cancelled, at a limit, or once the daemon does not wait any more: everything is aborted, and the node is left behind
 * two seconds later. A daemon that stops lets it go on to its next call, which never begins: there it is left as soon as
 * the calls have ended that run beside it. The same where the attempt ends for a reason that a call of the node has come upon.
 */
export class Stops {
  /** Resolves when the node is not to be waited for any more. */
  readonly over: Promise<void>
  readonly #attempt: AbortSignal
  readonly #hardStop: AbortSignal
  readonly #tools = new AbortController()
  readonly #waits = new AbortController()
  readonly #node = new AbortController()
  readonly #done = new AbortController()
  #leave = (): void => {}
  #timer: NodeJS.Timeout | undefined
  #runningTools = 0
  #isHeld = false
  #end: EngineEnd | null = null

  constructor(attempt: AbortSignal, hardStop: AbortSignal) {
    this.#attempt = attempt
    this.#hardStop = hardStop
    this.over = new Promise((resolve) => {
      this.#leave = resolve
    })
    const options = { once: true, signal: this.#done.signal }
    attempt.addEventListener('abort', () => this.#look(), options)
    hardStop.addEventListener('abort', () => this.#look(), options)
    this.#look()
  }

  /** Aborts what tools do. */
  get tools(): AbortSignal {
    return this.#tools.signal
  }

  /** Aborts what may be begun anew at any time: the model's calls, and waiting. */
  get waits(): AbortSignal {
    return this.#waits.signal
  }

  /** What the node itself sees. */
  get node(): AbortSignal {
    return this.#node.signal
  }

  /** Why the attempt ends, where a call of the node has come upon that. */
  get end(): EngineEnd | null {
    return this.#end
  }

  get isStopping(): boolean {
    return this.#attempt.aborted || this.#end !== null
  }

  /** To be passed by every call before it begins: it does not come back where none may begin. */
  async pass(): Promise<void> {
    if (this.isStopping) await this.hold()
  }

  /** Never resolves; rejects where the node is to see that it ends. */
  hold(): Promise<never> {
    if (this.#isHard) return Promise.reject(this.#reason)
    this.#isHeld = true
    this.#lookWhetherDone()
    return new Promise((_resolve, reject) => {
      this.#node.signal.addEventListener('abort', () => this.#isHard && reject(this.#reason), { once: true })
    })
  }

  /** The attempt ends for this reason, and the caller of it waits for nothing more. */
  endFor(end: EngineEnd): Promise<never> {
    this.#end ??= end
    return this.hold()
  }

  async running<T>(tool: () => Promise<T>): Promise<T> {
    this.#runningTools += 1
    try {
      return await tool()
    } finally {
      this.#runningTools -= 1
      this.#lookWhetherDone()
    }
  }

  /** To be called when the node has settled, or was left behind. */
  close(): void {
    clearTimeout(this.#timer)
    this.#done.abort()
    this.#tools.abort(this.#reason)
    this.#waits.abort(this.#reason)
    this.#node.abort(this.#reason)
  }

  get #isHard(): boolean {
    if (!this.#attempt.aborted) return false
    return (this.#attempt.reason as StopReason).kind !== 'shutdown' || this.#hardStop.aborted
  }

  get #reason(): Error {
    const why = this.#attempt.aborted ? stopMessage(this.#attempt.reason as StopReason) : 'the node has ended'
    return new Error(why)
  }

  #look(): void {
    if (!this.#attempt.aborted) return
    this.#waits.abort(this.#reason)
    if (!this.#isHard) return
    this.#tools.abort(this.#reason)
    this.#node.abort(this.#reason)
    this.#timer ??= setTimeout(() => this.#leave(), graceMs)
  }

  #lookWhetherDone(): void {
    if (this.#isHeld && this.#runningTools === 0) this.#leave()
  }
}
