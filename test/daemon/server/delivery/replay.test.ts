import { expect, test } from 'vitest'
import { checkOrder, runServer, write } from '../running-server.ts'

test('a subscription from a cursor is told so, replayed, caught up, and live', async () => {
  const { connect, store } = await runServer()
  await write(store, 5)
  const client = await connect()
  client.clear()
  client.send({ type: 'subscribe', id: 'mine', after: 2 })
  expect(await client.frame('caught_up')).toEqual({ type: 'caught_up', id: 'mine', seq: 5 })
  await write(store, 1)
  await client.find((frame) => 'seq' in frame && 'v' in frame && frame.seq === 6)
  expect(client.frames.map((frame) => [frame.type, 'seq' in frame ? frame.seq : null])).toEqual([
    ['subscribed', 5],
    ['queue_changed', 3],
    ['queue_changed', 4],
    ['queue_changed', 5],
    ['caught_up', 5],
    ['queue_changed', 6],
  ])
  expect(client.frames[0]).toEqual({ type: 'subscribed', id: 'mine', after: 2, seq: 5 })
})

test('without a cursor a subscription begins now, and a new one replaces it', async () => {
  const { connect, store } = await runServer()
  await write(store, 3)
  const client = await connect()
  const now = await client.ask({ type: 'subscribe' }, 'subscribed')
  expect(now).toEqual({ type: 'subscribed', id: null, after: 3, seq: 3 })
  await client.ask({ type: 'subscribe', id: 2, after: 0 }, 'caught_up')
  await write(store, 1)
  await client.find((frame) => 'v' in frame && 'seq' in frame && frame.seq === 4)
  checkOrder(client.events, 0)
  client.send({ type: 'unsubscribe' })
  await client.ask({ type: 'ping' }, 'pong')
  await write(store, 1)
  await client.ask({ type: 'ping' }, 'pong')
  expect(client.events).toEqual([])
})

test('a filter holds for replayed and for live events', async () => {
  const running = await runServer()
  const { connect, add, queue } = running
  for (const prompt of ['a', 'b', 'c']) await add(prompt)
  const client = await connect()
  await client.ask({ type: 'subscribe', tasks: ['1', 3], hide: ['task_updated'], after: 0 }, 'caught_up')
  for (const ref of ['1', '2', '3']) {
    await queue.edit(ref, { id: ref, priority: 1 })
    await queue.cancel(ref, { by: 'user', reason: null })
  }
  await client.find((frame) => frame.type === 'status' && frame.seq === 9)
  expect(client.events.map(({ type, seq }) => [type, seq])).toEqual([
    ['task_added', 1],
    ['task_added', 3],
    ['status', 5],
    ['status', 9],
  ])
  const byWorkflow = await connect()
  const id = queue.why('2').task_id
  await byWorkflow.ask({ type: 'subscribe', workflow_id: id, types: ['status'], after: 0 }, 'caught_up')
  expect(byWorkflow.events.map(({ seq }) => seq)).toEqual([7])
})

test('a reader whose filter hides everything learns the newest seq all the same', async () => {
  const { connect, store } = await runServer()
  const client = await connect()
  await client.ask({ type: 'subscribe', id: 1, types: ['status'] }, 'caught_up')
  client.clear()
  await write(store, 50)
  expect(await client.frame('caught_up')).toEqual({ type: 'caught_up', id: 1, seq: 50 })
  expect(client.frames).toHaveLength(1)
})

test('deltas come to who asked for them, of the tasks that they asked for', async () => {
  const { connect, add, hub } = await runServer()
  const task = await add('a')
  const publish = (type: 'message_delta' | 'thought_delta', task_id = task.id): void =>
    hub.publishDelta({ v: 1, ts: '', task_id, attempt: 1, step: 1, type, data: { text: 'h', offset: 0 } })
  const [all, some, none] = [await connect(), await connect(), await connect()]
  await all.ask({ type: 'subscribe', tasks: [1], types: ['status'], deltas: true }, 'caught_up')
  await some.ask({ type: 'subscribe', types: ['message_delta'] }, 'caught_up')
  await none.ask({ type: 'subscribe' }, 'caught_up')
  publish('thought_delta')
  publish('message_delta')
  publish('message_delta', 'another')
  for (const client of [all, some, none]) {
    client.send({ type: 'ping' })
    await client.frame('pong')
  }
  expect(all.deltas.map(({ type }) => type)).toEqual(['thought_delta', 'message_delta'])
  expect(some.deltas.map(({ type }) => type)).toEqual(['message_delta', 'message_delta'])
  expect(none.deltas).toEqual([])
})
