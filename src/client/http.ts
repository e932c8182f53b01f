import type { Socket } from 'node:net'
import { BodyDecoder } from './http-body.ts'
import { onAbort } from './on-abort.ts'
import type { HttpRequest, HttpResponse, HttpTarget, SendRequest } from './transport.ts'
import { cut, unreachable } from './unreachable.ts'

/**
 * Just enough HTTP/1.1 to talk to a daemon on this machine: one request a connection, no redirects, no proxies.
 * `node:http` would do, but loading and warming it takes 5.5 ms, a quarter of what an empty Node program takes, and
 * that would be the largest single part of `sparky agent tasks add`.
 */

/** Largest head of an answer; a daemon's has a few hundred bytes. */
const maxHeadBytes = 64 * 1024

/** Requests of a Node program. */
export const sendRequest: SendRequest = (target, request) =>
  new Promise((resolve, reject) => {
    const { signal, timeoutMs } = request
    signal?.throwIfAborted()
    const socket = connect(target.url)
    const fail = (error: Error): void => {
      socket.destroy()
      reject(signal?.aborted ? (signal.reason as Error) : unreachable(error, target.url))
    }
    const forget = onAbort(signal, () => void socket.destroy(new Error('aborted')))
    socket.on('close', forget)
    socket.setTimeout(timeoutMs, () => fail(new Error(`no answer for ${timeoutMs / 1000} s`)))
    socket.on('error', fail)
    socket.on('end', () => fail(new Error('it hung up')))
    let received: Buffer = Buffer.alloc(0)
    const onData = (bytes: Buffer): void => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
      const end = received.indexOf('\r\n\r\n')
      if (end === -1) {
        if (received.length > maxHeadBytes) fail(new Error('it does not speak HTTP'))
        return
      }
      const head = parseHead(received.toString('latin1', 0, end))
      if (head === null) return fail(new Error('it does not speak HTTP'))
      socket.pause()
      socket.setTimeout(0)
      socket.removeAllListeners('end').off('data', onData).off('error', fail)
      // What goes wrong from here on is found out by whoever reads the body.
      socket.on('error', () => {})
      resolve(new Answer(head, { socket, first: received.subarray(end + 4) }))
    }
    socket.on('data', onData)
    socket.write(serialize(target, request))
  })

const connect = (url: string): Socket => {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  // As a CommonJS `require` of it: an ES import of a built-in module evaluates all of its lazy parts.
  if (protocol !== 'https:') {
    return process.getBuiltinModule('node:net').connect({ host, port: Number(port || 80), noDelay: true })
  }
  const tls = process.getBuiltinModule('node:tls')
  const socket = tls.connect({
    host,
    port: Number(port || 443),
    ALPNProtocols: ['http/1.1'],
    servername: nameOf(host),
  })
  return socket.setNoDelay()
}

/** What TLS may be asked for: a name, never an address. */
const nameOf = (host: string): string => (/^[\d.]+$|:/.test(host) ? '' : host)

const serialize = ({ url, token }: HttpTarget, { method, path, accept, body }: HttpRequest): string =>
  [
    `${method} ${new URL(url).pathname.replace(/\/$/, '')}${path} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    `accept: ${accept ?? 'application/json'}`,
    'connection: close',
    ...(token === '' ? [] : [`authorization: Bearer ${token}`]),
    ...(body === undefined
      ? []
      : ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`]),
    '',
    body ?? '',
  ].join('\r\n')

interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

const parseHead = (text: string): Head | null => {
  const [first = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1]
  if (status === undefined) return null
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { status: Number(status), headers }
}

class Answer implements HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly #socket: Socket
  readonly #first: Buffer

  constructor({ status, headers }: Head, { socket, first }: { socket: Socket; first: Buffer }) {
    this.status = status
    this.headers = headers
    this.#socket = socket
    this.#first = first
  }

  text(): Promise<string> {
    return new Promise((resolve, reject) => {
      const body = new BodyDecoder(this.headers)
      const parts: Buffer[] = []
      const add = (bytes: Buffer): void => {
        parts.push(...body.decode(bytes))
        if (!body.isComplete) return
        this.#socket.destroy()
        resolve(Buffer.concat(parts).toString('utf8'))
      }
      this.#socket.on('data', add)
      this.#socket.on('close', () =>
        body.endsWithConnection ? resolve(Buffer.concat(parts).toString('utf8')) : reject(cut()),
      )
      add(this.#first)
      if (this.#socket.destroyed) reject(cut())
      this.#socket.resume()
    })
  }

  async *lines(): AsyncGenerator<string> {
    const body = new BodyDecoder(this.headers)
    let rest: Buffer = Buffer.alloc(0)
    try {
      for await (const bytes of this.#chunks()) {
        for (const part of body.decode(bytes)) {
          const all = rest.length === 0 ? part : Buffer.concat([rest, part])
          let start = 0
          for (let end = all.indexOf(10); end !== -1; end = all.indexOf(10, start)) {
            if (end > start) yield all.toString('utf8', start, end)
            start = end + 1
          }
          rest = all.subarray(start)
        }
        if (body.isComplete) return
      }
    } catch {
      // Said below: a broken connection and one that ends early are the same thing.
    } finally {
      this.#socket.destroy()
    }
    if (!body.endsWithConnection) throw cut()
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    yield this.#first
    for await (const bytes of this.#socket) yield bytes as Buffer
  }
}
