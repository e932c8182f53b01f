import { beforeAll, expect, test } from 'vitest'
import type { SessionStatistics } from '../../src/protocol/session-statistics.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { answersOf, type OpenApi } from '../support/openapi-answers.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { requireCurl, runCurl, type Answer, type CurlOptions } from './curl/curl.ts'
import { eventually } from './eventually.ts'
import { expectAll } from './shipped-schema.ts'

beforeAll(requireCurl)

const started = async (): Promise<Sparky> => {
  const sparky = newSparky()
  await sparky.json(['agent', 'start'])
  return sparky
}

const lines = ({ text }: Answer): Event[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event)

const errorOf = ({ text }: Answer): unknown => (JSON.parse(text) as { error: unknown }).error
const ndjson = ['Accept: application/x-ndjson']

test('whoever asks without the token learns whether the daemon is there, and nothing else', async () => {
  const sparky = await started()
  const health = await runCurl(sparky, 'GET', '/health', { token: null })
  expect(health).toMatchObject({ status: 200, exitCode: 0 })
  expect(JSON.parse(health.text)).toEqual({
    status: 'ok',
    version: health.headers['sparky-version'],
    uptime_s: expect.any(Number),
  })
  const basic = ['Authorization: Basic c3Bhcmt5OnNwYXJreQ==']
  for (const options of [{ token: null }, { token: 'wrong' }, { token: null, headers: basic }]) {
    for (const target of [
      '/api/v1/status',
      '/openapi.json',
      '/metrics',
      '/api/v1/events?token=x',
      '/nothing',
    ]) {
      const answer = await runCurl(sparky, 'GET', target, options)
      expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
      expect(errorOf(answer)).toMatchObject({
        code: 'unauthorized',
        hint: 'the token is in $SPARKY_HOME/token',
      })
    }
  }
  // Only a WebSocket may have it in its query: a query ends up in logs.
  const inQuery = await runCurl(sparky, 'GET', `/api/v1/status?token=${sparky.token()}`, { token: null })
  expect(inQuery.status).toBe(401)

  const refused: readonly (readonly [CurlOptions, number, string])[] = [
    [{ headers: ['Host: evil.example'] }, 403, 'forbidden'],
    [{ headers: ['Host: localhost:1'] }, 403, 'forbidden'],
    [{ headers: ['Host: a b'] }, 400, 'usage'],
    [{ headers: ['Host;'] }, 400, 'usage'],
    [{ headers: ['Origin: http://localhost:3000'] }, 403, 'forbidden'],
    [{ headers: ['Origin: null'] }, 403, 'forbidden'],
    [{ headers: ['Origin: http://a.example', 'Origin: http://b.example'] }, 400, 'usage'],
  ]
  for (const [options, status, code] of refused) {
    for (const target of ['/health', '/api/v1/status']) {
      const answer = await runCurl(sparky, 'GET', target, options)
      expect([options, answer.status, errorOf(answer)]).toMatchObject([options, status, { code }])
    }
  }
  await sparky.run(['config', 'set', 'server.origins', '["https://app.example"]'])
  const listed = { headers: ['Origin: https://app.example'] }
  await eventually(async () =>
    expect(await runCurl(sparky, 'GET', '/api/v1/status', listed)).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': 'https://app.example', vary: 'origin' },
    }),
  )
})

