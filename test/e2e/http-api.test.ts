import { expect, test, vi } from 'vitest'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import type { Why } from '../../src/protocol/api.ts'
import type { Event, EventOf } from '../../src/protocol/event.ts'
import { taskSchema, type Task } from '../../src/protocol/task.ts'
import { curl } from '../support/curl.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const get = async <T>(sparky: Sparky, path: string): Promise<T> => {
  const { status, text } = await curl(sparky, 'GET', path)
  expect({ path, status }).toEqual({ path, status: 200 })
  return JSON.parse(text) as T
}

const linesOf = ({ text }: { readonly text: string }): Event[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)

const ndjson = { headers: { accept: 'application/x-ndjson' } }

const started = async (): Promise<Sparky> => {
  const sparky = newSparky()
  await sparky.start()
  return sparky
}

test('a task is added, shown, explained, cancelled and removed by plain HTTP', async () => {
  const sparky = await started()
  await sparky.json(['agent', 'pause'])
  const id = '0198c0de-0000-7000-8000-00000000abcd'
  const body = {
    id,
    prompt: 'List files',
    context: { why: 'a test' },
    labels: { team: 'blue' },
    group: 'slow',
    priority: 3,
    locks: ['garden'],
    limits: { max_steps: 5 },
  }
  const added = await curl(sparky, 'POST', '/api/v1/tasks', { body })
  expect(added.status).toBe(201)
  const task = JSON.parse(added.text) as Task
  expect(taskSchema.parse(task)).toEqual(task)
  expect(task).toMatchObject({
    id,
    number: 1,
    status: 'pending',
    cwd: `${sparky.home}/work`,
    labels: { team: 'blue' },
    group: 'slow',
    priority: 3,
    locks: ['garden'],
    request_payload: { prompt: 'List files', context: { why: 'a test' } },
    limits: { max_steps: 5, max_tokens: null, max_cost_usd: null, timeout_s: null },
  })
  const again = await curl(sparky, 'POST', '/api/v1/tasks', { body })
  expect(JSON.parse(again.text)).toEqual(task)
  expect(again.status).toBeLessThan(300)
  for (const name of [id, '1', id.slice(0, 10)]) {
    expect(await get(sparky, `/api/v1/tasks/${name}`)).toEqual(task)
  }
  const why = await get<Why>(sparky, '/api/v1/tasks/1/why')
  expect(why).toMatchObject({
    task_id: id,
    running: false,
    reasons: [{ message: expect.stringContaining('paused') }],
  })
  const edited = await curl(sparky, 'PATCH', '/api/v1/tasks/1', { body: { priority: 9 } })
  expect([edited.status, (JSON.parse(edited.text) as Task).priority]).toEqual([200, 9])
  const cancelled = await curl(sparky, 'POST', '/api/v1/tasks/1/cancel')
  expect(JSON.parse(cancelled.text)).toMatchObject({ status: 'cancelled' })
  const conflict = await curl(sparky, 'POST', '/api/v1/tasks/1/pause')
  expect(conflict.status).toBe(409)
  expect(JSON.parse(conflict.text)).toMatchObject({
    error: { code: 'conflict', message: expect.stringMatching(/cancelled.+paused|paused.+cancelled/) },
  })
  expect((await curl(sparky, 'DELETE', '/api/v1/tasks/1')).status).toBe(200)
  expect((await curl(sparky, 'GET', '/api/v1/tasks/1')).status).toBe(404)
})

