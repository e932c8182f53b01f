import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import type { RunningAttempt } from '../../../../src/daemon/queue/running-attempt.ts'
import { taskFrameSchema, type TaskFrame } from '../../../../src/protocol/task-frames.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import { claim, runServer, token, type Client, type RunningServer } from '../running-server.ts'

const watch = ({ knock }: RunningServer, ref: string | number): Client =>
  knock(`/ws/tasks/${ref}?api_key=${token}`)

/** What a watcher has got so far, each frame as the protocol has it. */
const framesOf = ({ frames }: Client): TaskFrame[] => frames.map((frame) => taskFrameSchema.parse(frame))

const find = async (client: Client, type: TaskFrame['type']): Promise<TaskFrame> =>
  taskFrameSchema.parse(await client.find((frame) => (frame.type as string) === type))

test('a watcher gets the task from its first event, live, then its result, and is let go with 1000', async () => {
  const running = await runServer()
  await running.add('another')
  await (await claim(running)).settle({ kind: 'completed', answer: 'other', data: null })
  const { id } = await running.add('a')
  const client = watch(running, 2)
  expect(await find(client, 'connected')).toEqual({ type: 'connected', task_id: id })
  await client.find((frame) => (frame.type as string) === 'step')
  const attempt = await claim(running)
  await attempt.record([
    { type: 'thought', step: 1, data: { text: 'hm' } },
    { type: 'progress', step: 1, data: { step: 1, max_steps: 50, note: null } },
    {
      type: 'usage',
      step: 1,
      data: { model: 'm', input_tokens: 3, output_tokens: 4, cached_tokens: 0, cost_usd: null },
    },
  ])
  await attempt.settle({ kind: 'completed', answer: 'forty-two', data: null })
  expect(await client.closed).toEqual({ code: 1000, reason: 'completed' })
  const steps = await stepsOf(running, 2)
  expect(framesOf(client)).toEqual([
    { type: 'connected', task_id: id },
    ...steps,
    { type: 'result', data: { output: 'forty-two', total_steps: 1, total_tokens: 7 } },
  ])
  expect(steps.length).toBeGreaterThan(4)

  const late = watch(running, id)
  expect(await late.closed).toEqual({ code: 1000, reason: 'completed' })
  expect(late.frames).toEqual(client.frames)
  await vi.waitFor(() => expect(running.server.sessionCount).toBe(0))
})

test('a cancel from one watcher reaches all; leaving cancels nothing', async () => {
  const running = await runServer()
  const { id } = await running.add('a')
  const attempt = await claim(running)
  const [first, second, leaving] = [watch(running, 1), watch(running, 1), watch(running, 1)]
  for (const client of [first, second, leaving]) await find(client, 'connected')
  await leaving.close()
  await vi.waitFor(() => expect(running.server.sessionCount).toBe(2))
  expect(running.store.resolve('1').status).toBe('in_progress')

  first.send({ type: 'cancel' })
  await new Promise<void>((resolve) => attempt.signal.addEventListener('abort', () => resolve()))
  await attempt.settle({ kind: 'cancelled', reason: null })
  for (const client of [first, second]) {
    expect(await client.closed).toEqual({ code: 1000, reason: 'cancelled' })
    expect(client.frames.at(-1)).toEqual({ type: 'result', data: { status: 'cancelled', task_id: id } })
  }
  expect(second.frames).toEqual(first.frames)
})

test('the end of a failed task is an error', async () => {
  const running = await runServer()
  await running.add('a')
  const client = watch(running, 1)
  await find(client, 'connected')
  const attempt = await claim(running)
  await attempt.settle({
    kind: 'failed',
    error: { code: 'loop_detected', message: 'round and round', retryable: false },
  })
  expect(await client.closed).toEqual({ code: 1000, reason: 'failed' })
  expect(framesOf(client).at(-1)).toEqual({
    type: 'error',
    code: 'loop_detected',
    message: 'round and round',
    hint: null,
    data: { message: 'round and round' },
  })
})

test('a task that was retried is watched from its first event to its last end', async () => {
  const running = await runServer()
  await running.add('a')
  const error = { code: 'internal', message: 'no', retryable: false } as const
  await (await claim(running)).settle({ kind: 'failed', error })
  await running.queue.retry('1')
  const client = watch(running, 1)
  await find(client, 'connected')
  await (await claim(running)).settle({ kind: 'completed', answer: 'yes', data: null })
  expect((await client.closed).code).toBe(1000)
  expect(framesOf(client).slice(1, -1)).toEqual(await stepsOf(running, 1))
  expect(framesOf(client).filter(({ type }) => type === 'error' || type === 'result')).toEqual([
    { type: 'result', data: { output: 'yes', total_steps: 0, total_tokens: 0 } },
  ])
})