test('a task is added, changed, paused, run, tried again, explained and removed', async () => {
  const sparky = await started()
  await runCurl(sparky, 'POST', '/api/v1/agent/pause')
  const id = '0198c0de-0000-7000-8000-00000000abcd'
  const body = { id, prompt: 'List files', labels: { from: 'curl' }, cwd: sparky.work }
  const added = await runCurl(sparky, 'POST', '/api/v1/tasks', { body })
  const again = await runCurl(sparky, 'POST', '/api/v1/tasks', { body })
  expect([added.status, again.status, again.text]).toEqual([201, 201, added.text])
  expectAll('task.json', [JSON.parse(added.text)])
  const ask = async (method: string, target: string, sent?: unknown): Promise<[number, Task]> => {
    const answer = await runCurl(sparky, method, `/api/v1/tasks/${target}`, { body: sent })
    return [answer.status, JSON.parse(answer.text) as Task]
  }
  expect(await ask('PATCH', id, { priority: 5 })).toMatchObject([200, { number: 1, priority: 5 }])
  expect(await ask('POST', '1/pause')).toMatchObject([200, { status: 'paused' }])
  expect(await ask('POST', '1/resume')).toMatchObject([200, { status: 'pending' }])
  expect(await ask('GET', '1/why')).toMatchObject([
    200,
    { running: false, reasons: [{ code: expect.any(String) }] },
  ])
  await runCurl(sparky, 'POST', '/api/v1/agent/resume')
  // The stream of a task ends by itself after its final status.
  const followed = await runCurl(
    sparky,
    'GET',
    `/api/v1/tasks/${id.slice(0, 8)}/events?follow=true&deltas=true`,
  )
  expect(followed).toMatchObject({ exitCode: 0, headers: { 'content-type': 'application/x-ndjson' } })
  expect(lines(followed).at(-1)).toMatchObject({ type: 'status', data: { status: 'completed' } })
  expectAll('stream-line.json', lines(followed))
  const call = lines(followed).find(({ type }) => type === 'tool_result') as { data: { call_id: string } }
  expect(await ask('GET', `1/results/${call.data.call_id}`)).toMatchObject([
    200,
    { result: '(. is empty)', bytes: 12, truncated: false },
  ])
  expect(await ask('POST', '1/cancel')).toMatchObject([409, { error: { code: 'conflict' } }])
  expect(await ask('POST', '1/retry')).toMatchObject([200, { status: 'pending', attempt: 2 }])
  await runCurl(sparky, 'GET', '/api/v1/tasks/1/events?follow=true')
  expect(await ask('DELETE', '1')).toMatchObject([200, { id, status: 'completed' }])
  expect(await ask('GET', '1')).toMatchObject([404, { error: { code: 'not_found' } }])
  const cancelled = await runCurl(sparky, 'POST', '/api/v1/tasks', {
    body: { prompt: 'List files', at: '1h' },
  })
  expect(cancelled.status).toBe(201)
  expect(await ask('POST', '2/cancel', { reason: 'enough' })).toMatchObject([200, { status: 'cancelled' }])
  const cleared = await runCurl(sparky, 'POST', '/api/v1/tasks/clear', { body: { status: 'cancelled' } })
  expect(JSON.parse(cleared.text)).toEqual({ removed: 1 })
})

test('tasks and events come page by page, and events as lines: the same ones', async () => {
  const sparky = await started()
  for (const number of [1, 2, 3, 4, 5]) {
    await sparky.json(['run', 'List files', '--label', `odd=${number % 2}`])
  }
  const found: number[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { text } = await runCurl(sparky, 'GET', `/api/v1/tasks?limit=2${cursor && `&cursor=${cursor}`}`)
    const page = JSON.parse(text) as { tasks: Task[]; next_cursor: string | null }
    found.push(...page.tasks.map(({ number }) => number))
    cursor = page.next_cursor
  }
  expect(found).toEqual([5, 4, 3, 2, 1])
  const odd = await runCurl(sparky, 'GET', '/api/v1/tasks?label=odd=1&status=completed,failed')
  expect((JSON.parse(odd.text) as { tasks: Task[] }).tasks.map(({ number }) => number)).toEqual([5, 3, 1])

  const all = lines(await runCurl(sparky, 'GET', '/api/v1/events', { headers: ndjson }))
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
  const paged: Event[] = []
  for (let after: number | null = 0; after !== null;) {
    const { text } = await runCurl(sparky, 'GET', `/api/v1/events?after=${after}&limit=7`)
    const page = JSON.parse(text) as { events: Event[]; next_after: number | null }
    expect(page.events.length).toBeLessThanOrEqual(7)
    paged.push(...page.events)
    after = page.next_after
  }
  expect(paged).toEqual(all)
  const some = await runCurl(
    sparky,
    'GET',
    '/api/v1/events?after=9&types=tool_use,status&hide=status&tasks=2,3',
  )
  const { events } = JSON.parse(some.text) as { events: Event[] }
  expect(events).toEqual(
    all.filter(
      ({ seq, type, task_id }) =>
        seq > 9 && type === 'tool_use' && task_id !== null && [2, 3].includes(numberOf(all, task_id)),
    ),
  )
  expect(events).toHaveLength(2)
  const beyond = await runCurl(sparky, 'GET', '/api/v1/events?after=9999')
  expect(JSON.parse(beyond.text)).toEqual({ events: [], next_after: null })
  const waiting = await runCurl(sparky, 'GET', '/api/v1/events?after=9999&follow=true')
  expect([waiting.status, errorOf(waiting)]).toMatchObject([400, { code: 'usage' }])
})

