/**
 * HTTP for addresses that a model chose. A model can be talked into fetching what only this machine may see, so
 * every hop is checked: the name is resolved once, every address that it has must be public, and exactly those
 * addresses are dialled. Carries neither cookies nor credentials, and uses no proxy (it would resolve the name again).
 */
import { lookup } from 'node:dns/promises'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { SparkyError } from '../../protocol/failure.ts'
import { version } from '../../protocol/version.ts'
import { refusedClass } from './public-address.ts'
import { orAborted } from './or-aborted.ts'

interface HostAddress {
  readonly address: string
  readonly family: number
}

export interface GetOptions {
  readonly signal: AbortSignal
  /** `host:port` of hosts that need not be public. */
  readonly allowedHosts: readonly string[]
  /** Finds the addresses of a name; the system's resolver by default. */
  readonly resolve?: (hostname: string) => Promise<readonly HostAddress[]>
}

/** An answer whose body has not been read yet. The caller reads it or closes it. */
export interface Answer {
  /** Where the answer came from, after all redirects. */
  readonly url: URL
  readonly status: number
  readonly statusText: string
  /** `content-type` in lower case; empty where there is none. */
  readonly contentType: string
  readonly contentLength: string | null
  /** The decoded body, cut after `maxBytes`. */
  read(maxBytes: number): Promise<{ bytes: Buffer; cut: boolean }>
  close(): void
}

const maxRedirects = 5
const maxHeaderBytes = 64 * 1024

/** One GET with its redirects. Throws where a hop is not allowed or does not answer; any status is an answer. */
export const guardedGet = async (address: string, options: GetOptions): Promise<Answer> => {
  let url = checkedUrl(address)
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await send(url, await addressesOf(url, options), options.signal)
    const location = redirectOf(response)
    if (location === undefined) return answerOf(url, response)
    response.destroy()
    url = checkedUrl(location, url)
  }
  throw new SparkyError('tool_failed', `${address}: more than ${maxRedirects} redirects`)
}

const checkedUrl = (address: string, from?: URL): URL => {
  if (!URL.canParse(address, from?.href))
    throw new SparkyError('usage', `expected an http or https URL, found "${address}"`)
  const url = new URL(address, from)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new SparkyError('usage', `expected an http or https URL, found one with ${url.protocol}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new SparkyError('usage', 'expected a URL without a user name and password in it')
  }
  return url
}

const addressesOf = async (url: URL, options: GetOptions): Promise<readonly HostAddress[]> => {
  const { signal, allowedHosts, resolve = resolveBySystem } = options
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = await orAborted(resolve(hostname), signal).catch((error: unknown) => {
    throw signal.aborted ? error : networkFailure(url, error)
  })
  if (allowedHosts.includes(`${url.hostname}:${portOf(url)}`)) return addresses
  for (const { address } of addresses) {
    const refused = await refusedClass(address)
    if (refused === null) continue
    throw new SparkyError('forbidden', `${url.host} is not fetched: it is ${refused}, not a public one`, {
      hint: `Only a person can allow it, with fetch.allow in the configuration (${url.hostname}:${portOf(url)}).`,
    })
  }
  return addresses
}

const resolveBySystem = (hostname: string): Promise<readonly HostAddress[]> => lookup(hostname, { all: true })

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80')

const send = (url: URL, addresses: readonly HostAddress[], signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      // An agent of its own: a kept connection could have been opened to somewhere else.
      agent: false,
      lookup: only(addresses),
      signal,
      maxHeaderSize: maxHeaderBytes,
      headers: {
        accept:
          'text/html, application/xhtml+xml, text/*, application/json, application/xml;q=0.9, */*;q=0.5',
        'accept-encoding': 'gzip, br',
        'user-agent': `sparky/${version}`,
      },
    })
    request.once('response', resolve)
    request.on('error', (error) => reject(signal.aborted ? error : networkFailure(url, error)))
    request.end()
  })

/** A resolver that knows nothing but the addresses that were checked. */
const only =
  (addresses: readonly HostAddress[]): LookupFunction =>
  (_hostname, options, callback) => {
    const [first] = addresses
    if (first === undefined) callback(new Error('the host name has no address'), '', 0)
    else if (options.all === true) callback(null, [...addresses])
    else callback(null, first.address, first.family)
  }

const redirectOf = (response: IncomingMessage): string | undefined =>
  [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) ? response.headers.location : undefined

const answerOf = (url: URL, response: IncomingMessage): Answer => ({
  url,
  status: response.statusCode ?? 0,
  statusText: response.statusMessage ?? '',
  contentType: (response.headers['content-type'] ?? '').toLowerCase(),
  contentLength: response.headers['content-length'] ?? null,
  read: (maxBytes) => readBody(url, decoded(response), maxBytes),
  close: () => response.destroy(),
})

const decoded = (response: IncomingMessage): Readable => {
  const decoder = decoderOf(response.headers['content-encoding']?.trim().toLowerCase())
  // The callback is needed, or an error of the response would be thrown; the decoder gets it as well.
  return decoder === undefined ? response : pipeline(response, decoder, () => undefined)
}

const decoderOf = (encoding: string | undefined) => {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    case 'deflate':
      return createInflate()
    case undefined:
    case '':
    case 'identity':
      return undefined
    default:
      throw new SparkyError('tool_failed', `the answer is encoded in a way that is not known: ${encoding}`)
  }
}

/** Counts decoded bytes: a small compressed body may unfold without end. */
const readBody = async (
  url: URL,
  body: Readable,
  maxBytes: number,
): Promise<{ bytes: Buffer; cut: boolean }> => {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) break
    }
  } catch (error) {
    throw networkFailure(url, error)
  } finally {
    body.destroy()
  }
  return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), cut: size > maxBytes }
}

const meanings: Record<string, string> = {
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  HPE_HEADER_OVERFLOW: 'its header is larger than 64 KiB',
  Z_DATA_ERROR: 'its compressed body is damaged',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
}

const networkFailure = (url: URL, error: unknown): unknown => {
  if (!(error instanceof Error) || error.name === 'AbortError') return error
  const code = 'code' in error ? String(error.code) : ''
  const meaning = meanings[code] ?? (error.message || code)
  return new SparkyError('tool_failed', `${url.host} could not be fetched: ${meaning}`, {
    retryable: true,
    cause: error,
  })
}
