import { once } from 'node:events'
import net from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RawWebSocket, rawFrame } from '../../../support/raw-web-socket.ts'
import { checkOrder, runServer, sendRaw, token, write, type RunningServer } from '../running-server.ts'

const get = ({ server }: RunningServer, path: string): string =>
  [`GET ${path} HTTP/1.1`, `Host: localhost:${server.port}`, `Authorization: Bearer ${token}`, '', ''].join(
    '\r\n',
  )

const connectRaw = ({ server }: RunningServer): net.Socket => {
  const socket = net.connect(server.port, '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

test.each([
  ['pings', 9],
  ['pongs', 10],
])(
  'who floods with the %s of the protocol is told so, then cut off; others are not',
  async (_name, opcode) => {
    const running = await runServer()
    const other = await running.connect()
    const flooding = await RawWebSocket.open(running.server.url, token)
    flooding.send(...Array.from({ length: 2000 }, () => rawFrame('', { opcode })))
    expect(await flooding.message('error')).toMatchObject({ code: 'rate_limited' })
    expect(await flooding.closeCode()).toBe(1008)
    await other.ask({ type: 'ping' }, 'pong')
  },
)

test('of hundreds of subscriptions sent at once the last one holds, and the others read nothing', async () => {
  const { server, store, hub } = await runServer()
  await write(store, 300)
  const reads = vi.spyOn(store, 'events')
  const client = await RawWebSocket.open(server.url, token)
  const count = 400
  client.send(
    ...Array.from({ length: count }, (_, at) => rawFrame(`{"type":"subscribe","id":${at + 1},"after":0}`)),
  )
  for (let id = 1; id <= count; id += 1) {
    expect(await client.message('subscribed')).toEqual({ type: 'subscribed', id, after: 0, seq: 300 })
  }
  await write(store, 1)
  const seqs: unknown[] = []
  while (seqs.at(-1) !== 301) {
    const message = await client.message('queue_changed', 'caught_up', 'subscribed')
    if ('v' in message) seqs.push(message['seq'])
    else expect(message).toMatchObject({ type: 'caught_up', id: count })
  }
  expect(seqs).toEqual(Array.from({ length: 301 }, (_, at) => at + 1))
  expect(hub.size).toBe(1)
  // They come in a few pieces, as the system likes, and of each the last one begins to read.
  expect(reads.mock.calls.length).toBeLessThan(count / 4)
})

test('a subscription that cannot be made leaves the one before as it was', async () => {
  const { connect, store } = await runServer()
  const client = await connect()
  await client.ask({ type: 'subscribe', id: 'good' }, 'caught_up')
  for (const wrong of [{ tasks: ['404'] }, { after: 9 }, { types: ['no'] }, { workflow_id: 'zzzz' }]) {
    await client.ask({ type: 'subscribe', id: 'bad', ...wrong }, 'error')
  }
  client.clear()
  await write(store, 2)
  await client.find((frame) => 'v' in frame && 'seq' in frame && frame.seq === 2)
  expect(checkOrder(client.events, 0)).toBe(2)
})

test('requests that are sent without waiting are answered in their order, one after the other', async () => {
  const running = await runServer()
  const requests = ['/health', '/api/v1/tasks', '/api/v1/events', '/nowhere', '/health']
  const answer = await sendRaw(running.server.port, requests.map((path) => get(running, path)).join(''))
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(
    [200, 200, 200, 404, 200].map((status) => `HTTP/1.1 ${status}`),
  )
})

test('who asks for page after page and reads none gets one made, and is cut off who asks for hundreds', async () => {
  const running = await runServer()
  for (let count = 0; count < 100; count += 1) await write(running.store, 2, 40_000)
  const reads = vi.spyOn(running.store, 'events')
  const patient = connectRaw(running)
  patient.pause()
  patient.write(get(running, '/api/v1/events').repeat(50))
  await vi.waitFor(() => expect(reads).toHaveBeenCalled())
  const flooding = connectRaw(running)
  flooding.pause()
  flooding.write(get(running, '/api/v1/events?follow=true').repeat(500))
  flooding.resume()
  await once(flooding, 'close')
  // What the system takes of a page it takes at once, so a few are made.
  expect(reads.mock.calls.length).toBeLessThan(10)
  expect((await running.call('GET', '/health')).status).toBe(200)
  await vi.waitFor(() => expect(running.hub.size).toBe(0))
})

test('hundreds of connections that never finish their handshake keep nobody out, and are ended', async () => {
  const running = await runServer({ headersTimeoutMs: 400 })
  const halves = [
    '',
    'G',
    'GET /api/ws/agent HTTP/1.1\r\n',
    'GET /api/ws/agent HTTP/1.1\r\nHost: localhost\r\nUpg',
  ]
  const ends = Array.from({ length: 300 }, (_, at) => {
    const socket = connectRaw(running)
    socket.write(halves[at % halves.length] ?? '')
    socket.resume()
    return once(socket, 'close')
  })
  const client = await running.connect()
  await client.ask({ type: 'ping' }, 'pong')
  await Promise.all(ends)
  await client.ask({ type: 'ping' }, 'pong')
})
