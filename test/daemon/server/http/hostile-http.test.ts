import { expect, test } from 'vitest'
import { endpoints } from '../../../../src/protocol/endpoints.ts'
import { runServer, sendRaw, token, type RunningServer } from '../running-server.ts'

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

const request = ({ server }: RunningServer, lines: readonly string[], body = ''): Promise<string> =>
  sendRaw(server.port, `${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`)

/** The server still answers, and nothing was added behind anybody's back. */
const isUnharmed = async ({ call }: RunningServer): Promise<void> => {
  expect((await call('GET', '/health')).json.status).toBe('ok')
  expect((await call('GET', '/api/v1/tasks')).json.tasks).toEqual([])
}

test.each([
  ['a foreign host, with the token', (port: number) => [`Host: evil.example:${port}`], 403],
  ['a host that begins like ours', (port: number) => [`Host: 127.0.0.1.evil.example:${port}`], 403],
  ['another port', () => ['Host: localhost:1'], 403],
  ['a foreign origin', (port: number) => [`Host: localhost:${port}`, 'Origin: https://evil.example'], 403],
  ['the origin null', (port: number) => [`Host: localhost:${port}`, 'Origin: null'], 403],
  ['no host', () => [], 400],
  ['an empty host', () => ['Host:'], 400],
  ['a malformed host', () => ['Host: http://['], 400],
  ['two hosts', (port: number) => [`Host: localhost:${port}`, 'Host: evil.example'], 400],
  ['a malformed origin', (port: number) => [`Host: localhost:${port}`, 'Origin: http://['], 400],
  ['two tokens', (port: number) => [`Host: localhost:${port}`, 'Authorization: Bearer x'], 400],
  [
    '8 KB of origin',
    (port: number) => [`Host: localhost:${port}`, `Origin: http://${'a'.repeat(8192)}`],
    400,
  ],
  ['a NUL in a header', (port: number) => [`Host: localhost:${port}`, 'Origin: http://a\u0000b'], 400],
  ['20 KB of headers', (port: number) => [`Host: localhost:${port}`, `X: ${'a'.repeat(20_000)}`], 431],
] as const)('%s is refused', async (_name, headers, status) => {
  const running = await runServer()
  const answer = await request(running, [
    'GET /api/v1/status HTTP/1.1',
    ...headers(running.server.port),
    `Authorization: Bearer ${token}`,
  ])
  expect(statusOf(answer)).toBe(status)
  expect(answer.toLowerCase()).toContain('sparky-version: 1.2.3')
  expect(answer.toLowerCase()).not.toContain('access-control-allow')
  expect(answer).toMatch(/\{"error":\{"code":"/)
  await isUnharmed(running)
})

test.each([
  'GARBAGE\r\n\r\n',
  '\u0000\u0001\u0002\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET http://[ HTTP/1.1\r\n\r\n',
])('the bytes %j get 400', async (bytes) => {
  const running = await runServer()
  expect(statusOf(await sendRaw(running.server.port, bytes))).toBe(400)
  await isUnharmed(running)
})

test('every route without a token, or with a wrong one, is unauthorized, and so are paths that are not there', async () => {
  const running = await runServer()
  const { call } = running
  const paths = Object.values(endpoints).filter(({ path }) => path !== '/health')
  const more = [
    '/',
    '/metrics',
    '/debug',
    '/mcp',
    '/health/',
    '/healthy',
    '/api/ws/agent',
    '/api/v1/tasks/../../health',
  ]
  const all = [...paths, ...more.map((path) => ({ method: 'GET', path }))]
  for (const { method, path } of all) {
    for (const authorization of ['', 'Bearer', 'Bearer wrong', 'Bearer undefined', `Basic ${token}`, token]) {
      const target = path.replace(/\{\w+\}/g, '1')
      const answer = await call(method, target, { headers: { authorization } })
      expect([target, answer.status]).toEqual([target, target === '/health' ? 200 : 401])
    }
  }
  const byQuery = await call('GET', `/api/v1/status?token=${token}`, { headers: { authorization: '' } })
  expect(byQuery.status).toBe(401)
  await isUnharmed(running)
})

test('health needs no token', async () => {
  const { call } = await runServer()
  const answer = await call('GET', '/health', { headers: { authorization: '' } })
  expect(answer.json).toEqual({ status: 'ok', version: '1.2.3', uptime_s: 1 })
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp'])(
  'a body of type %s is refused',
  async (type) => {
    const running = await runServer()
    const answer = await running.call('POST', '/api/v1/tasks', {
      rawBody: '{"prompt":"x"}',
      headers: { 'content-type': type },
    })
    expect(answer.status).toBe(400)
    expect(answer.json.error.message).toContain('expected Content-Type: application/json')
    await isUnharmed(running)
  },
)

test('a preflight of a foreign origin learns nothing, one of a listed origin what it may', async () => {
  const running = await runServer({ allowedOrigins: () => ['https://good.example'] })
  const preflight = (origin: string): Promise<string> =>
    request(running, [
      'OPTIONS /api/v1/tasks HTTP/1.1',
      `Host: localhost:${running.server.port}`,
      `Origin: ${origin}`,
      'Access-Control-Request-Method: POST',
    ])
  const evil = await preflight('https://evil.example')
  expect(statusOf(evil)).toBe(403)
  expect(evil.toLowerCase()).not.toContain('access-control')
  const good = await preflight('https://good.example')
  expect(statusOf(good)).toBe(204)
  expect(good.toLowerCase()).toContain('access-control-allow-origin: https://good.example')
  expect(good.toLowerCase()).toContain('authorization')
})

test('an answer to a listed origin names it, an answer to no origin names none', async () => {
  const { call } = await runServer({ allowedOrigins: () => ['https://good.example'] })
  const listed = await call('GET', '/api/v1/tasks', { headers: { origin: 'https://good.example' } })
  expect(listed.headers.get('access-control-allow-origin')).toBe('https://good.example')
  const plain = await call('GET', '/api/v1/tasks')
  expect(plain.headers.get('access-control-allow-origin')).toBeNull()
})

test('no token, right or wrong, reaches the log', async () => {
  const running = await runServer()
  const secret = 'SPARKY_CANARY_1'
  await running.call('GET', `/api/v1/tasks?token=${secret}`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  const client = await running.connect({ query: `?api_key=${token}`, headers: {} })
  await client.close()
  const log = JSON.stringify(running.log)
  expect(log).not.toContain(secret)
  expect(log).not.toContain(token)
})
