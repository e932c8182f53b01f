import type { Delta, Event } from '../protocol/event.ts'
import { failureCodes, SparkyError } from '../protocol/failure.ts'
import type { AnyServerFrame, ClientFrameInput, ServerFrame } from '../protocol/frames.ts'
import { protocolVersion, version } from '../protocol/version.ts'
import { WebSocket } from 'ws'
import type { DaemonAddress } from './address.ts'

const heartbeatMs = 20_000
const handshakeTimeoutMs = 10_000
/** A task's prompt may be as large as a request to the daemon. */
const maxFrameBytes = 16 * 1024 * 1024

export interface ConnectionEvents {
  /** The greeting and what follows it; `bytes` is the size of the frame. */
  onFrame(frame: ServerFrame, bytes: number): void
  onLine(line: Event | Delta, bytes: number): void
  /** Called once. With an error where trying again is pointless. */
  onClose(reason: string, fatal: SparkyError | null): void
}

/** One WebSocket to `/api/ws/agent`, from its handshake to its end. */
export class LiveConnection {
  readonly #socket: WebSocket
  readonly #events: ConnectionEvents
  readonly #heartbeat: NodeJS.Timeout
  #fatal: SparkyError | null = null
  #heardFrom = true
  #closed = false

  /** `opening` is sent as soon as the socket is open. */
  constructor(address: DaemonAddress, opening: readonly ClientFrameInput[], events: ConnectionEvents) {
    this.#events = events
    this.#socket = new WebSocket(`${address.url.replace(/^http/, 'ws')}/api/ws/agent`, {
      headers: address.token === '' ? {} : { authorization: `Bearer ${address.token}` },
      perMessageDeflate: false,
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxFrameBytes,
    })
    this.#socket.on('open', () => {
      for (const frame of opening) this.#socket.send(JSON.stringify(frame))
    })
    this.#socket.on('message', (message: Buffer) => this.#receive(message))
    this.#socket.on('pong', () => (this.#heardFrom = true))
    this.#socket.on('unexpected-response', (request, response) => {
      this.#fatal = refusal(response.statusCode ?? 0, address.url)
      request.destroy()
      this.#end(`HTTP ${response.statusCode}`)
    })
    this.#socket.on('error', (error) => this.#end(error.message))
    this.#socket.on('close', (code, reason) => this.#end(reason.toString() || `closed with ${code}`, code))
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs).unref()
  }

  /** Stops reading, so that what cannot be used yet waits with the daemon instead of in our memory. */
  pause(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pause()
  }

  resume(): void {
    this.#heardFrom = true
    this.#socket.resume()
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#heartbeat)
    // A polite close would wait for the answer of a peer that may be gone.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000)
    const socket = this.#socket
    setTimeout(() => socket.terminate(), 200).unref()
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
  }

  #receive(message: Buffer): void {
    if (this.#closed) return
    this.#heardFrom = true
    const frame = parseFrame(message)
    if (frame === null)
      return this.#fail(new SparkyError('daemon_version', 'expected a frame of Sparky, found something else'))
    if ('v' in frame) return this.#events.onLine(frame, message.length)
    // Of a chat, which nobody here has begun.
    if ('conversation_id' in frame) return undefined
    if (frame.type === 'connected' && frame.protocol !== protocolVersion) {
      return this.#fail(
        new SparkyError(
          'daemon_version',
          `expected protocol ${protocolVersion} (Sparky ${version}), found ${frame.protocol} (Sparky ${frame.version})`,
          {
            hint: 'sparky agent restart starts the daemon of this version',
          },
        ),
      )
    }
    if (frame.type === 'error') return this.#fail(toError(frame))
    return this.#events.onFrame(frame, message.length)
  }

  #fail(error: SparkyError): void {
    this.#fatal ??= error.retryable ? null : error
    this.#end(error.message)
  }

  #end(reason: string, code?: number): void {
    if (this.#closed) return
    if (code === 4001) {
      this.#fatal ??= new SparkyError('unauthorized', reason, {
        hint: 'the daemon wants another token than the one in $SPARKY_HOME/token or SPARKY_TOKEN',
      })
    }
    this.close()
    this.#events.onClose(reason, this.#fatal)
  }

  #beat(): void {
    // While it is paused, nothing can be heard from it.
    if (this.#socket.isPaused) return
    if (!this.#heardFrom) return this.#end('no sign of life')
    this.#heardFrom = false
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping()
  }
}

const parseFrame = (message: Buffer): AnyServerFrame | null => {
  try {
    const frame = JSON.parse(message.toString()) as AnyServerFrame
    return typeof frame === 'object' && frame !== null && 'type' in frame ? frame : null
  } catch {
    return null
  }
}

const toError = ({ code, message, hint }: ServerFrame & { type: 'error' }): SparkyError =>
  new SparkyError(code in failureCodes ? code : 'internal', message, {
    hint: hint ?? undefined,
    retryable: code === 'rate_limited',
  })

/** A refused upgrade. A daemon that is too busy says 503, and may be asked again. */
const refusal = (status: number, url: string): SparkyError | null => {
  if (status === 503 || status === 429) return null
  if (status === 401) return new SparkyError('unauthorized', `the daemon at ${url} refuses this token`)
  if (status === 403) return new SparkyError('forbidden', `the daemon at ${url} refuses this connection`)
  return new SparkyError(
    'daemon_unreachable',
    `expected Sparky at ${url}, found something else (HTTP ${status})`,
  )
}
