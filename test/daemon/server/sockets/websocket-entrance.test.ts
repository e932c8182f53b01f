import { once } from 'node:events'
import net from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { runServer, sendRaw, token, type Client, type RunningServer } from '../running-server.ts'

const handshakeOf = (
  { server }: RunningServer,
  { path = '/api/ws/agent', headers = [] as string[] } = {},
): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: localhost:${server.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Authorization: Bearer ${token}`,
    ...headers,
    '',
    '',
  ].join('\r\n')

const handshake = (running: RunningServer, options?: Parameters<typeof handshakeOf>[1]): Promise<string> =>
  sendRaw(running.server.port, handshakeOf(running, options))

test.each([
  ['a foreign origin', { headers: ['Origin: https://evil.example'] }, 403],
  ['a malformed origin', { headers: ['Origin: http://['] }, 400],
  ['a second host', { headers: ['Host: evil.example'] }, 400],
  ['an unknown path', { path: '/api/ws/other' }, 404],
  ['an unknown path with a foreign origin', { path: '/x', headers: ['Origin: null'] }, 403],
  ['a path below a task’s', { path: '/ws/tasks/1/x' }, 404],
  ['a path that cannot be decoded', { path: '/ws/tasks/%ff' }, 400],
])('%s is refused before the upgrade', async (_name, options, status) => {
  const running = await runServer()
  const answer = await handshake(running, options)
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(answer).toContain('sparky-version: 1.2.3')
  expect(answer).toContain('{"error":{"code":')
  expect(running.server.sessionCount).toBe(0)
  expect((await running.call('GET', '/health')).status).toBe(200)
})

test('a handshake without a key is malformed', async () => {
  const running = await runServer()
  const { port } = running.server
  const answer = await sendRaw(
    port,
    `GET /api/ws/agent?token=${token} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
})

test('another protocol that a request offers is passed over, as often as a client offers it', async () => {
  const running = await runServer()
  const { port } = running.server
  const warnings: string[] = []
  const warned = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', warned)
  onTestFinished(() => void process.off('warning', warned))
  // As Java's own client and `curl --http2` ask, with a body that comes in two parts.
  const body = JSON.stringify({ prompt: 'x', cwd: '/tmp' })
  const offered = (first: string, others: readonly string[]): string =>
    [
      `${first} HTTP/1.1`,
      'Connection: Upgrade, HTTP2-Settings',
      `Host: localhost:${port}`,
      'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
      'Upgrade: h2c',
      `Authorization: Bearer ${token}`,
      ...others,
      '',
      '',
    ].join('\r\n')
  const socket = net.connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
  const answers = (status: number): number => text.split(`HTTP/1.1 ${status} `).length - 1
  for (let nth = 1; nth <= 12; nth += 1) {
    const post = offered('POST /api/v1/tasks', [
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ])
    socket.write(post + body.slice(0, 5))
    setImmediate(() => socket.write(body.slice(5)))
    await vi.waitFor(() => expect(answers(201)).toBe(nth))
    socket.write(offered('GET /health', []))
    await vi.waitFor(() => expect(answers(200)).toBe(nth))
  }
  socket.write(offered('GET /api/ws/agent', []))
  await vi.waitFor(() => expect(answers(426)).toBe(1))
  expect(running.store.lastSeq).toBe(12)
  expect(warnings).toEqual([])
})

test.each(['', '?token=wrong', '?api_key=', '?api_key=undefined', `?other=${token}`])(
  'with the query %j and no token a client is told so, and closed with 4001',
  async (query) => {
    const { server, log } = await runServer()
    const webSocket = new WebSocket(`ws://127.0.0.1:${server.port}/api/ws/agent${query}`)
    const closed = once(webSocket, 'close')
    const [message] = (await once(webSocket, 'message')) as [Buffer]
    expect(JSON.parse(message.toString())).toMatchObject({
      type: 'error',
      code: 'unauthorized',
      message: 'Invalid or missing api_key',
    })
    const [code, reason] = (await closed) as [number, Buffer]
    expect([code, reason.toString()]).toEqual([4001, 'Invalid or missing api_key'])
    expect(server.sessionCount).toBe(0)
    expect(log).toEqual([])
  },
)

test('only so many strangers are told at a time; the rest is refused over HTTP', async () => {
  const running = await runServer()
  const { port } = running.server
  const statuses = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const webSocket = new WebSocket(`ws://127.0.0.1:${port}/api/ws/agent`)
      // Never answers the close, as a hostile client would.
      webSocket.on('upgrade', ({ socket }) => socket.pause())
      webSocket.on('error', () => {})
      return new Promise<number>((resolve) => {
        webSocket.on('upgrade', () => resolve(101))
        webSocket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode))
      })
    }),
  )
  expect(statuses.filter((status) => status === 101)).toHaveLength(32)
  expect(statuses.filter((status) => status === 401)).toHaveLength(28)
  expect((await running.call('GET', '/health')).status).toBe(200)
})

test('one connection too many is closed with 1013, over all endpoints, by the bound as it is now', async () => {
  let maxConnections = 3
  const running = await runServer({ maxConnections: () => maxConnections })
  await running.add('a')
  const paths = ['/api/ws/agent', '/api/ws/guide', '/ws/tasks/1', '/api/ws/liaison/content']
  const knock = (path: string): Client => running.knock(`${path}?token=${token}`)
  const [first, ...others] = [await running.connect(), knock(paths[1] ?? ''), knock(paths[2] ?? '')]
  for (const client of others) await client.find(({ type }) => type === 'connected')
  for (const path of paths) {
    const client = knock(path)
    expect(await client.closed).toEqual({ code: 1013, reason: 'Too many connections' })
    expect(client.frames).toEqual([
      expect.objectContaining({
        type: 'error',
        code: 'rate_limited',
        hint: expect.stringContaining('server.max_connections'),
      }),
    ])
  }
  await first.close()
  await vi.waitFor(() => expect(running.server.sessionCount).toBe(2))
  const again = await running.connect()
  maxConnections = 1
  expect((await knock('/api/ws/agent').closed).code).toBe(1013)
  await again.ask({ type: 'ping' }, 'pong')
  maxConnections = 4
  await running.connect()
})

