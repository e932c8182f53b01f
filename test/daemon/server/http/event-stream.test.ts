import { once } from 'node:events'
import http from 'node:http'
import { createInterface } from 'node:readline'
import { expect, test, vi } from 'vitest'
import type { Event } from '../../../../src/protocol/event.ts'
import type { StreamLine } from '../../../../src/protocol/api.ts'
import { checkOrder, claim, runServer, token, write, type RunningServer } from '../running-server.ts'

interface Stream extends AsyncIterable<StreamLine> {
  readonly response: http.IncomingMessage
  next(): Promise<StreamLine>
  /** The types of all that comes until the end; rejects where the stream is cut. */
  rest(): Promise<string[]>
}

const open = async ({ server }: RunningServer, path: string): Promise<Stream> => {
  const request = http.get(`${server.url}${path}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' },
  })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  response.on('error', () => {})
  const lines = createInterface({ input: response })[Symbol.asyncIterator]()
  const next = async (): Promise<StreamLine> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('expected another line, found the end')
    return JSON.parse(value)
  }
  const stream: Stream = {
    response,
    next,
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const { value, done } = await lines.next()
        if (done === true) break
        yield JSON.parse(value)
      }
      if (!response.complete) throw new Error('the stream was cut')
    },
    rest: async () => {
      const types: string[] = []
      for await (const { type } of stream) types.push(type)
      return types
    },
  }
  return stream
}

test('without follow all events come, and the stream ends', async () => {
  const running = await runServer()
  for (const prompt of ['a', 'b', 'c']) await running.add(prompt)
  const stream = await open(running, '/api/v1/events?after=1')
  expect(stream.response.headers['content-type']).toBe('application/x-ndjson')
  expect(await stream.rest()).toEqual(['task_added', 'task_added'])
  expect(await (await open(running, '/api/v1/events?limit=1')).rest()).toEqual(['task_added'])
})

test('a task is followed to its final status, everything before it included', async () => {
  const running = await runServer()
  const { add, hub } = running
  const task = await add('a')
  const stream = await open(running, '/api/v1/tasks/1/events?follow=true&deltas=true')
  expect(await stream.next()).toMatchObject({ type: 'task_added' })
  const attempt = await claim(running)
  expect(await stream.next()).toMatchObject({ type: 'status', data: { status: 'in_progress' } })
  const delta = { text: 'h', offset: 0 }
  hub.publishDelta({
    v: 1,
    ts: '',
    task_id: task.id,
    attempt: 1,
    step: 1,
    type: 'message_delta',
    data: delta,
  })
  hub.publishDelta({
    v: 1,
    ts: '',
    task_id: 'other',
    attempt: 1,
    step: 1,
    type: 'message_delta',
    data: delta,
  })
  await attempt.settle({ kind: 'completed', answer: 'a', data: null }, [
    { type: 'thought', step: 1, data: { text: 't' } },
  ])
  expect(await stream.rest()).toEqual(['message_delta', 'thought', 'status'])
})

test('following a finished task replays it and ends, also past an earlier end', async () => {
  const running = await runServer()
  await running.add('a')
  await running.queue.cancel('1', { by: 'user', reason: null })
  await running.queue.retry('1')
  const live = await open(running, '/api/v1/tasks/1/events?follow=true')
  for (const type of ['task_added', 'status', 'status']) expect(await live.next()).toMatchObject({ type })
  await running.queue.cancel('1', { by: 'user', reason: null })
  expect(await live.rest()).toEqual(['status'])
  const after = await open(running, '/api/v1/tasks/1/events?follow=true')
  expect(await after.rest()).toEqual(['task_added', 'status', 'status', 'status'])
})

test('a follower whose types hide the status ends with the task all the same', async () => {
  const running = await runServer()
  await running.add('a')
  const stream = await open(running, '/api/v1/tasks/1/events?follow=true&types=task_added')
  await stream.next()
  await running.queue.cancel('1', { by: 'user', reason: null })
  expect(await stream.rest()).toEqual([])
})

test('a follower that leaves is noticed', async () => {
  const running = await runServer()
  const stream = await open(running, '/api/v1/events?follow=true')
  expect(running.hub.size).toBe(1)
  stream.response.destroy()
  await vi.waitFor(() => expect(running.hub.size).toBe(0))
})

test('a follower is cut, not ended, when the daemon goes', async () => {
  const running = await runServer()
  const stream = await open(running, '/api/v1/events?follow=true')
  const rest = stream.rest()
  await Promise.all([
    expect(rest).rejects.toThrow(/cut|aborted/),
    running.server.close({ code: 1001, reason: 'shutdown' }),
  ])
})

test('a cursor from another store is refused', async () => {
  const { call } = await runServer()
  const answer = await call('GET', '/api/v1/events?follow=true&after=5')
  expect(answer.status).toBe(400)
  expect(answer.json.error.message).toContain('expected after to be at most 0')
})

test('a follower that stops reading costs little, and gets everything when it goes on', async () => {
  const running = await runServer()
  const stream = await open(running, '/api/v1/events?follow=true')
  stream.response.pause()
  const total = 800
  for (let written = 0; written < total; written += 20) await write(running.store, 20, 50_000)
  expect(running.hub.slowConsumers).toBe(1)
  stream.response.resume()
  const events: Event[] = []
  for await (const line of stream) {
    if ('seq' in line) events.push(line)
    if (events.length === total) break
  }
  expect(checkOrder(events, 0)).toBe(total)
})
