import { expect, test } from 'vitest'
import { EventFilter } from '../../../../src/daemon/server/delivery/event-filter.ts'
import { runsOf } from '../../../../src/daemon/server/delivery/frame-run.ts'
import type { StoredEvent } from '../../../../src/protocol/event.ts'
import { runServer } from '../running-server.ts'

test('an event is serialised once, by the store, however many read it and however they do', async () => {
  const { connect, add, store, server, hub } = await runServer()
  const task = await add('look')
  const wishes = [{}, {}, { types: ['thought'] }, { tasks: [task.number], hide: ['usage'] }, { deltas: true }]
  const clients = await Promise.all(wishes.map(() => connect()))
  for (const [nth, wish] of wishes.entries()) {
    await clients[nth]?.ask({ type: 'subscribe', after: store.lastSeq, ...wish }, 'caught_up')
  }
  const lines = await fetch(`${server.url}/api/v1/tasks/1/events?follow=true&after=1`, {
    headers: { authorization: `Bearer the-token-of-this-test`, accept: 'application/x-ndjson' },
  })
  expect(hub.size).toBe(wishes.length + 1)
  let serialised = 0
  const text = { toJSON: () => `serialised ${(serialised += 1)} times` } as unknown as string
  await store.append(() => [{ type: 'thought', task_id: task.id, data: { text } }])
  for (const client of clients) {
    const event = await client.find((frame) => frame.type === 'thought')
    expect(event).toMatchObject({ seq: 2, data: { text: 'serialised 1 times' } })
  }
  const { value } = (await lines.body?.getReader().read()) ?? {}
  expect(JSON.parse(new TextDecoder().decode(value))).toMatchObject({ data: { text: 'serialised 1 times' } })
  expect(serialised).toBe(1)
})

test('readers that want to see the same get the same bytes, made once', () => {
  const [run] = runsOf(...batch(['thought', 'message', 'thought']))
  const [one, other] = [new EventFilter({ types: ['thought'] }), new EventFilter({ types: ['thought'] })]
  expect(run?.passing(one).webSocket).toBe(run?.passing(other).webSocket)
  expect(run?.passing(one).lines).toBe(run?.passing(other).lines)
  expect(run?.passing(one).frames.map(({ message }) => message.seq)).toEqual([1, 3])
  expect(run?.passing(new EventFilter({ hide: ['usage'] }))).toBe(run)
  expect(run?.passing(new EventFilter({ deltas: true }))).toBe(run)
  expect(run?.passing(new EventFilter({ taskIds: ['another'] })).size).toBe(0)
})

test('a run is framed as its messages would be one by one', () => {
  const [run] = runsOf(...batch(['thought', 'message'], 'é'.repeat(200)))
  const frames = run?.frames ?? []
  expect(run?.webSocket).toEqual(Buffer.concat(frames.map(({ webSocket }) => webSocket)))
  expect(run?.lines).toEqual(Buffer.concat(frames.map(({ line }) => line)))
})

test('a long batch goes out in runs of at most 64 KiB, or of one event', () => {
  const [events, texts] = batch(Array.from({ length: 10 }, () => 'thought'))
  const large = batch(['thought'], 'x'.repeat(100_000))
  const runs = runsOf(
    [...events, ...large[0], ...events],
    [...texts, ...large[1], ...texts.map((text) => text + ' '.repeat(10_000))],
  )
  expect(runs.map(({ size }) => size)).toEqual([10, 1, 6, 4])
})

test('what an event keeps private is in none of its frames', () => {
  const [events] = batch(['thought', 'thought'])
  const stored = events.map((event) => ({ ...event, private: { key: 'secret' } }))
  const [run] = runsOf(
    stored,
    stored.map((event) => JSON.stringify(event)),
  )
  expect(run?.lines.toString()).not.toContain('secret')
  expect(run?.webSocket.toString()).not.toContain('secret')
})

const batch = (types: readonly string[], text = 'hm'): [StoredEvent[], string[]] => {
  const events = types.map((type, at) => ({
    v: 1,
    seq: at + 1,
    ts: '2026-01-01T00:00:00.000Z',
    task_id: 'task',
    attempt: 1,
    step: 1,
    type,
    data: { text },
  })) as StoredEvent[]
  return [events, events.map((event) => JSON.stringify(event))]
}
