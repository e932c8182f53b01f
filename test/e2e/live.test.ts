import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { connect, type WsClient, type WsOptions } from '../support/ws-client.ts'

const started = async (): Promise<Sparky> => {
  const sparky = newSparky()
  await sparky.start()
  return sparky
}

const seqsOf = (events: readonly Event[]): number[] => events.map(({ seq }) => seq)
const countTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

/** Everything that the store has, as HTTP tells it. */
const storedEvents = async (sparky: Sparky): Promise<Event[]> => {
  const response = await fetch(`${sparky.daemon()?.url}/api/v1/events?after=0`, {
    headers: { authorization: `Bearer ${sparky.token()}`, accept: 'application/x-ndjson' },
  })
  return (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}

test('a subscriber from 0 gets all that happened in order, is told that it has caught up, and goes on live', async () => {
  const sparky = await started()
  await sparky.json(['run', 'List files'])
  const reader = await connect(sparky)
  const connected = await reader.frame('connected')
  expect(connected).toMatchObject({ user_id: 'user', protocol: 1, seq: expect.any(Number) })
  reader.send({ type: 'hello', user_id: 'Ann', client: 'somebody/1.0' })
  await reader.until(() => expect(reader.frames).toHaveLength(2))
  expect(reader.frames[1]).toMatchObject({ type: 'connected', user_id: 'Ann', store_id: connected.store_id })
  reader.send({ type: 'subscribe', id: 'mine', tasks: 'all', after: 0, deltas: true })
  const caughtUp = await reader.frame('caught_up')
  expect(await reader.frame('subscribed')).toMatchObject({ id: 'mine', after: 0, seq: caughtUp.seq })
  expect(caughtUp).toMatchObject({ id: 'mine', seq: connected.seq })
  expect(seqsOf(reader.events)).toEqual(countTo(connected.seq))

  const task = await sparky.json<Task>(['run', 'Run the command: echo one; echo two'])
  await reader.until(() => expect(reader.events.at(-1)?.seq).toBe(task.last_seq))
  expect(reader.events).toEqual(await storedEvents(sparky))
  const output = reader.deltas.filter(({ type }) => type === 'tool_output')
  expect(output.map(({ data }) => data.text).join('')).toBe('one\ntwo\n')
  const answer = reader.deltas.filter(({ type }) => type === 'message_delta').map(({ data }) => data.text)
  expect(answer.join('')).toBe(task.response_payload?.answer)
  const places = reader.frames.map((frame) => frame.type)
  expect(places.indexOf('tool_output')).toBeLessThan(places.lastIndexOf('tool_result'))
})

test('one task, or some types, is what comes where that is asked for', async () => {
  const sparky = await started()
  await sparky.json(['run', 'List files'])
  await sparky.json(['run', 'List files'])
  const one = await connect(sparky)
  one.send({ type: 'subscribe', tasks: ['2'], after: 0, hide: ['usage', 'progress'] })
  await one.frame('caught_up')
  const expected = await sparky.events(2)
  expect(one.events).toEqual(expected.filter(({ type }) => type !== 'usage' && type !== 'progress'))
  const some = await connect(sparky)
  some.send({ type: 'subscribe', types: ['tool_use'], after: 0 })
  await some.frame('caught_up')
  expect(some.events.map(({ type }) => type)).toEqual(['tool_use', 'tool_use'])
})

test('from its cursor a reader misses nothing and gets nothing twice, over a restart and a kill -9', async () => {
  const sparky = await started()
  const seen: Event[] = []
  const stores = new Set<string>()
  const read = async (until: (reader: WsClient) => void): Promise<WsClient> => {
    const reader = await connect(sparky)
    stores.add((await reader.frame('connected')).store_id)
    reader.send({ type: 'subscribe', tasks: 'all', after: seen.at(-1)?.seq ?? 0, deltas: true })
    await reader.until(() => until(reader))
    return reader
  }
  const isRunning = (text: string) => (reader: WsClient) =>
    expect(reader.deltas.map(({ data }) => data.text).join('')).toContain(text)

  // Again and again: what a command says is not said again to who comes later.
  const untilKilled = (word: string) => `Run the command: while echo ${word}; do sleep 0.1; done`
  await sparky.add(untilKilled('begun-one'))
  const first = await read(isRunning('begun-one'))
  await sparky.json(['agent', 'stop', '--now'])
  expect(await first.closed).toMatchObject({ code: 1001 })
  await sparky.start()
  seen.push(...first.events)

  const { pid = 0 } = sparky.daemon() ?? {}
  await sparky.add(untilKilled('begun-two'))
  const second = await read(isRunning('begun-two'))
  process.kill(pid, 'SIGKILL')
  expect(await second.closed).toMatchObject({ code: 1006 })
  seen.push(...second.events)

  await sparky.start()
  await sparky.json(['run', 'List files'])
  const third = await read(() => {})
  await sparky.run(['agent', 'tasks', 'wait', '1', '2', '3'])
  const stored = await storedEvents(sparky)
  await third.until(() => expect(third.events.at(-1)?.seq).toBe(stored.at(-1)?.seq))
  seen.push(...third.events)

  expect(stores.size).toBe(1)
  expect(seqsOf(seen)).toEqual(countTo(seen.length))
  expect(seen).toEqual(stored)
  const callsOf = (type: string) =>
    seen.flatMap((event) => (event.type === type && 'call_id' in event.data ? [event.data.call_id] : []))
  expect(new Set(callsOf('tool_result'))).toEqual(new Set(callsOf('tool_use')))
  expect(callsOf('tool_result')).toHaveLength(callsOf('tool_use').length)
}, 40_000)

describe('a session', () => {
  let sparky: Sparky

  // One daemon for all of these: none of them minds what the others have done.
  beforeAll(async () => {
    const ends: (() => Promise<void>)[] = []
    sparky = newSparky({}, { onTestFinished: (end) => void ends.push(end) })
    await sparky.start()
    return () => Promise.all(ends.map((end) => end()))
  })

  test('cancels a task by its number, and answers a ping', async () => {
    const reader = await connect(sparky)
    reader.send({ type: 'subscribe', tasks: 'all', deltas: true })
    await reader.frame('caught_up')
    await sparky.add('Run the command: echo begun; sleep 20')
    await reader.until(() => expect(reader.deltas.map(({ type }) => type)).toContain('tool_output'))
    reader.send({ type: 'ping' })
    await reader.frame('pong')
    reader.send({ type: 'cancel', task_id: '1' })
    await reader.until(() => expect(reader.events.at(-1)?.data).toMatchObject({ status: 'cancelled' }))
    expect(reader.events.findLast(({ type }) => type === 'tool_result')?.data).toMatchObject({
      status: 'interrupted',
    })
  })

  test('is told what is wrong with a frame, and stays', async () => {
    const reader = await connect(sparky)
    await reader.frame('connected')
    for (const frame of [
      'no json',
      '[]',
      '{"type":"fly"}',
      '{"type":"subscribe","after":-1}',
      '{"type":"subscribe","after":99}',
      '{"type":"subscribe","tasks":["77"]}',
      '{"type":"subscribe","types":["nonsense"]}',
      '{"type":"cancel","task_id":"77"}',
      '{"type":"cancel"}',
    ]) {
      const before = reader.frames.length
      reader.send(frame)
      await reader.until(() => expect(reader.frames, frame).toHaveLength(before + 1))
      const error = reader.frames.at(-1)
      expect(error, frame).toMatchObject({ type: 'error', code: expect.stringMatching(/usage|not_found/) })
      expect(error, frame).toMatchObject({ message: expect.stringMatching(/expected .+ found|^no task/) })
    }
    reader.send({ type: 'ping' })
    await reader.frame('pong')
    reader.send(`"${'x'.repeat(1_100_000)}"`)
    expect(await reader.closed).toMatchObject({ code: 1009 })
  })

  test.each<[string, WsOptions]>([
    ['no', { token: null }],
    ['a wrong', { token: 'wrong' }],
    ['an empty', { token: '' }],
  ])('with %s token is told so and closed with 4001', async (_, options) => {
    const reader = await connect(sparky, options)
    expect(await reader.closed).toEqual({ code: 4001, reason: 'Invalid or missing api_key' })
    expect(reader.frames).toEqual([
      expect.objectContaining({ type: 'error', message: 'Invalid or missing api_key' }),
    ])
  })

  test('gets in with its token in the query, but not from a foreign page or by a foreign name', async () => {
    const { port } = new URL(sparky.daemon()?.url ?? '')
    for (const name of ['api_key', 'session_token', 'token']) {
      const reader = await connect(sparky, { token: null, query: `${name}=${sparky.token()}` })
      await reader.frame('connected')
    }
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: `http://localhost:${Number(port) + 1}` },
      { origin: `http://127.0.0.1:${port}` },
      { origin: 'null' },
      { host: `evil.example:${port}` },
      { host: '127.0.0.1:1' },
      { host: `127.0.0.1.evil.example:${port}` },
    ]) {
      await expect(connect(sparky, { headers }), JSON.stringify(headers)).rejects.toMatchObject({
        status: 403,
      })
      await expect(connect(sparky, { token: 'wrong', headers })).rejects.toMatchObject({ status: 403 })
    }
    await connect(sparky, { headers: { host: `localhost:${port}` } })
  })
})

