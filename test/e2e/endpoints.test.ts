import { readdirSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { api } from '../../src/protocol/api.ts'
import { taskFrameSchema } from '../../src/protocol/task-frames.ts'
import type { Task } from '../../src/protocol/task.ts'
import { curl } from '../support/curl.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

/** A frame as somebody else's client has it. */
type Frame = Readonly<Record<string, unknown>> & { readonly type: string }

/** Somebody else's client, on any path, with the token in the query. */
const dial = (sparky: Sparky, where: string, token: string | null = sparky.token()) => {
  const url = sparky.daemon()?.url.replace('http', 'ws')
  const webSocket = new WebSocket(`${url}${where}${token === null ? '' : `?api_key=${token}`}`)
  const frames: Frame[] = []
  webSocket.on('message', (text: Buffer) => frames.push(JSON.parse(text.toString()) as Frame))
  webSocket.on('error', () => {})
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    webSocket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  return {
    frames,
    closed,
    send: (frame: object | string) =>
      webSocket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    /** The first frame of this type from here on, when it is there. */
    next: (type: string, from = 0) =>
      vi.waitFor(
        () => {
          const found = frames.slice(from).find((frame) => frame.type === type)
          if (found === undefined) throw new Error(`expected ${type}, found ${JSON.stringify(frames)}`)
          return found
        },
        { timeout: 10_000, interval: 5 },
      ),
    close: () => webSocket.close(),
  }
}

let sparky: Sparky

// One daemon for all of these; the last ones end it.
beforeAll(async () => {
  const ends: (() => Promise<void>)[] = []
  sparky = newSparky({}, { onTestFinished: (end) => void ends.push(end) })
  await sparky.start()
  return () => Promise.all(ends.map((end) => end()))
})

test('a task is watched live and afterwards, each watcher seeing the same, and closed with 1000', async () => {
  const task = await sparky.add('Run the command: echo one; sleep 0.3; echo two')
  const [one, two] = [dial(sparky, `/ws/tasks/${task.id}`), dial(sparky, `/ws/tasks/${task.number}`)]
  expect(await one.next('connected')).toEqual({ type: 'connected', task_id: task.id })
  one.send({ type: 'ping' })
  await one.next('pong')
  expect(await one.closed).toMatchObject({ code: 1000 })
  expect(await two.closed).toMatchObject({ code: 1000 })
  const late = dial(sparky, `/ws/tasks/${task.id}`)
  expect(await late.closed).toMatchObject({ code: 1000 })
  expect(late.frames).toEqual(two.frames)
  expect(one.frames.filter(({ type }) => type !== 'pong')).toEqual(two.frames)

  for (const frame of late.frames) expect(taskFrameSchema.parse(frame)).toEqual(frame)
  const events = await sparky.events(task.number)
  expect(late.frames.slice(1, -1)).toEqual(
    events.map(({ type, step, data, ts }) => ({
      type: 'step',
      data: { event_type: type, step, data, timestamp: ts },
    })),
  )
  const done = await sparky.json<Task>(['agent', 'tasks', 'show', String(task.number)])
  expect(late.frames.at(-1)).toEqual({
    type: 'result',
    data: {
      output: done.response_payload?.answer,
      total_steps: done.progress.step,
      total_tokens: done.usage.total_tokens,
    },
  })
})

test('a cancel from one watcher ends the task for all of them', async () => {
  const task = await sparky.add('Run the command: echo begun; sleep 20')
  const [one, two] = [dial(sparky, `/ws/tasks/${task.id}`), dial(sparky, `/ws/tasks/${task.id}`)]
  const leaving = dial(sparky, `/ws/tasks/${task.id}`)
  for (const watcher of [one, two, leaving]) {
    await vi.waitFor(() => expect(JSON.stringify(watcher.frames)).toContain('"tool_use"'), {
      timeout: 10_000,
    })
  }
  leaving.close()
  await leaving.closed
  one.send({ type: 'cancel' })
  for (const watcher of [one, two]) {
    expect(await watcher.closed).toMatchObject({ code: 1000 })
    expect(watcher.frames.at(-1)).toEqual({
      type: 'result',
      data: { status: 'cancelled', task_id: task.id },
    })
  }
  expect(leaving.frames.map(({ type }) => type)).not.toContain('result')
})

test('the older chat endpoints and the unified one say the same, and who may not come in learns why', async () => {
  const unified = dial(sparky, '/api/ws/agent')
  const guide = dial(sparky, '/api/ws/guide')
  const liaison = dial(sparky, '/api/ws/liaison/insights')
  expect(await unified.next('connected')).not.toHaveProperty('deprecated')
  for (const old of [guide, liaison]) expect(await old.next('connected')).toMatchObject({ deprecated: true })
  const message = 'List all files in the current directory'
  unified.send({ agent_type: 'liaison', pillar: 'insights', message, conversation_id: 'c' })
  liaison.send({ message, conversation_id: 'c', metadata: { file_id: 1 }, session_token: 'x' })
  const [one, other] = [await unified.next('message'), await liaison.next('message')]
  expect(other).toEqual({ ...one, task_id: expect.any(String) })
  expect(other['task_id']).not.toBe(one['task_id'])
  expect(one).toMatchObject({ agent_type: 'liaison', pillar: 'insights', conversation_id: 'c' })
  const from = unified.frames.length
  unified.send({ agent_type: 'oracle', message: 'hi' })
  expect(await unified.next('error', from)).toMatchObject({ message: 'Unknown agent_type: oracle' })

  for (const where of ['/api/ws/agent', '/api/ws/guide', '/api/ws/liaison/content', '/ws/tasks/1']) {
    for (const token of [null, 'wrong']) {
      const stranger = dial(sparky, where, token)
      expect(await stranger.closed).toEqual({ code: 4001, reason: 'Invalid or missing api_key' })
      expect(stranger.frames).toEqual([
        expect.objectContaining({ type: 'error', message: 'Invalid or missing api_key' }),
      ])
    }
  }
  const nobody = dial(sparky, '/ws/tasks/0198c0de-0000-7000-8000-00000000abcd')
  expect((await nobody.closed).code).toBe(1008)
  expect(nobody.frames).toEqual([expect.objectContaining({ type: 'error', code: 'not_found' })])
  guide.send('x'.repeat(1_100_000))
  expect((await guide.closed).code).toBe(1009)
  unified.close()
  liaison.close()
  await Promise.all([unified.closed, liaison.closed])
})

test('what the command line lists, and the configuration, are there over HTTP too', async () => {
  const get = async (where: string) => JSON.parse((await curl(sparky, 'GET', where)).text)
  expect((await get('/api/v1/tools')).tools).toEqual(await sparky.json(['tools', 'list']))
  const models = api.listModels.result.strict().parse(await get('/api/v1/models'))
  expect(models.models).toEqual(await sparky.json(['models', 'list']))
  expect(models.problems.map(({ provider }) => provider)).toEqual(['google', 'anthropic', 'openai', 'ollama'])
  expect(await get('/api/v1/approvals')).toEqual({ approvals: [] })
  const decision = await curl(sparky, 'POST', '/api/v1/approvals/a1', { body: { decision: 'approve' } })
  expect(decision.status).toBe(404)
  const nonsense = await curl(sparky, 'POST', '/api/v1/approvals/a1', { body: { decision: 'maybe' } })
  expect(nonsense.status).toBe(400)

  const set = (key: string, value: unknown) =>
    curl(sparky, 'PATCH', `/api/v1/config/${key}`, { body: { value } })
  const secret = 'tvly-a-key-that-nobody-may-read'
  expect(JSON.parse((await set('providers.tavily.api_key', secret)).text)).toEqual({
    key: 'providers.tavily.api_key',
    value: '••••read',
  })
  expect((await set('concurrency', 5)).status).toBe(200)
  expect(await get('/api/v1/status')).toMatchObject({ concurrency: 5 })
  expect((await get('/api/v1/config')).config).toEqual(await sparky.json(['config', 'list']))
  expect(await get('/api/v1/config/concurrency')).toEqual({ key: 'concurrency', value: 5 })
  expect((await set('providers.tavily.api_key', '••••read')).status).toBe(400)
  expect((await set('providers', { tavily: { api_key: '••••read' } })).status).toBe(400)
  expect((await set('concurrency', 'many')).status).toBe(400)
  expect((await set('nonsense', 1)).status).toBe(400)
  expect((await set('concurrency', undefined)).status).toBe(400)
  expect((await set('concurrency', null)).status).toBe(400)
  // On the command line these may be meant as text; in JSON they are what they are.
  for (const value of [null, true, 123]) expect((await set('model', value)).status).toBe(400)
  expect((await curl(sparky, 'DELETE', '/api/v1/config/concurrency')).text).toContain('null')
  expect((await curl(sparky, 'GET', '/api/v1/config/concurrency')).status).toBe(404)
  expect(await get('/api/v1/status')).toMatchObject({ concurrency: 2 })
  expect(sparky.log()).not.toContain(secret)
})

test('server.max_connections counts at once, over all endpoints, and 1013 is what is beyond', async () => {
  await sparky.json(['config', 'set', 'server.max_connections', '2'])
  const limit = async () => JSON.parse((await curl(sparky, 'GET', '/api/v1/websocket/stats')).text)
  await vi.waitFor(async () =>
    expect(await limit()).toMatchObject({ max_connections: 2, total_connections: 0 }),
  )
  const [one, two] = [dial(sparky, '/api/ws/agent'), dial(sparky, '/api/ws/guide')]
  await Promise.all([one.next('connected'), two.next('connected')])
  for (const where of ['/ws/tasks/1', '/api/ws/agent']) {
    expect(await dial(sparky, where).closed).toEqual({ code: 1013, reason: 'Too many connections' })
  }
  expect(
    (await curl(sparky, 'PATCH', '/api/v1/config/server.max_connections', { body: { value: 3 } })).status,
  ).toBe(200)
  const third = dial(sparky, '/api/ws/agent')
  await third.next('connected')
  const metrics = await curl(sparky, 'GET', '/metrics')
  expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(metrics.text).toContain('\nsparky_websocket_connections{endpoint="/api/ws/agent"} 2\n')
  expect(metrics.text).toContain('\nsparky_websocket_connections_limit 3\n')
  expect(metrics.text).toMatch(
    /\nsparky_deprecated_endpoint_connections_total\{endpoint="\/api\/ws\/guide"\} [23]\n/,
  )
  for (const client of [one, two, third]) client.close()
  expect((await curl(sparky, 'DELETE', '/api/v1/config/server.max_connections')).status).toBe(200)
  expect(await limit()).toMatchObject({ max_connections: 1000 })
})

test('events that cannot be read end a subscription with 1011, a stop of the daemon all with 1001', async () => {
  const store = path.join(sparky.home, 'store')
  const segment = readdirSync(store, { recursive: true, encoding: 'utf8' }).find((name) =>
    /\.jsonl?$/.test(name),
  )
  const stays = [dial(sparky, '/api/ws/agent'), dial(sparky, '/api/ws/liaison/content')]
  for (const client of stays) await client.next('connected')
  truncateSync(path.join(store, segment ?? ''), 100)
  const [reader, watcher] = [dial(sparky, '/api/ws/agent'), dial(sparky, '/ws/tasks/1')]
  await reader.next('connected')
  reader.send({ type: 'subscribe', after: 0 })
  for (const client of [reader, watcher]) {
    expect(await client.closed).toEqual({ code: 1011, reason: 'events cannot be read' })
    expect(client.frames.at(-1)).toMatchObject({ type: 'error', code: expect.any(String) })
  }
  expect(sparky.log()).toContain('Events cannot be read')
  await sparky.run(['agent', 'stop', '--now'])
  for (const client of stays) expect(await client.closed).toMatchObject({ code: 1001 })
})