test('a stream that the daemon cuts at its stop is not taken for one that has ended', async () => {
  const sparky = await started()
  await sparky.json(['run', 'List files'])
  const stats = async () =>
    JSON.parse((await runCurl(sparky, 'GET', '/api/v1/websocket/stats')).text) as SessionStatistics
  const { events_sent: sentBefore } = await stats()
  const following = runCurl(sparky, 'GET', '/api/v1/events?follow=true')
  await eventually(async () =>
    expect(await stats()).toMatchObject({ subscriptions: 1, events_sent: sentBefore + 10 }),
  )
  await sparky.run(['agent', 'stop'])
  const cut = await following
  expect(cut.exitCode).toBe(18)
  expect(lines(cut)).toHaveLength(10)
})

test('what is asked wrongly is refused in the words of the interface', async () => {
  const sparky = await started()
  const big = 'x'.repeat(1024 * 1024)
  const deep = '['.repeat(200) + ']'.repeat(200)
  const refusals: readonly (readonly [string, string, CurlOptions, number, string])[] = [
    ['POST', '/api/v1/tasks', { body: '{' }, 400, 'expected the body to be JSON'],
    ['POST', '/api/v1/tasks', { body: [] }, 400, 'expected the body to be an object, found a list'],
    ['POST', '/api/v1/tasks', { body: {} }, 400, 'expected a prompt, found none'],
    ['POST', '/api/v1/tasks', { body: { prompt: 'x', prio: 1 } }, 400, 'found "prio"'],
    [
      'POST',
      '/api/v1/tasks',
      { body: { prompt: 'x', priority: 'high' } },
      400,
      'expected priority to be a whole number, found "high"',
    ],
    ['POST', '/api/v1/tasks', { body: { prompt: 'x', context: deep } }, 201, ''],
    ['POST', '/api/v1/tasks', { body: `{"prompt":"x","context":${deep}}` }, 400, 'nested at most 100 deep'],
    [
      'POST',
      '/api/v1/tasks',
      { flags: ['--form', 'prompt=x'] },
      400,
      'expected Content-Type: application/json',
    ],
    ['POST', '/api/v1/tasks', { body: { prompt: big } }, 413, 'at most 1048576 bytes'],
    [
      'GET',
      '/api/v1/tasks',
      { headers: [`X: ${'x'.repeat(20_000)}`] },
      431,
      'expected smaller request headers',
    ],
    ['GET', '/api/v1/tasks?limit=0', {}, 400, 'expected limit to be a whole number above 0'],
    ['GET', '/api/v1/tasks?cursor=x', {}, 400, 'expected cursor to be a next_cursor'],
    ['GET', '/api/v1/tasks?colour=red', {}, 400, 'found "colour"'],
    ['GET', '/api/v1/events?types=nothing', {}, 400, 'found "nothing"'],
    ['GET', '/api/v1/tasks/99', {}, 404, 'no task "99"'],
    ['GET', '/api/v1/tasks/%zz', {}, 400, 'valid percent-encoding'],
    ['GET', '/api/v1/nothing', {}, 404, 'there is nothing at'],
    ['GET', '/api/v1/schedules/none', {}, 404, 'none'],
    ['PUT', '/api/v1/tasks', {}, 405, 'expected /api/v1/tasks to be asked with one of'],
    ['DELETE', '/health', {}, 405, 'expected /health to be asked with one of'],
    ['POST', '/openapi.json', { body: {} }, 405, 'GET'],
  ]
  for (const [method, target, options, status, words] of refusals) {
    const answer = await runCurl(sparky, method, target, options)
    expect([method, target, answer.status, answer.text.slice(0, 600)]).toEqual([
      method,
      target,
      status,
      expect.stringContaining(words.replaceAll('"', String.raw`\"`)),
    ])
    if (status !== 201) expectAll('error.json', [JSON.parse(answer.text)])
    if (status === 405) expect(answer.headers['allow']).toMatch(/GET, HEAD, OPTIONS/)
  }
  const head = await runCurl(sparky, 'HEAD', '/api/v1/status')
  expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-type': /json/ } })
  const asked = await runCurl(sparky, 'OPTIONS', '/api/v1/tasks')
  expect(asked).toMatchObject({ status: 204, headers: { allow: 'POST, GET, HEAD, OPTIONS' } })
})