test('lists come newest first, filtered, and page by page without a gap', async () => {
  const sparky = await started()
  await sparky.json(['agent', 'pause'])
  for (let index = 0; index < 7; index++) {
    const body = {
      prompt: 'List files',
      group: index % 2 === 0 ? 'even' : 'odd',
      labels: { n: String(index) },
    }
    await curl(sparky, 'POST', '/api/v1/tasks', { body })
  }
  const pages: number[][] = []
  let cursor: string | null = ''
  do {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`
    const page: { tasks: Task[]; next_cursor: string | null } = await get(
      sparky,
      `/api/v1/tasks?limit=3${query}`,
    )
    pages.push(page.tasks.map(({ number }) => number))
    cursor = page.next_cursor
  } while (cursor !== null)
  expect(pages).toEqual([[7, 6, 5], [4, 3, 2], [1]])
  const numbers = async (query: string): Promise<number[]> =>
    (await get<{ tasks: Task[] }>(sparky, `/api/v1/tasks?${query}`)).tasks.map(({ number }) => number)
  expect(await numbers('group=odd')).toEqual([6, 4, 2])
  expect(await numbers('label=n%3D4')).toEqual([5])
  expect(await numbers('status=processing,completed')).toEqual([])
  expect(await numbers('status=pending&group=even&limit=2')).toEqual([7, 5])
})

test('events come as pages and as lines, all of a task or of everything, and a followed task ends its stream', async () => {
  const sparky = await started()
  await sparky.json(['run', 'List files'])
  const adding = await curl(sparky, 'POST', '/api/v1/tasks', {
    body: { prompt: 'Run the command: sleep 0.3; echo x' },
  })
  expect(adding.status).toBe(201)
  const followed = await curl(sparky, 'GET', '/api/v1/tasks/2/events?after=0&follow=true', ndjson)
  expect(followed.headers['content-type']).toContain('application/x-ndjson')
  const two = linesOf(followed)
  expect(two[0]).toMatchObject({ type: 'task_added' })
  expect(two.at(-1)).toMatchObject({ type: 'status', data: { status: 'completed' } })
  expect(two).toEqual(linesOf(await curl(sparky, 'GET', '/api/v1/tasks/2/events', ndjson)))

  const all = linesOf(await curl(sparky, 'GET', '/api/v1/events?after=0', ndjson))
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
  const paged: Event[] = []
  let after: number | null = 0
  while (after !== null) {
    const page: { events: Event[]; next_after: number | null } = await get(
      sparky,
      `/api/v1/events?limit=4&after=${after}`,
    )
    expect(page.events.length).toBeLessThanOrEqual(4)
    paged.push(...page.events)
    after = page.next_after
  }
  expect(paged).toEqual(all)
  const some = await get<{ events: Event[] }>(sparky, '/api/v1/tasks/2/events?types=tool_use,tool_result')
  expect(some.events.map(({ type }) => type)).toEqual(['tool_use', 'tool_result'])
  expect(all.some((event) => 'private' in event)).toBe(false)
})

test('the whole result of a tool that printed much is kept, while its event has head and tail', async () => {
  const sparky = await started()
  const task = await sparky.json<Task>(['run', `Run the command: seq -f 'line %06.0f ä' 1 12000`])
  expect(task.status).toBe('completed')
  const event = (await sparky.events(1)).find(
    (one): one is EventOf<'tool_result'> => one.type === 'tool_result',
  )
  const { data } = event ?? expect.fail('no tool_result')
  const shown = data.result as string
  expect(data).toMatchObject({ status: 'ok', truncated: true })
  expect(Buffer.byteLength(shown)).toBeLessThan(70_000)
  expect(shown).toContain('line 000001 ä')
  expect(shown).toContain('line 012000 ä')
  const whole = await get<{ result: string; bytes: number; truncated: boolean }>(
    sparky,
    `/api/v1/tasks/1/results/${data.call_id}`,
  )
  expect(whole).toMatchObject({ truncated: false, bytes: Buffer.byteLength(whole.result) })
  expect(data.bytes).toBe(whole.bytes)
  expect(whole.result.match(/^line \d{6} ä$/gm)).toHaveLength(12_000)
  expect((await curl(sparky, 'GET', '/api/v1/tasks/1/results/call_nope')).status).toBe(404)
  expect((await curl(sparky, 'GET', '/api/v1/tasks/1/results/..%2f..%2ftoken')).status).toBe(404)
})

test('what is wrong is answered with its status and one object, and what is not for everyone not at all', async () => {
  const sparky = await started()
  const { port } = new URL(sparky.daemon()?.url ?? '')
  const refused = async (
    method: string,
    path: string,
    options: Parameters<typeof curl>[3] = {},
  ): Promise<unknown[]> => {
    const { status, text } = await curl(sparky, method, path, options)
    const { error } = JSON.parse(text) as { error: { code: string; message: string; hint: string | null } }
    expect(Object.keys(error).toSorted()).toEqual(['code', 'hint', 'message'])
    expect(error.message).not.toContain('\n')
    return [status, error.code]
  }
  expect(await refused('POST', '/api/v1/tasks', { body: '{"prompt": ' })).toEqual([400, 'usage'])
  expect(await refused('POST', '/api/v1/tasks', { body: {} })).toEqual([400, 'usage'])
  expect(await refused('POST', '/api/v1/tasks', { body: { prompt: 'x', prority: 1 } })).toEqual([
    400,
    'usage',
  ])
  expect(await refused('POST', '/api/v1/tasks', { body: { prompt: 'x'.repeat(20_000_000) } })).toEqual([
    413,
    'too_large',
  ])
  expect(await refused('GET', '/api/v1/tasks?limit=0')).toEqual([400, 'usage'])
  expect(await refused('GET', '/api/v1/tasks?status=done')).toEqual([400, 'usage'])
  expect(await refused('GET', '/api/v1/tasks/99')).toEqual([404, 'not_found'])
  expect(await refused('GET', '/api/v1/nowhere')).toEqual([404, 'not_found'])
  for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${sparky.token()}`]) {
    expect(await refused('GET', '/api/v1/tasks', { headers: { authorization } })).toEqual([
      401,
      'unauthorized',
    ])
  }
  for (const headers of [{ host: `evil.example:${port}` }, { origin: 'https://evil.example' }]) {
    expect(await refused('GET', '/health', { headers })).toEqual([403, 'forbidden'])
    expect(await refused('POST', '/api/v1/tasks', { headers, body: { prompt: 'x' } })).toEqual([
      403,
      'forbidden',
    ])
  }
  expect(await sparky.json(['agent', 'tasks', 'list', '--all'])).toEqual([])
  const health = await curl(sparky, 'GET', '/health', { headers: { authorization: '' } })
  expect(JSON.parse(health.text)).toEqual({
    status: 'ok',
    version: expect.any(String),
    uptime_s: expect.any(Number),
  })
})

test('an origin that is listed in the configuration gets in at once, with CORS headers', async () => {
  const sparky = await started()
  const headers = { origin: 'https://board.example' }
  expect((await curl(sparky, 'GET', '/api/v1/status', { headers })).status).toBe(403)
  await sparky.run(['config', 'set', 'server.origins', '["https://board.example"]'])
  const answer = await vi.waitFor(
    async () => {
      const found = await curl(sparky, 'GET', '/api/v1/status', { headers })
      expect(found.status).toBe(200)
      return found
    },
    { timeout: 5_000 },
  )
  expect(answer.headers['access-control-allow-origin']).toBe('https://board.example')
  expect((JSON.parse(answer.text) as DaemonStatus).running).toBe(true)
  expect(
    (await curl(sparky, 'GET', '/api/v1/status', { headers: { origin: 'https://evil.example' } })).status,
  ).toBe(403)
})
