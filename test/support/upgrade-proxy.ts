import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** What becomes of a WebSocket on its way: let through, answered with this status, hung up on, or left waiting. */
type UpgradeRule = 'pass' | 'cut' | 'hang' | number

/** A reverse proxy in front of a daemon, of the kind that knows no WebSockets. */
export interface UpgradeProxy {
  readonly url: string
  rule: UpgradeRule
  /** Hangs up on the next so many requests after the daemon has answered them. */
  answersToLose: number
  /** Hands on the Host that the client has sent, for which the daemon's guard has no sympathy. */
  keepsHost: boolean
  /** Gives nothing of an answer before all of it is there. */
  holdsBack: boolean
  /** Cuts the next so many answers about events after so many bytes, and ends them as if they were whole. */
  answersToShorten: number
  readonly upgrades: number
  /** Of requests that were let through, the lines. */
  readonly requests: readonly string[]
  /** Breaks whatever is open. */
  cutAll(): void
  close(): Promise<void>
}

/** A few events. */
const shortenedBytes = 2000

/** `target` is asked anew for each connection: a daemon that is restarted has another port. */
export const upgradeProxy = async (
  target: () => string,
  rule: UpgradeRule = 'pass',
): Promise<UpgradeProxy> => {
  const open = new Set<Duplex>()
  const requests: string[] = []
  let upgrades = 0
  const headersFor = (request: http.IncomingMessage): http.OutgoingHttpHeaders =>
    proxy.keepsHost ? request.headers : { ...request.headers, host: new URL(target()).host }

  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const upstream = http.request(
      target() + request.url,
      { method: request.method, headers: headersFor(request), agent: false },
      (answer) => {
        if (proxy.answersToLose > 0) {
          proxy.answersToLose -= 1
          answer.resume().on('end', () => request.socket.resetAndDestroy())
          return
        }
        if (proxy.holdsBack)
          return void answer.toArray().then(
            (all) => response.end(Buffer.concat(all)),
            () => {},
          )
        if (proxy.answersToShorten > 0 && request.url?.startsWith('/api/v1/events')) {
          proxy.answersToShorten -= 1
          // What a proxy that asks by HTTP/1.0 makes of a daemon that dies: there, the end of a connection is an end.
          return void answer.once('data', (bytes: Buffer) => {
            response.end(bytes.subarray(0, shortenedBytes))
            upstream.destroy()
          })
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        response.flushHeaders()
        answer.pipe(response).on('error', () => {})
        answer.on('error', () => response.destroy())
      },
    )
    upstream.on('error', () =>
      response.headersSent ? response.destroy() : response.writeHead(502).end('bad gateway'),
    )
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
  })
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.on('upgrade', (request, socket: Duplex, head) => {
    upgrades += 1
    socket.on('error', () => {})
    if (proxy.rule === 'hang') return
    if (proxy.rule === 'cut') return void socket.destroy()
    if (typeof proxy.rule === 'number') {
      socket.end(`HTTP/1.1 ${proxy.rule} No\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno`)
      return
    }
    const { hostname, port } = new URL(target())
    const upstream = net.connect(Number(port), hostname)
    const lines = Object.entries(headersFor(request)).map(([name, value]) => `${name}: ${String(value)}`)
    upstream.write([`GET ${request.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    upstream.write(head)
    upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    socket.pipe(upstream).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const proxy: UpgradeProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rule,
    answersToLose: 0,
    keepsHost: false,
    holdsBack: false,
    answersToShorten: 0,
    get upgrades() {
      return upgrades
    },
    requests,
    cutAll: () => open.forEach((socket) => socket.destroy()),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      open.forEach((socket) => socket.destroy())
      await closed
    },
  }
  return proxy
}
