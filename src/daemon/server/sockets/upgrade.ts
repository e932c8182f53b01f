import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Socket } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { SparkyError, toFailure } from '../../../protocol/failure.ts'
import { closeCodes, maxFrameBytes } from '../../../protocol/frames.ts'
import { closeWebSocket } from './close-web-socket.ts'
import { bearerToken } from '../guard.ts'
import { endWith, rawFailure } from '../http/reply.ts'
import { splitTarget } from '../http/request-target.ts'
import type { Sessions } from './sessions.ts'
import { taskErrorFrame } from './task-steps.ts'
import { placeAt, type Place } from './web-socket-place.ts'

/** So many connections are being told at a time why they cannot stay; what comes beyond is refused over HTTP. */
const maxRefusing = 32

/** Whether it asks for a WebSocket, and not for another protocol that nobody here speaks. */
export const asksForWebSocket = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket'

interface EntranceOptions {
  /** Throws where the request may not come in at all. */
  readonly checkSource: (request: IncomingMessage) => unknown
  readonly isToken: (presented: string | undefined) => boolean
  readonly sessions: Sessions
  /** Throws where there is no such task. */
  readonly checkTask: (ref: string) => unknown
  readonly version: string
}

/**
 * Where a WebSocket comes in. Who is foreign or asks for another path is refused with plain
 * HTTP; who has no token, is one too many, or names a task that is not there, is let in only to be told so and closed.
 */
export class WebSocketEntrance {
  readonly #options: EntranceOptions
  readonly #webSockets: WebSocketServer
  #refusing = 0

  constructor(options: EntranceOptions) {
    this.#options = options
    this.#webSockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: maxFrameBytes,
      // A connection answers by itself what its flood gate lets in; `ws` would cut off who sends 60 at once.
      autoPong: false,
      // Otherwise the first protocol that a client offers is echoed, whatever secret somebody put there.
      handleProtocols: () => false,
    })
    this.#webSockets.on('headers', (headers) => headers.push(`sparky-version: ${options.version}`))
    this.#webSockets.on('wsClientError', (error, socket) =>
      this.#answer(socket, new SparkyError('usage', `expected a WebSocket handshake: ${error.message}`)),
    )
  }

  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until `ws` has it, nobody else listens, and an unheard error ends the process.
    socket.on('error', () => socket.destroy())
    try {
      this.#enter(request, { socket, head })
    } catch (error) {
      this.#answer(socket, error)
    }
  }

  /** Cuts what is still open. */
  terminateAll(): void {
    for (const webSocket of this.#webSockets.clients) webSocket.terminate()
  }

  #enter(request: IncomingMessage, { socket, head }: { socket: Duplex; head: Buffer }): void {
    const { checkSource, sessions } = this.#options
    checkSource(request)
    const { path, query } = splitTarget(request.url ?? '')
    const place = placeAt(path)
    const refusal = this.#refusalOf(place, presentedTokens(request, query))
    if (refusal !== undefined && this.#refusing >= maxRefusing) throw refusal.error
    if (!(socket instanceof Socket)) throw new SparkyError('internal', 'expected a TCP socket')
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (refusal === undefined) sessions.open({ webSocket, socket }, place)
      else this.#turnAway(webSocket, place, refusal)
    })
  }

  /** In this order: a stranger learns nothing about tasks. */
  #refusalOf(place: Place, tokens: readonly (string | undefined)[]): Refusal | undefined {
    const { isToken, sessions, checkTask } = this.#options
    if (!tokens.some(isToken)) return unauthorized
    if (!sessions.hasRoom) return overloaded
    try {
      if (place.kind === 'task') checkTask(place.ref)
      return undefined
    } catch (error) {
      if (error instanceof SparkyError) return { error, code: closeCodes.policy }
      throw error
    }
  }

  #turnAway(webSocket: WebSocket, place: Place, { error, code }: Refusal): void {
    this.#options.sessions.countRefusal(code)
    this.#refusing += 1
    webSocket.on('close', () => (this.#refusing -= 1))
    webSocket.on('error', () => webSocket.terminate())
    const failure = toFailure(error)
    webSocket.send(
      JSON.stringify(place.kind === 'task' ? taskErrorFrame(failure) : { type: 'error', ...failure }),
    )
    closeWebSocket(webSocket, code, error.message)
  }

  #answer(socket: Duplex, error: unknown): void {
    endWith(socket, rawFailure(toFailure(error), this.#options.version))
  }
}

interface Refusal {
  readonly error: SparkyError
  readonly code: number
}

const unauthorized: Refusal = {
  error: new SparkyError('unauthorized', 'Invalid or missing api_key', {
    hint: 'the token is in $SPARKY_HOME/token',
  }),
  code: closeCodes.notAuthenticated,
}
const overloaded: Refusal = {
  error: new SparkyError('rate_limited', 'Too many connections', {
    hint: 'sparky config set server.max_connections N allows more',
  }),
  code: closeCodes.overloaded,
}

/** A browser cannot set headers on a WebSocket, so there the query may hold the token. */
const presentedTokens = (request: IncomingMessage, query: string): (string | undefined)[] => {
  const fields = new URLSearchParams(query)
  return [
    bearerToken(request),
    ...['api_key', 'session_token', 'token'].map((name) => fields.get(name) ?? undefined),
  ]
}
