import { once } from 'node:events'
import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { runServer, sendRaw, token } from './running-server.ts'

test('where the port is taken, another one is, and a note says so', async () => {
  const first = await runServer()
  expect(first.server.note).toBeNull()
  const second = await runServer({ port: first.server.port })
  expect(second.server.note).toBe(
    `port ${first.server.port} is taken; listening on ${second.server.port} instead`,
  )
  expect((await second.call('GET', '/health')).status).toBe(200)
})

test.each(['192.0.2.1', 'no.such.host.invalid'])(
  'the host %s cannot be listened on, which is said',
  async (host) => {
    await expect(runServer({ host })).rejects.toThrow(`found ${host} and 0`)
  },
)

test('beyond this machine nobody is let in without a token', async () => {
  await expect(runServer({ host: '0.0.0.0', token: null })).rejects.toThrow(
    'found --no-auth with --host 0.0.0.0',
  )
})

test('without a token everybody on this machine is let in, foreign origins are not', async () => {
  const { call } = await runServer({ token: null })
  expect((await call('GET', '/api/v1/tasks', { headers: { authorization: '' } })).status).toBe(200)
  const foreign = await call('GET', '/api/v1/tasks', { headers: { origin: 'https://evil.example' } })
  expect(foreign.status).toBe(403)
})

test('on every address it is reached by loopback names and listed hosts only', async () => {
  const { server } = await runServer({ host: '0.0.0.0', allowedHosts: () => ['box.example'] })
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
  const statusFor = async (host: string): Promise<string | undefined> =>
    (
      await sendRaw(
        server.port,
        `GET /api/v1/tasks HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
      )
    ).split(' ')[1]
  expect(await statusFor(`localhost:${server.port}`)).toBe('200')
  expect(await statusFor('box.example:9')).toBe('200')
  expect(await statusFor(`0.0.0.0:${server.port}`)).toBe('403')
  expect(await statusFor(`evil.example:${server.port}`)).toBe('403')
})

test('over IPv6 its url has brackets', async () => {
  const { server, call } = await runServer({ host: '::1' })
  expect(server.url).toBe(`http://[::1]:${server.port}`)
  expect((await call('GET', '/health')).status).toBe(200)
})

test('closing ends in bounded time, whoever hangs', async () => {
  const { server, connect } = await runServer()
  const client = await connect()
  client.webSocket.pause()
  const half = await openHalf(server.port)
  const closed = new Promise((resolve) => void half.once('close', resolve))
  await server.close({ code: 1001, reason: 'shutdown' })
  await closed
  await expect(once(net.connect(server.port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED')
})

test('a request that ends in the middle of its body harms nobody', async () => {
  const { server, store, call, log } = await runServer()
  const half = await openHalf(server.port)
  half.destroy()
  expect((await call('GET', '/health')).status).toBe(200)
  expect(store.lastSeq).toBe(0)
  expect(log.filter(({ level }) => level === 'error')).toEqual([])
})

/** A connection whose request stops in the middle of its body. */
const openHalf = async (port: number): Promise<net.Socket> => {
  const socket = net.connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  const head = `POST /api/v1/tasks HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`
  socket.write(head)
  // "100 Continue": the server waits for the body.
  await once(socket, 'data')
  await new Promise((resolve) => void socket.write('{"prompt":', resolve))
  return socket
}
