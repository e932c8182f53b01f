import type { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { checkOrder, runServer, write } from '../running-server.ts'

test('a reader that stops reading costs little, is lagged, and gets everything when it goes on', async () => {
  const running = await runServer()
  const { connect, store, hub, call } = running
  const [slow, quick] = [await connect(), await connect()]
  await slow.ask({ type: 'subscribe', id: 'slow', after: 0, deltas: true }, 'caught_up')
  await quick.ask({ type: 'subscribe', id: 'quick', after: 0 }, 'caught_up')
  for (const client of [slow, quick]) client.clear()
  slow.webSocket.pause()
  // More than the system buffers for one connection, and more than the daemon does.
  const total = 800
  for (let written = 0; written < total; written += 20) await write(store, 20, 50_000)
  await quick.find((frame) => 'v' in frame && 'seq' in frame && frame.seq === total)
  checkOrder(quick.events, 0)
  expect(hub.slowConsumers).toBe(1)
  const stats = (await call('GET', '/api/v1/websocket/stats')).json
  const [slowRow] = stats.sessions
  expect(slowRow).toMatchObject({ lagging: true })
  expect(slowRow.buffered_bytes).toBeLessThan(1024 * 1024 + 100_000)

  const delta = { text: 'h', offset: 0 }
  hub.publishDelta({ v: 1, ts: '', task_id: 't', attempt: 1, step: 1, type: 'message_delta', data: delta })
  slow.webSocket.resume()
  await slow.find((frame) => frame.type === 'caught_up' && frame.seq === total)
  expect(checkOrder(slow.events, 0)).toBe(total)
  const lagged = slow.frames.findIndex(({ type }) => type === 'lagged')
  expect(slow.frames[lagged]).toEqual({
    type: 'lagged',
    id: 'slow',
    after: slow.frames.slice(0, lagged).length,
  })
  expect(slow.deltas).toEqual([])
  await vi.waitFor(() => expect(hub.slowConsumers).toBe(0))
})

test('what the store cannot read is said, and ends the session with 1011', async () => {
  const { connect, store } = await runServer()
  await write(store, 3)
  vi.spyOn(store, 'events').mockImplementation(async function* () {
    yield* []
    throw new Error('the disk is gone')
  })
  const client = await connect()
  client.send({ type: 'subscribe', after: 0 })
  expect((await client.frame('error')).message).toContain('the disk is gone')
  expect((await client.closed).code).toBe(1011)
})

test('a connection that breaks is logged as what it does to messages, and forgotten', async () => {
  const { connect, logged, server } = await runServer()
  const client = await connect()
  await client.ask({ type: 'hello', user_id: 'ann' }, 'connected')
  const socket = Reflect.get(client.webSocket, '_socket') as Socket
  socket.resetAndDestroy()
  const { level, fields } = await logged('Error sending WebSocket message')
  expect([level, fields['user']]).toEqual(['warn', 'ann'])
  await vi.waitFor(() => expect(server.sessionCount).toBe(0))
})