test('every session of user agent gets every task unasked, and the log says what the seeds look for', async () => {
  const sparky = await started()
  await sparky.json(['run', 'List files'])
  expect(sparky.log()).toContain('No active connection for user agent')
  expect(sparky.log()).not.toContain('WebSocket forwarder created for task')
  const readers = await Promise.all([connect(sparky), connect(sparky), connect(sparky)])
  const [one, two, other] = readers as [WsClient, WsClient, WsClient]
  for (const reader of [one, two]) reader.send({ type: 'hello', user_id: 'agent' })
  other.send({ type: 'hello', user_id: 'Agent' })
  await Promise.all(readers.map((reader) => reader.until(() => expect(reader.frames).toHaveLength(2))))
  const task = await sparky.json<Task>(['run', 'Run the command: echo hello'])
  const expected = await sparky.events(2)
  for (const reader of [one, two]) {
    await reader.until(() => expect(reader.events.at(-1)?.seq).toBe(task.last_seq))
    expect(reader.events).toEqual(expected)
    expect(reader.deltas.map(({ type }) => type)).toContain('tool_output')
  }
  expect(other.frames).toHaveLength(2)
  await vi.waitFor(() => expect(sparky.log()).toContain('WebSocket forwarder created for task'), {
    timeout: 5_000,
  })
  const connected = sparky
    .log()
    .split('\n')
    .filter((line) => line.includes('WebSocket connected'))
  expect(
    connected.filter((line) => /"user":"agent"/.test(line) && /"session":"[^"]+"/.test(line)),
  ).toHaveLength(2)
  expect(sparky.log()).toContain('Agent loop started in background')
})
