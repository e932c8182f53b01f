import type { Delta, Event } from '../protocol/event.ts'
import { failureCodes, SparkyError, type Failure } from '../protocol/failure.ts'
import type { AnyServerFrame, ChatFrame, ClientFrameInput, ServerFrame } from '../protocol/frames.ts'
import { protocolVersion, version } from '../protocol/version.ts'
import type { ClientSocket, HttpTarget, OpenSocket, SocketEnd } from './transport.ts'

const heartbeatMs = 20_000
const greetingTimeoutMs = 10_000
const path = '/api/ws/agent'

export interface ConnectionEvents {
  /** What is neither event nor delta: the greeting first. `size` is about its bytes. */
  onFrame(frame: ServerFrame | ChatFrame, size: number): void
  onLine(line: Event | Delta, size: number): void
  /** Called once, and nothing else after it. */
  onClose(end: ConnectionEnd): void
}

export interface ConnectionEnd {
  readonly reason: string
  /** Where trying again is pointless. */
  readonly fatal: SparkyError | null
  /** Whether it never became a connection with Sparky, though somebody listens: a proxy may be in the way. */
  readonly isUpgradeFailure: boolean
  /** Nothing was heard for as long as it may take. */
  readonly isTimeout?: boolean
}

interface ConnectionOptions {
  readonly openSocket: OpenSocket
  readonly target: HttpTarget
  /** What is sent as soon as the socket is open. */
  readonly opening: () => readonly ClientFrameInput[]
  readonly upgradeTimeoutMs?: number | undefined
}

/** One WebSocket to `/api/ws/agent`, from its handshake to its end. */
export class LiveConnection {
  readonly #socket: ClientSocket
  readonly #events: ConnectionEvents
  readonly #greetingTimer: ReturnType<typeof setTimeout>
  #heartbeat: ReturnType<typeof setInterval> | undefined
  #isGreeted = false
  #isPaused = false
  #heardFrom = true
  #closed = false

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    const { openSocket, target, opening, upgradeTimeoutMs = greetingTimeoutMs } = options
    this.#events = events
    this.#greetingTimer = setTimeout(() => this.#end(silence), upgradeTimeoutMs)
    this.#socket = openSocket(target, path, {
      onOpen: () => opening().forEach((frame) => this.send(frame)),
      onText: (text) => this.#receive(text),
      onClose: (end) => this.#end(end),
    })
  }

  /** Whether reading can be stopped. */
  get canPause(): boolean {
    return this.#socket.pause !== null
  }

  send(frame: ClientFrameInput): void {
    this.#socket.send(JSON.stringify(frame))
  }

  /** Stops reading, so that what cannot be used yet waits with the daemon instead of in our memory. */
  pause(): void {
    this.#isPaused = true
    this.#socket.pause?.()
  }

  resume(): void {
    this.#isPaused = false
    this.#heardFrom = true
    this.#socket.resume()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#greetingTimer)
    clearInterval(this.#heartbeat)
    this.#socket.close()
  }

  #receive(text: string): void {
    if (this.#closed) return
    this.#heardFrom = true
    const frame = parseFrame(text)
    if (frame === null) return this.#fail(notSparky())
    if ('v' in frame) return this.#events.onLine(frame, text.length)
    if (frame.type === 'connected' && frame.protocol !== protocolVersion) {
      return this.#fail(otherProtocol(frame.protocol, frame.version))
    }
    // Before the greeting it says why there will be none.
    if (frame.type === 'error' && !this.#isGreeted) return this.#fail(errorOf(frame))
    if (frame.type === 'connected') this.#greeted()
    return this.#events.onFrame(frame, text.length)
  }

  #greeted(): void {
    if (this.#isGreeted) return
    this.#isGreeted = true
    clearTimeout(this.#greetingTimer)
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
  }

  #fail(error: SparkyError): void {
    this.#end({ reason: error.message }, error)
  }

  #end(end: Partial<SocketEnd> & { reason: string }, error?: SparkyError): void {
    if (this.#closed) return
    this.close()
    const { reason, code = null, isRefused = false } = end
    const failure = code === 4001 ? unauthorized(reason) : error
    this.#events.onClose({
      reason,
      fatal: failure === undefined || failure.retryable ? null : failure,
      // 1013 and the like are words of the daemon, so the way to it is free.
      isUpgradeFailure: !this.#isGreeted && !isRefused && failure === undefined && (code ?? 1006) === 1006,
      isTimeout: end === silence,
    })
  }

  #beat(): void {
    // While it is paused, nothing can be heard from it.
    if (this.#isPaused) return
    if (!this.#heardFrom) return this.#end({ reason: 'no sign of life' })
    this.#heardFrom = false
    this.send({ type: 'ping' })
  }
}

const silence = { reason: 'a WebSocket was asked for, and nothing came back' }

/** An `error` frame as it is thrown. */
export const errorOf = ({ code, message, hint }: Failure): SparkyError =>
  new SparkyError(code in failureCodes ? code : 'internal', message, {
    hint: hint ?? undefined,
    retryable: code === 'rate_limited',
  })

const parseFrame = (text: string): AnyServerFrame | null => {
  try {
    const frame = JSON.parse(text) as AnyServerFrame
    return typeof frame === 'object' && frame !== null && 'type' in frame ? frame : null
  } catch {
    return null
  }
}

const notSparky = (): SparkyError =>
  new SparkyError('daemon_version', 'expected a frame of Sparky, found something else')

const otherProtocol = (protocol: number, daemonVersion: string): SparkyError =>
  new SparkyError(
    'daemon_version',
    `expected protocol ${protocolVersion} (Sparky ${version}), found ${protocol} (Sparky ${daemonVersion})`,
    { hint: 'sparky agent restart starts the daemon of this version' },
  )

const unauthorized = (reason: string): SparkyError =>
  new SparkyError('unauthorized', reason, {
    hint: 'the daemon wants another token than the one in $SPARKY_HOME/token or SPARKY_TOKEN',
  })
