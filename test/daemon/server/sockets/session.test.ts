import { expect, test } from 'vitest'
import { runServer, token } from '../running-server.ts'

test('a client is greeted, says hello, and is greeted as that user', async () => {
  const { connect, store, add, logged } = await runServer()
  await add('a')
  const client = await connect()
  expect(client.frames[0]).toEqual({
    type: 'connected',
    session_id: expect.any(String),
    user_id: 'user',
    protocol: 1,
    version: '1.2.3',
    store_id: store.storeId,
    seq: 1,
  })
  const again = await client.ask({ type: 'hello', user_id: 'Agent', client: 'test/1' }, 'connected')
  expect(again.user_id).toBe('Agent')
  expect((await logged('WebSocket connected')).fields).toMatchObject({
    user: 'user',
    session: again.session_id,
  })
})

test('a session is resumed with its id and its user', async () => {
  const { connect } = await runServer()
  const first = await connect()
  const { session_id } = await first.ask({ type: 'hello', user_id: 'ann' }, 'connected')
  await first.close()
  const second = await connect()
  const resumed = await second.ask({ type: 'hello', session_id }, 'connected')
  expect(resumed).toMatchObject({ session_id, user_id: 'ann' })
})

test('the token may stand in the query', async () => {
  const { connect } = await runServer()
  for (const name of ['api_key', 'session_token', 'token']) {
    const client = await connect({ query: `?${name}=${token}`, headers: {} })
    expect(client.frames).toHaveLength(1)
  }
})

test('a ping gets a pong', async () => {
  const { connect } = await runServer()
  const client = await connect()
  expect(await client.ask({ type: 'ping' }, 'pong')).toEqual({ type: 'pong' })
})

test('a task is cancelled by the session’s user; an unknown one is an error', async () => {
  const { connect, add, store } = await runServer()
  await add('a')
  const client = await connect()
  await client.ask({ type: 'subscribe', tasks: 'all' }, 'caught_up')
  client.send({ type: 'cancel', task_id: 1 })
  await client.find((frame) => frame.type === 'status' && frame.data.status === 'cancelled')
  expect(store.resolve('1').status).toBe('cancelled')
  expect(await client.ask({ type: 'cancel', task_id: '7' }, 'error')).toMatchObject({ code: 'not_found' })
  expect(await client.ask({ type: 'cancel', task_id: 1 }, 'error')).toMatchObject({ code: 'conflict' })
})

test.each([
  ['{', /^expected the frame to be JSON, found: /],
  ['[]', 'expected the frame to be an object, found a list'],
  ['3', 'expected the frame to be an object, found 3'],
  ['{}', /^expected type to be one of hello, subscribe, .*ping, found nothing$/],
  ['{"type":"shout"}', /^expected type to be one of hello, .*, found "shout"$/],
  ['{"type":"hello","user_id":7}', 'expected user_id to be text, found 7'],
  ['{"type":"hello","user_id":""}', 'expected user_id to be text that is not empty, found ""'],
  ['{"type":"subscribe","after":-1}', 'expected after to be a number of at least 0, found -1'],
  ['{"type":"subscribe","after":"0"}', 'expected after to be a whole number, found "0"'],
  ['{"type":"subscribe","after":1}', /^expected after to be at most 0, the newest event/],
  ['{"type":"subscribe","tasks":"some"}', /^expected tasks to be "all" or a list, found "some"$/],
  ['{"type":"subscribe","types":["x"]}', /^expected types\[0\] to be one of task_added, .*, found "x"$/],
  ['{"type":"subscribe","tasks":["9"]}', /9/],
  [`{"type":"subscribe","tasks":["${'9'.repeat(1000)}"]}`, /^no task "9{80}…"$/],
  [
    `{"type":"subscribe","types":[${'"x",'.repeat(200_000)}"x"]}`,
    'expected types to be a list of at most 10000, found 200001',
  ],
  [`{"type":"subscribe","id":"${'i'.repeat(201)}"}`, /^expected id to be text of at most 200 characters/],
  ['{"type":"cancel"}', 'expected task_id to be text or a whole number, found nothing'],
  ['{"message":"hi","agent_type":"oracle"}', 'Unknown agent_type: oracle'],
  ['{"type":"message","message":"hi","agent_type":"liaison"}', 'pillar is required for liaison agent'],
  ['{"message":" "}', 'expected a message with text in it, found only white space'],
  ['{"type":"approve","approval_id":"a1"}', 'no approval "a1" waits for an answer'],
  ['{"type":"deny","approval_id":"a1","reason":"r"}', 'no approval "a1" waits for an answer'],
  ['{"type":"ping","__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}', null],
  [
    `{"type":"message","message":"x","metadata":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    /nested at most 100 deep/,
  ],
])('the frame %.70s is answered, and the connection stays', async (text, expected) => {
  const { connect } = await runServer()
  const client = await connect()
  if (expected !== null) {
    const { message, hint } = await client.ask(text, 'error')
    if (typeof expected === 'string') expect(message).toBe(expected)
    else expect(message).toMatch(expected)
    expect(hint === null || hint.length > 0).toBe(true)
  }
  await client.ask({ type: 'ping' }, 'pong')
  expect(Reflect.get({}, 'x')).toBeUndefined()
})

test('a binary frame is an error, one above 1 MiB is the end', async () => {
  const { connect } = await runServer()
  const client = await connect()
  expect((await client.ask(Buffer.from('{"type":"ping"}'), 'error')).message).toContain('found a binary one')
  client.send(`{"type":"ping","x":"${'x'.repeat(1024 * 1024)}"}`)
  expect((await client.closed).code).toBe(1009)
})

test('who floods is told so, then cut off; others are not', async () => {
  const { connect } = await runServer()
  const [client, other] = [await connect(), await connect()]
  for (let count = 0; count < 1500; count += 1) client.send(count % 2 === 0 ? '{' : { type: 'ping' })
  expect(
    await client.find((frame) => frame.type === 'error' && 'code' in frame && frame.code === 'rate_limited'),
  ).toBeDefined()
  expect(await client.closed).toEqual({ code: 1008, reason: 'too many frames' })
  await other.ask({ type: 'ping' }, 'pong')
})

test('a session of the user agent sees every task from the start, deltas included', async () => {
  const running = await runServer()
  const { connect, add, hub } = running
  await add('before')
  const client = await connect()
  await client.ask({ type: 'hello', user_id: 'agent' }, 'connected')
  const task = await add('after')
  const delta = { text: 'h', offset: 0 }
  hub.publishDelta({
    v: 1,
    ts: '',
    task_id: task.id,
    attempt: 1,
    step: 1,
    type: 'thought_delta',
    data: delta,
  })
  await client.find((frame) => frame.type === 'thought_delta')
  expect(client.frames.map(({ type }) => type)).toEqual(['connected', 'task_added', 'thought_delta'])
  await client.ask({ type: 'hello', user_id: 'agent2' }, 'connected')
  await add('unseen')
  await client.ask({ type: 'ping' }, 'pong')
  expect(client.events).toEqual([])
})
