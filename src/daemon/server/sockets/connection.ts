import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { SparkyError, toFailure, type Failure } from '../../../protocol/failure.ts'
import { closeCodes } from '../../../protocol/frames.ts'
import type { Log } from '../../lifecycle/log.ts'
import { closePatiently, closeWebSocket } from './close-web-socket.ts'
import { FloodGate } from './flood-gate.ts'
import { Frame, type Outgoing } from '../delivery/frame.ts'
import { ReadingWatch } from '../delivery/reading-watch.ts'
import { webSocketSink, type Sink } from '../delivery/sink.ts'

/** Of answers, for a client that asks and asks and never reads them. What events may wait is the subscription's. */
const maxUnreadBytes = 8 * 1024 * 1024
/** What may be dropped is dropped for a client that has this much to read yet. */
const maxUnreadBytesForDeltas = 64 * 1024

export interface Wire {
  readonly webSocket: WebSocket
  /** Below it. */
  readonly socket: Socket
}

export interface ConnectionOptions extends Wire {
  readonly log: Log
  /** Who this is, for the log. */
  readonly fields: () => Record<string, unknown>
  /** Takes a message that the flood gate let in. What it throws is told to the client, and the connection stays. */
  readonly onMessage: (message: Buffer, isBinary: boolean) => void
  /** How this endpoint says what was wrong. */
  readonly errorFrame: (failure: Failure) => Outgoing
  /** Called once, however it ended. */
  readonly onClose: () => void
}

/**
 * One authenticated WebSocket, whatever is spoken on it: what comes in is held back where it is too much, what goes
 * out is bounded, and whether anybody is still there is asked for by `beat`.
 */
export class Connection {
  readonly connectedAt = new Date()
  readonly sink: Sink
  readonly #options: ConnectionOptions
  readonly #webSocket: WebSocket
  readonly #floodGate = new FloodGate()
  readonly #readingWatch: ReadingWatch
  #isAlive = true
  /** UTF-16 units of the answers since the client had taken everything. */
  #unreadLength = 0
  /** Why it was cut off, where it was. */
  #cutOff: string | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#webSocket = options.webSocket
    this.#readingWatch = new ReadingWatch(options.socket)
    this.sink = webSocketSink(options.webSocket, options.socket)
  }

  /** Listens from now on. */
  begin(): void {
    const { socket, log, fields, onClose } = this.#options
    this.#webSocket.on('message', (message: Buffer, isBinary) => this.#receive(message, isBinary))
    this.#webSocket.on('ping', (data) => {
      if (this.#admits(data.length)) this.#webSocket.pong(data)
    })
    this.#webSocket.on('pong', (data) => {
      this.#isAlive = true
      this.#admits(data.length)
    })
    // Whatever breaks the protocol ends up here, and would end the process if nobody listened.
    this.#webSocket.on('error', (error) => log.debug({ ...fields(), error }, 'WebSocket failed'))
    socket.on('error', (error) => log.warn({ ...fields(), error }, 'Error sending WebSocket message'))
    this.#webSocket.on('close', (code) => {
      log.info({ ...fields(), code, why: this.#cutOff }, 'WebSocket disconnected')
      onClose()
    })
  }

  /**
   * Asks for a sign of life; ends the connection where the last one was not answered, unless the client is still on
   * its way to that question: it stands behind all that there is to read.
   */
  beat(): void {
    const hasRead = this.#readingWatch.hasRead()
    if (!this.#isAlive && !hasRead) return this.#cut('no sign of life')
    this.#isAlive = false
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.ping()
  }

  /** Ends a connection whose client does not read its answers. */
  send(message: Outgoing): void {
    const { bufferedBytes } = this.sink
    if (bufferedBytes === 0) this.#unreadLength = 0
    // A single event may be larger.
    if (bufferedBytes > maxUnreadBytes && this.#unreadLength > maxUnreadBytes) {
      return this.#cut('does not read what it is sent')
    }
    const frame = new Frame(message)
    this.#unreadLength += frame.json.length
    this.sink.write(frame)
  }

  /** Leaves it out where the client does not keep up. */
  sendIfThereIsRoom(frame: Outgoing): void {
    if (this.sink.bufferedBytes <= maxUnreadBytesForDeltas) this.send(frame)
  }

  /** Tells the client what was wrong. */
  refuse(error: unknown): void {
    const { log, fields, errorFrame } = this.#options
    const failure = toFailure(error)
    if (failure.code === 'internal') log.error({ ...fields(), error }, 'Frame failed')
    this.send(errorFrame(failure))
  }

  /** The events that it reads cannot be read: tells so, in the log too, and ends it. */
  giveUp(error: unknown): void {
    this.#options.log.error({ ...this.#options.fields(), error }, 'Events cannot be read')
    this.send(this.#options.errorFrame(toFailure(error)))
    this.close(closeCodes.internal, 'events cannot be read')
  }

  /** Says this last, and closes when it has been taken. A client that takes nothing is ended by `beat`. */
  async endWith(frame: Outgoing, { code, reason }: { code: number; reason: string }): Promise<void> {
    this.sink.write(new Frame(frame))
    await this.sink.drained()
    closePatiently(this.#webSocket, code, reason)
  }

  close(code: number, reason: string): void {
    closeWebSocket(this.#webSocket, code, reason)
  }

  #cut(why: string): void {
    this.#cutOff = why
    this.#webSocket.terminate()
  }

  #receive(message: Buffer, isBinary: boolean): void {
    this.#isAlive = true
    if (this.#webSocket.readyState !== WebSocket.OPEN || !this.#admits(message.length)) return
    try {
      this.#options.onMessage(message, isBinary)
    } catch (error) {
      this.refuse(error)
    }
  }

  /** Whether one more frame may be looked at. Who goes on sending when told not to is cut off. */
  #admits(bytes: number): boolean {
    const verdict = this.#floodGate.judge(bytes)
    if (verdict === 'refuse') {
      this.refuse(new SparkyError('rate_limited', 'too many frames', { hint: 'send fewer a second' }))
    }
    if (verdict === 'close') this.close(closeCodes.policy, 'too many frames')
    return verdict === 'take'
  }
}