test('who asks for a WebSocket’s path without asking for a WebSocket is told what is there', async () => {
  const { call } = await runServer()
  for (const path of ['/api/ws/agent', '/ws/tasks/1?after=3', '/api/ws/liaison/insights', '/api/ws/guide']) {
    const { status, headers, json } = await call('GET', path)
    expect([status, headers.get('upgrade')]).toEqual([426, 'websocket'])
    expect(json.error).toMatchObject({ code: 'usage', message: expect.stringContaining('WebSocket') })
  }
  expect((await call('GET', '/api/ws/other')).status).toBe(404)
})

test('a token offered as a subprotocol is not echoed', async () => {
  const running = await runServer()
  const answer = await handshake(running, { headers: [`Sec-WebSocket-Protocol: secret.${token}, sparky.v1`] })
  expect(answer).toMatch(/^HTTP\/1\.1 101 /)
  expect(answer).not.toContain('secret')
})

test.each([
  ['unmasked', '\u0081\u0002hi', 1002],
  ['reserved bit', '\u00c1\u0080\u0000\u0000\u0000\u0000', 1002],
  ['bad opcode', '\u0083\u0080\u0000\u0000\u0000\u0000', 1002],
  ['continuation without start', '\u0080\u0080\u0000\u0000\u0000\u0000', 1002],
  ['2^63 bytes', '\u0081\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff', 1009],
  ['bytes that are no UTF-8', '\u0081\u0082\u0000\u0000\u0000\u0000\u00ff\u00fe', 1007],
  ['a request', 'GET / HTTP/1.1\r\n\r\n', 1002],
])('a frame that is wrong (%s) ends its connection only', async (_name, bytes, code) => {
  const running = await runServer()
  const [bad, good] = [await running.connect(), await running.connect()]
  const socket = Reflect.get(bad.webSocket, '_socket') as NodeJS.WritableStream
  socket.write(Buffer.from(bytes, 'latin1'))
  expect((await bad.closed).code).toBe(code)
  await good.ask({ type: 'ping' }, 'pong')
})

test('a connection that shows no sign of life is ended, on every endpoint; one that answers is not', async () => {
  const running = await runServer({ heartbeatMs: 40 })
  await running.add('a')
  const alive = await running.connect()
  for (const path of ['/api/ws/agent', '/ws/tasks/1', '/api/ws/guide', '/api/ws/liaison/content']) {
    // Bytes on a socket: nothing that could answer a ping.
    const dead = net.connect(running.server.port, '127.0.0.1')
    dead.write(handshakeOf(running, { path }))
    dead.resume()
    const ended = Promise.race([once(dead, 'close'), once(dead, 'end')])
    await vi.waitFor(() => expect(running.server.sessionCount).toBe(2))
    await ended
    await vi.waitFor(() => expect(running.server.sessionCount).toBe(1))
    dead.destroy()
  }
  await alive.ask({ type: 'ping' }, 'pong')
  const ends = running.log.filter(({ message }) => message === 'WebSocket disconnected')
  expect(ends.map(({ fields }) => fields['why'])).toEqual(Array.from({ length: 4 }, () => 'no sign of life'))
})

test('a connection that breaks while it is sent to is in the log', async () => {
  const running = await runServer()
  const client = await running.connect()
  await client.ask({ type: 'subscribe', after: 0 }, 'caught_up')
  const socket = Reflect.get(client.webSocket, '_socket') as net.Socket
  socket.resetAndDestroy()
  const { level, fields } = await running.logged('Error sending WebSocket message')
  expect(level).toBe('warn')
  expect(fields).toMatchObject({ user: 'user', session: expect.any(String) })
  expect((await running.logged('WebSocket disconnected')).fields).toMatchObject({ code: 1006 })
})

test('everybody is told of the shutdown, also who was on the way in', async () => {
  const running = await runServer()
  await running.add('a')
  const clients = [
    await running.connect(),
    await running.connect({ path: '/api/ws/guide' }),
    running.knock(`/ws/tasks/1?token=${token}`),
  ]
  for (const client of clients) await client.find(({ type }) => type === 'connected')
  const late = net.connect(running.server.port, '127.0.0.1')
  const text = handshakeOf(running)
  late.write(text.slice(0, -2))
  const chunks: Buffer[] = []
  late.on('data', (chunk) => {
    chunks.push(chunk)
    if (chunk.includes('shutdown')) late.end()
  })
  const connected = await running.call('GET', '/health')
  expect(connected.status).toBe(200)
  const closed = running.server.close({ code: 1001, reason: 'shutdown' })
  late.write(text.slice(-2))
  for (const client of clients) expect(await client.closed).toEqual({ code: 1001, reason: 'shutdown' })
  await closed
  const answer = Buffer.concat(chunks).toString('latin1')
  expect(answer).toMatch(/^HTTP\/1\.1 101 /)
  // A close frame: its code, and why.
  expect(answer).toContain('\u0088\u000a\u0003\u00e9shutdown')
})
