import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Who asks for so much more without waiting for an answer is cut off. */
const maxWaiting = 100

interface Line {
  waiting: number
  last: ServerResponse
}

/**
 * Requests on one connection, one after the other. A client may send many without waiting, and Node hands all of them
 * over at once; their answers would be made and kept together, whether or not it ever reads the first.
 */
export class RequestTurns {
  readonly #lines = new WeakMap<Socket, Line>()

  /** Calls `answer` once the answers to all requests before it are gone; not at all where the client is. */
  take({ socket }: IncomingMessage, response: ServerResponse, answer: () => void): void {
    const line = this.#lines.get(socket)
    if (line === undefined) {
      this.#lines.set(socket, { waiting: 0, last: response })
      return answer()
    }
    const before = line.last
    line.last = response
    if (before.closed) return answer()
    line.waiting += 1
    if (line.waiting > maxWaiting) return void socket.destroy()
    before.once('close', () => {
      line.waiting -= 1
      if (!socket.destroyed) answer()
    })
  }
}
