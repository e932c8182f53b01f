import { expect, test } from 'vitest'
import { bearerToken, checkSource, isLoopback, tokenCheck } from '../../../src/daemon/server/guard.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'

interface Source {
  readonly host?: string
  readonly origin?: string
}

const verdict = ({ host, origin }: Source, listed: { hosts?: string[]; origins?: string[] } = {}): string => {
  const rawHeaders = [
    ...(host === undefined ? [] : ['Host', host]),
    ...(origin === undefined ? [] : ['Origin', origin]),
  ]
  try {
    const found = checkSource(
      {
        rawHeaders,
        headers: { ...(host !== undefined && { host }), ...(origin !== undefined && { origin }) },
      },
      {
        boundNames: ['127.0.0.1'],
        port: 7717,
        allowedHosts: () => listed.hosts ?? [],
        allowedOrigins: () => listed.origins ?? [],
      },
    )
    return found ?? 'no origin'
  } catch (error) {
    return error instanceof SparkyError ? error.code : String(error)
  }
}

test.each([
  ['127.0.0.1:7717', 'no origin'],
  ['localhost:7717', 'no origin'],
  ['LocalHost:7717', 'no origin'],
  ['[::1]:7717', 'no origin'],
  ['127.0.0.1:7718', 'forbidden'],
  ['127.0.0.1', 'forbidden'],
  ['localhost', 'forbidden'],
  ['evil.example:7717', 'forbidden'],
  ['127.0.0.1.evil.example:7717', 'forbidden'],
  ['localhost.evil:7717', 'forbidden'],
  ['127.evil.com:7717', 'forbidden'],
  ['localhost.:7717', 'forbidden'],
  ['0.0.0.0:7717', 'forbidden'],
  ['', 'usage'],
  ['[', 'usage'],
  ['http://[', 'usage'],
  ['localhost:7717:1', 'usage'],
  ['localhost:99999999', 'usage'],
  ['user@localhost:7717', 'usage'],
  [`${'a'.repeat(8192)}:7717`, 'usage'],
])('the host %j is answered with %s', (host, expected) => {
  expect(verdict({ host })).toBe(expected)
})

test('a request without a host is malformed', () => {
  expect(verdict({})).toBe('usage')
})

test('listed hosts are let in, with any port or with the one that is listed', () => {
  const hosts = ['box.example', 'other.example:8080']
  expect(verdict({ host: 'box.example:1234' }, { hosts })).toBe('no origin')
  expect(verdict({ host: 'BOX.example' }, { hosts })).toBe('no origin')
  expect(verdict({ host: 'other.example:8080' }, { hosts })).toBe('no origin')
  expect(verdict({ host: 'other.example:7717' }, { hosts })).toBe('forbidden')
})

test.each([
  ['https://evil.example', 'forbidden'],
  ['null', 'forbidden'],
  ['file://', 'forbidden'],
  ['http://localhost:7717', 'forbidden'],
  ['http://localhost:3000', 'forbidden'],
  ['chrome-extension://abc', 'forbidden'],
  ['https://good.example.evil', 'forbidden'],
  ['http://good.example', 'forbidden'],
  ['https://good.example:444', 'forbidden'],
  ['https://good.example', 'https://good.example'],
  ['http://[', 'usage'],
  ['', 'usage'],
  ['good.example', 'usage'],
  ['https://good.example/path', 'usage'],
  ['https://good.example, https://evil.example', 'usage'],
  [`https://${'a'.repeat(8192)}`, 'usage'],
])('the origin %j is answered with %s', (origin, expected) => {
  expect(verdict({ host: 'localhost:7717', origin }, { origins: ['https://good.example'] })).toBe(expected)
})

test('listing "null" lets no origin in that is named null', () => {
  expect(verdict({ host: 'localhost:7717', origin: 'null' }, { origins: ['null'] })).toBe('forbidden')
})

test('a host is checked before an origin, and two of either are malformed', () => {
  expect(verdict({ host: 'evil.example', origin: 'http://[' })).toBe('forbidden')
  for (const name of ['Host', 'oRIGIN', 'authorization']) {
    const headers = { host: 'localhost:7717' }
    const rawHeaders = ['host', 'localhost:7717', name, 'x', name, 'x']
    const rules = { boundNames: ['127.0.0.1'], port: 7717, allowedHosts: () => [], allowedOrigins: () => [] }
    expect(() => checkSource({ headers, rawHeaders }, rules)).toThrow(/^expected one/)
  }
})

test.each([undefined, '', 'undefined', 'secre', 'secret2', 'SECRET', 'sécret', '\u0000'])(
  'the token %j is not the token',
  (presented) => {
    expect(tokenCheck('secret')(presented)).toBe(false)
  },
)

test('the token is the token, and without one everybody is let in', () => {
  expect(tokenCheck('secret')('secret')).toBe(true)
  expect(tokenCheck(null)(undefined)).toBe(true)
})

test.each([
  ['Bearer abc', 'abc'],
  ['bearer  abc ', 'abc'],
  ['Basic abc', undefined],
  ['Bearer', undefined],
  ['Bearer a b', undefined],
  ['abc', undefined],
])('authorization %j carries %j', (authorization, expected) => {
  expect(bearerToken({ headers: { authorization } })).toBe(expected)
})

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['127.evil.com', false],
  ['0.0.0.0', false],
  ['192.168.1.5', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})
