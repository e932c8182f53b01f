import { expect, test } from 'vitest'
import type { Event } from '../../../../src/protocol/event.ts'
import { claim, runServer } from '../running-server.ts'

const seqs = (events: readonly Event[]): number[] => events.map(({ seq }) => seq)

test('events come in pages, and next_after leads to the next one', async () => {
  const { call, add } = await runServer()
  for (const prompt of ['a', 'b', 'c']) await add(prompt)
  const first = await call('GET', '/api/v1/events?limit=2')
  expect([seqs(first.json.events), first.json.next_after]).toEqual([[1, 2], 2])
  const second = await call('GET', '/api/v1/events?limit=2&after=2')
  expect([seqs(second.json.events), second.json.next_after]).toEqual([[3], null])
  const beyond = await call('GET', '/api/v1/events?after=99')
  expect(beyond.json).toEqual({ events: [], next_after: null })
})

test('the events of one task, by type', async () => {
  const running = await runServer()
  const { call, add } = running
  await add('a')
  await add('b')
  const attempt = await claim(running)
  await attempt.record([{ type: 'thought', data: { text: 'hm' }, step: 1 }])
  await attempt.settle({ kind: 'completed', answer: 'yes', data: null })
  const types = async (query: string): Promise<string[]> =>
    (await call('GET', `/api/v1/tasks/1/events${query}`)).json.events.map(({ type }: Event) => type)
  expect(await types('')).toEqual(['task_added', 'status', 'thought', 'status'])
  expect(await types('?types=status,thought')).toEqual(['status', 'thought', 'status'])
  expect(await types('?hide=status')).toEqual(['task_added', 'thought'])
  expect(await types('?types=status&hide=status')).toEqual([])
  expect((await call('GET', '/api/v1/tasks/9/events')).status).toBe(404)
})

test('what is private never leaves', async () => {
  const running = await runServer()
  const { call, connect } = running
  await call('POST', '/api/v1/tasks', { body: { prompt: 'a', environment: { PATH: 'CANARY' } } })
  const attempt = await claim(running)
  await attempt.record([{ type: 'thought', data: { text: 'hm' }, step: 1, private: { key: 'CANARY' } }])
  const client = await connect()
  await client.ask({ type: 'subscribe', after: 0 }, 'caught_up')
  await attempt.record([{ type: 'thought', data: { text: 'so' }, step: 1, private: { key: 'CANARY' } }])
  await attempt.settle({ kind: 'completed', answer: '', data: null })
  await client.find((frame) => 'seq' in frame && frame.seq === 5)
  const texts = [
    (await call('GET', '/api/v1/events')).text,
    (await call('GET', '/api/v1/tasks/1/events')).text,
    (await call('GET', '/api/v1/events', { headers: { accept: 'application/x-ndjson' } })).text,
    (await call('GET', '/api/v1/tasks/1')).text,
    JSON.stringify(client.frames),
  ]
  for (const text of texts) {
    expect(text).toContain('"id"')
    expect(text).not.toMatch(/CANARY|private/)
  }
})

test('a page ends where it gets too large for one answer, and says where to go on', async () => {
  const { call, store } = await runServer()
  const text = 'x'.repeat(1024 * 1024)
  await store.append(() =>
    Array.from({ length: 8 }, () => ({ task_id: null, type: 'queue_changed' as const, data: { text } })),
  )
  const page = await call('GET', '/api/v1/events')
  expect(page.json.events.length).toBeLessThan(8)
  expect(page.json.next_after).toBe(page.json.events.length)
})

test('a whole result comes from where it is kept, else from its event', async () => {
  const running = await runServer()
  const { call, add, store } = running
  const task = await add('a')
  const attempt = await claim(running)
  const result = (call_id: string, value: string | number[]) =>
    ({
      type: 'tool_result',
      step: 1,
      data: { call_id, name: 't', status: 'ok', result: value, duration_ms: 1, truncated: false, bytes: 5 },
    }) as const
  await store.keepResult(task.id, 'large', 'y'.repeat(100_000))
  await attempt.record([result('small', 'hello'), result('list', [1, 2]), result('large', 'yy')])
  await attempt.settle({ kind: 'completed', answer: '', data: null })
  const get = async (callId: string) => (await call('GET', `/api/v1/tasks/1/results/${callId}`)).json
  expect(await get('small')).toEqual({ call_id: 'small', result: 'hello', bytes: 5, truncated: false })
  expect((await get('list')).result).toBe('[1,2]')
  expect(await get('large')).toMatchObject({ result: 'y'.repeat(100_000), bytes: 100_000, truncated: false })
  expect(await get('none')).toMatchObject({ error: { code: 'not_found' } })
})
