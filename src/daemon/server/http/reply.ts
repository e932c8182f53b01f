import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { failureCodes, toFailure, type Failure } from '../../../protocol/failure.ts'

/** An answer that writes itself, where one JSON value is not enough. */
export class Reply {
  /** Resolves once the answer is on its way or its reader is gone; must not reject after the head is written. */
  readonly send: (response: ServerResponse) => void | Promise<void>

  constructor(send: (response: ServerResponse) => void | Promise<void>) {
    this.send = send
  }
}

/** JSON text that stands already. */
export const sendText = (response: ServerResponse, status: number, json: string): void => {
  const bytes = Buffer.byteLength(json)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes,
    'cache-control': 'no-store',
  })
  // Nothing but ASCII is the same in both, and copied instead of encoded.
  response.end(json, bytes === json.length ? 'latin1' : 'utf8')
}

export const sendJson = (response: ServerResponse, status: number, value: unknown): void =>
  sendText(response, status, JSON.stringify(value))

/** `{"error": …}` with the status of its code, or with another one that HTTP has for it. */
export const sendFailure = (response: ServerResponse, failure: Failure, status?: number): void =>
  sendText(response, status ?? failureCodes[failure.code].status, failureJson(failure))

/** A whole HTTP answer as text, for a socket that never became a request or a WebSocket. */
export const rawFailure = (failure: Failure, version: string, status?: RawStatus): string => {
  const { code, reason } = status ?? { code: failureCodes[failure.code].status, reason: failure.code }
  const json = failureJson(failure)
  return [
    `HTTP/1.1 ${code} ${reason}`,
    `sparky-version: ${version}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(json)}`,
    'connection: close',
    '',
    json,
  ].join('\r\n')
}

/** Says this as the last thing. The peer gets a moment to read it: a socket with unread bytes is closed by a reset. */
export const endWith = (socket: Duplex, text: string): void => {
  socket.end(text)
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

const lingerMs = 1000

interface RawStatus {
  readonly code: number
  readonly reason: string
}

const failureJson = (failure: Failure): string => JSON.stringify({ error: failure })

/** Whatever was thrown, for the one who asked, and whether it was a bug of ours. */
export const judged = (error: unknown): { readonly failure: Failure; readonly isBug: boolean } => {
  const failure = toFailure(error)
  return { failure, isBug: failure.code === 'internal' }
}