test('who still reads a task when it is removed is told so', async () => {
  const running = await runServer()
  await running.add('a')
  const attempt = await claim(running)
  await writeMuch(attempt, 50)
  await attempt.settle({ kind: 'completed', answer: 'done', data: null })
  const client = watch(running, 1)
  const { pause, resume } = await tapOf(client)
  pause()
  await vi.waitFor(async () => expect(await buffered(running)).toBeGreaterThan(10_000))
  await running.queue.remove('1')
  resume()
  expect(await client.closed).toEqual({ code: 1000, reason: 'removed' })
  expect(client.frames.at(-1)).toMatchObject({ type: 'error', code: 'not_found' })
})

test.each([
  ['9', 'not_found'],
  ['0198c0de-0000-7000-8000-00000000abcd', 'not_found'],
  ['x'.repeat(1000), 'not_found'],
  [encodeURIComponent('ä€'.repeat(100)), 'not_found'],
  ['..%2f..%2fetc', 'not_found'],
])('the unknown task %.40s is an error, and the end with 1008', async (ref, code) => {
  const running = await runServer()
  const client = watch(running, ref)
  expect((await client.closed).code).toBe(1008)
  expect(framesOf(client)).toEqual([
    expect.objectContaining({ type: 'error', code, data: { message: expect.any(String) } }),
  ])
  expect(running.server.sessionCount).toBe(0)
})

test('who has no token, or comes one too many, learns nothing about tasks', async () => {
  const running = await runServer({ maxConnections: () => 1 })
  await running.add('a')
  for (const path of ['/ws/tasks/1', '/ws/tasks/7?api_key=wrong']) {
    const client = running.knock(path)
    expect(await client.closed).toEqual({ code: 4001, reason: 'Invalid or missing api_key' })
    expect(client.frames).toEqual([
      expect.objectContaining({ type: 'error', data: { message: 'Invalid or missing api_key' } }),
    ])
  }
  await running.connect()
  expect((await watch(running, 7).closed).code).toBe(1013)
})

test('a ping gets a pong, a bad frame an error, and the watcher stays', async () => {
  const running = await runServer()
  await running.add('a')
  const client = watch(running, 1)
  await find(client, 'step')
  for (const frame of ['{', '[]', '{}', { type: 'hello' }, { type: 'subscribe' }, Buffer.from('x')]) {
    client.clear()
    client.send(frame)
    expect(await find(client, 'error')).toMatchObject({
      code: 'usage',
      data: { message: /^expected .+ found/ },
    })
  }
  client.send({ type: 'ping' })
  expect(await find(client, 'pong')).toEqual({ type: 'pong' })
  client.send(`"${'x'.repeat(1024 * 1024)}"`)
  expect((await client.closed).code).toBe(1009)
})

test('a cancel that comes too late is an error', async () => {
  const running = await runServer()
  await running.add('a')
  const client = watch(running, 1)
  await find(client, 'step')
  client.send({ type: 'cancel' })
  client.send({ type: 'cancel' })
  expect((await client.closed).reason).toBe('cancelled')
  const refusals = framesOf(client).filter(({ type }) => type === 'error')
  expect(refusals.length).toBeLessThanOrEqual(1)
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'conflict' })
})

test('a watcher that floods is told so, then cut off; the others are not', async () => {
  const running = await runServer()
  await running.add('a')
  const [flooder, other] = [watch(running, 1), watch(running, 1)]
  await find(other, 'step')
  await find(flooder, 'step')
  for (let count = 0; count < 1500; count += 1) flooder.send({ type: 'ping' })
  expect((await flooder.closed).code).toBe(1008)
  expect(framesOf(flooder)).toContainEqual(expect.objectContaining({ code: 'rate_limited' }))
  other.send({ type: 'ping' })
  await find(other, 'pong')
})

test('a watcher that says nothing is let go, whatever its library says; one that pings may stay', async () => {
  const running = await runServer({ silenceMs: 150 })
  await running.add('a')
  const [silent, chatty] = [watch(running, 1), watch(running, 1)]
  await find(silent, 'connected')
  silent.webSocket.ping()
  const timer = setInterval(() => chatty.send({ type: 'ping' }), 30)
  expect(await silent.closed).toEqual({ code: 1000, reason: 'Heartbeat timeout' })
  await find(chatty, 'pong')
  expect(chatty.webSocket.readyState).toBe(chatty.webSocket.OPEN)
  clearInterval(timer)
  expect(await chatty.closed).toEqual({ code: 1000, reason: 'Heartbeat timeout' })
  expect(running.store.resolve('1').status).toBe('pending')
})

