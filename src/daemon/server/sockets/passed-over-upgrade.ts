import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * Answers a request that offers a protocol which is not spoken here as if it had not offered it (RFC 9110, section
 * 7.8): `curl --http2` and Java's own client offer `h2c` with whatever they ask. Node has taken such a request for the
 * last one that is HTTP, and its body for the other protocol, so it is given back to be read anew.
 */
export const passOverUpgrade = (
  http: Server,
  request: IncomingMessage,
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
): void => {
  const { method, url, httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    if (name.toLowerCase() === 'connection') lines.push(`${name}: ${withoutUpgrade(value)}`)
    else if (!ofTheUpgrade.has(name.toLowerCase())) lines.push(`${name}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  http.emit('connection', socket)
}

const ofTheUpgrade: ReadonlySet<string> = new Set(['upgrade', 'http2-settings'])

const withoutUpgrade = (names: string): string =>
  names
    .split(',')
    .filter((name) => !ofTheUpgrade.has(name.trim().toLowerCase()))
    .join(',')