test('everything that can be read is what the OpenAPI document says', async () => {
  const sparky = await started()
  await sparky.json(['run', 'List files'])
  await sparky.json(['chat', '--message', 'List files'])
  const { text, status } = await runCurl(sparky, 'GET', '/openapi.json')
  const document = JSON.parse(text) as OpenApi
  expect([status, document]).toMatchObject([200, { openapi: '3.1.0', info: { title: 'Sparky' } }])
  const isAnswer = answersOf(document)
  const values: Readonly<Record<string, string>> = {
    id: '1',
    call_id: 'demo-1',
    key: 'concurrency',
    name: 'nightly',
    conversation_id: 'last',
  }
  const names: Readonly<Record<string, string>> = { agents: 'guide', workflows: 'search' }
  await runCurl(sparky, 'POST', '/api/v1/schedules', {
    body: { name: 'nightly', cron: '0 3 * * *', prompt: 'List files' },
  })
  await runCurl(sparky, 'PATCH', '/api/v1/config/concurrency', { body: { value: 3 } })
  const seen: string[] = []
  for (const [place, methods] of Object.entries(document.paths)) {
    if (!('get' in methods)) continue
    const [, kind = ''] = /^\/api\/v1\/(\w+)\/\{name\}$/.exec(place) ?? []
    const target = place
      .replace('{name}', names[kind] ?? values['name'] ?? '')
      .replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name)
    const answer = await runCurl(sparky, 'GET', target)
    seen.push(place)
    expect([target, answer.status]).toEqual([target, 200])
    if (place === '/metrics') {
      expect(answer.headers['content-type']).toMatch(/^text\/plain/)
      expect(answer.text).toMatch(/^# HELP sparky_\w+ .*\n# TYPE sparky_\w+ (counter|gauge)\nsparky_/)
    } else if (place.endsWith('/export')) {
      expect([answer.headers['content-type'], answer.text]).toEqual([
        expect.stringMatching(/^text\/markdown/),
        expect.stringContaining('List files'),
      ])
    } else {
      expect([target, isAnswer({ method: 'get', place, status: 200 }, JSON.parse(answer.text))]).toEqual([
        target,
        null,
      ])
    }
  }
  expect(seen.length).toBeGreaterThan(15)
})

function numberOf(events: readonly Event[], taskId: string): number {
  const added = events.find(({ type, task_id }) => type === 'task_added' && task_id === taskId)
  return added?.type === 'task_added' ? added.data.task.number : 0
}