test('a watcher that reads slowly costs little and gets every step, then the result', async () => {
  const running = await runServer()
  await running.add('a')
  const attempt = await claim(running)
  const client = watch(running, 1)
  const { pause, resume } = await tapOf(client)
  pause()
  await writeMuch(attempt, 100)
  await vi.waitFor(() => expect(running.hub.slowConsumers).toBe(1))
  const [row] = (await running.call('GET', '/api/v1/websocket/stats')).json.sessions
  expect(row).toMatchObject({ endpoint: '/ws/tasks/{task_id}', lagging: true })
  expect(row.buffered_bytes).toBeLessThan(2_000_000)
  await attempt.settle({ kind: 'completed', answer: 'done', data: null })
  resume()
  expect(await client.closed).toEqual({ code: 1000, reason: 'completed' })
  expect(framesOf(client).slice(1, -1)).toEqual(await stepsOf(running, 1))
  expect(client.frames.at(-1)).toMatchObject({ type: 'result', data: { output: 'done' } })
})

test('who has yet to read an event that is larger than what may wait of answers is answered all the same', async () => {
  const running = await runServer()
  await running.add('a')
  const attempt = await claim(running)
  const client = watch(running, 1)
  const { pause, resume } = await tapOf(client)
  await find(client, 'step')
  pause()
  const answer = 'x'.repeat(20 * 1024 * 1024)
  await attempt.settle({ kind: 'completed', answer, data: null })
  await vi.waitFor(async () => expect(await buffered(running)).toBeGreaterThan(8 * 1024 * 1024))
  client.send({ type: 'ping' })
  resume()
  expect(await client.closed).toEqual({ code: 1000, reason: 'completed' })
  expect(client.frames.filter(({ type }) => type === 'pong')).toHaveLength(1)
  expect(framesOf(client)).toContainEqual({
    type: 'result',
    data: { output: answer, total_steps: 0, total_tokens: 0 },
  })
})

test('whenever a watcher comes, it sees what every other sees', async () => {
  const running = await runServer()
  await running.add('a')
  await running.add('another')
  const attempt = await claim(running)
  const other = await claim(running)
  const random = seededRandom()
  const isOnceIn = (count: number): boolean => random.below(count) < 1
  const watchers: Client[] = []
  for (let step = 1; step <= 150; step += 1) {
    if (isOnceIn(3)) watchers.push(watch(running, 1))
    const drafts = Array.from({ length: 1 + random.below(4) }, () => ({
      type: 'thought' as const,
      step,
      data: { text: 'x'.repeat(random.below(2000)) },
    }))
    await Promise.all([attempt.record(drafts), other.record(drafts.slice(1))])
    const leaving = isOnceIn(20) ? watchers.splice(0, 1) : []
    for (const client of leaving) client.webSocket.terminate()
  }
  watchers.push(watch(running, 1))
  await attempt.settle({ kind: 'completed', answer: 'done', data: null })
  const expected = await stepsOf(running, 1)
  for (const watcher of watchers) {
    expect(await watcher.closed, `seed ${random.seed}`).toEqual({ code: 1000, reason: 'completed' })
    expect(framesOf(watcher).slice(1, -1), `seed ${random.seed}`).toEqual(expected)
  }
  expect(watchers.length).toBeGreaterThan(20)
})

/** So many batches of 200 kB. */
const writeMuch = async (attempt: RunningAttempt, batches: number): Promise<void> => {
  const text = 'x'.repeat(10_000)
  for (let count = 0; count < batches; count += 1) {
    await attempt.record(Array.from({ length: 20 }, () => ({ type: 'thought', step: 1, data: { text } })))
  }
}

/** What makes this client read no more, and go on; once it is connected. */
const tapOf = async ({ webSocket }: Client): Promise<{ pause: () => void; resume: () => void }> => {
  await once(webSocket, 'open')
  const socket = Reflect.get(webSocket, '_socket') as Socket
  return { pause: () => socket.pause(), resume: () => socket.resume() }
}

const buffered = async ({ call }: RunningServer): Promise<number> =>
  (await call('GET', '/api/v1/websocket/stats')).json.sessions[0].buffered_bytes

/** What all of a task's events are as steps. */
const stepsOf = async ({ call }: RunningServer, ref: number): Promise<TaskFrame[]> => {
  const { text } = await call('GET', `/api/v1/tasks/${ref}/events`, {
    headers: { accept: 'application/x-ndjson' },
  })
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ type, step, data, ts }) => ({
      type: 'step',
      data: { event_type: type, step, data, timestamp: ts },
    }))
}
