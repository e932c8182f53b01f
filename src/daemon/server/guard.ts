import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { SparkyError } from '../../protocol/failure.ts'

/** Where the server is bound, and which other names and origins a user has listed. */
export interface GuardRules {
  /** Names and addresses by which it was told to listen, as they stand in a URL; no wildcards. */
  readonly boundNames: readonly string[]
  readonly port: number
  /** Each a name (any port) or `name:port`. Asked anew for each request. */
  readonly allowedHosts: () => readonly string[]
  /** As a browser writes them: `https://example.org:8443`. */
  readonly allowedOrigins: () => readonly string[]
}

type Headers = Pick<IncomingMessage, 'headers' | 'rawHeaders'>

/**
 * The first look at every request, before anything else is done with it. Returns the listed origin that it comes
 * from, null where it names none. Throws `usage` where a header is malformed, `forbidden` where it comes by a
 * foreign name (DNS rebinding) or from a foreign origin (a web page). An origin is no proof of who somebody is:
 * the token is asked for as well.
 */
export const checkSource = ({ headers, rawHeaders }: Headers, rules: GuardRules): string | null => {
  checkOnce(rawHeaders)
  checkHost(headers.host, rules)
  return checkOrigin(headers.origin, rules)
}

/** A comparison with the daemon's token that takes as long wherever they differ; with null everything is let in. */
export const tokenCheck = (token: string | null): ((presented: string | undefined) => boolean) => {
  if (token === null) return () => true
  const expected = Buffer.from(token)
  return (presented) => {
    if (presented === undefined) return false
    const bytes = Buffer.from(presented)
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  }
}

export const bearerToken = ({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]

/** Whether nothing but this machine reaches this address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

const longestHeader = 512
const hostForm = /^(?<name>\[[\da-f:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?$/i
const originForm = /^(null|[a-z][a-z\d+.-]*:\/\/(\[[\da-f:.]+\]|[\w.-]*)(:\d{1,5})?)$/i
const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']

/** The last Host that was our own name and port: most requests come by the same one. */
const ownHosts = new WeakMap<GuardRules, string>()

/** Node keeps the first of several and drops the rest; whoever sends two wants two readers to disagree. */
const checkOnce = (rawHeaders: readonly string[]): void => {
  const seen = new Set<string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (!onlyOnce.has(name)) continue
    if (seen.has(name)) throw new SparkyError('usage', `expected one ${name} header, found several`)
    seen.add(name)
  }
}

const onlyOnce: ReadonlySet<string> = new Set(['host', 'origin', 'authorization'])

const checkHost = (host: string | undefined, rules: GuardRules): void => {
  if (host !== undefined && ownHosts.get(rules) === host) return
  const match = host !== undefined && host.length <= longestHeader ? hostForm.exec(host) : null
  if (host === undefined || match?.groups === undefined) {
    throw new SparkyError(
      'usage',
      `expected a Host header such as 127.0.0.1:${rules.port}, found ${shown(host)}`,
    )
  }
  const name = (match.groups['name'] ?? '').toLowerCase()
  const port = Number(match.groups['port'] ?? 80)
  const isOurs = [...loopbackNames, ...rules.boundNames].includes(name)
  if (isOurs && port === rules.port) return void ownHosts.set(rules, host)
  if (rules.allowedHosts().some((listed) => [name, host.toLowerCase()].includes(listed.toLowerCase()))) return
  throw new SparkyError('forbidden', `the host ${shown(host)} is not one that this daemon answers to`, {
    hint: 'sparky config set server.hosts lists further names',
  })
}

const checkOrigin = (origin: string | undefined, rules: GuardRules): string | null => {
  if (origin === undefined) return null
  if (origin.length > longestHeader || !originForm.test(origin)) {
    throw new SparkyError(
      'usage',
      `expected an Origin header such as https://example.org, found ${shown(origin)}`,
    )
  }
  const isListed = rules.allowedOrigins().some((listed) => listed.toLowerCase() === origin.toLowerCase())
  if (isListed && origin !== 'null') return origin
  throw new SparkyError('forbidden', `the origin ${shown(origin)} may not use this daemon`, {
    hint: 'sparky config set server.origins lists the origins that may',
  })
}

/** An address as it stands in a Host header and in a URL. */
export const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)

const shown = (text: string | undefined): string =>
  text === undefined ? 'none' : JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
