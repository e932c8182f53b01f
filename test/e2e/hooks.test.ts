import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { bodyOf, localServer } from '../daemon/tools/local-server.ts'
import { homeWith } from '../support/provider-home.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 15_000, interval: 10 }
const tasks = ['agent', 'tasks'] as const

const set = async (sparky: Sparky, key: string, value: unknown): Promise<void> => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  await sparky.json(['config', 'set', key, text])
}

const applied = (sparky: Sparky, times = 1): Promise<void> =>
  vi.waitFor(() => expect(sparky.log().split('Configuration applied')).toHaveLength(times + 1), soon)

test('hooks get the task as JSON when it completes or fails, and a running daemon takes them up at once', async () => {
  const sparky = newSparky({ GEMINI_API_KEY: '', SOME_API_KEY: 'a-key-of-the-daemon' })
  await sparky.start()
  await sparky.json(['run', 'What time is it?'])
  await set(sparky, 'hooks.completed', 'cat >> done.jsonl; env > environment')
  await set(sparky, 'hooks.failed', { command: 'cat >> failed.jsonl; exit 1', timeout_s: 5 })
  expect(await sparky.json(['config', 'get', 'hooks.completed'])).toBe('cat >> done.jsonl; env > environment')
  await applied(sparky, 2)
  const completed = await sparky.json<Task>(['run', 'What time is it?'])
  const { exitCode, stdout } = await sparky.run(['run', '--json', 'Compose a sonnet'])
  expect(exitCode).toBe(9)
  await vi.waitFor(() => expect(sparky.linesOf('failed.jsonl')).toHaveLength(1), soon)
  expect(sparky.linesOf('failed.jsonl').map((line) => JSON.parse(line) as Task)).toEqual([JSON.parse(stdout)])
  await vi.waitFor(() => expect(sparky.linesOf('done.jsonl')).toHaveLength(1), soon)
  expect(sparky.linesOf('done.jsonl').map((line) => JSON.parse(line) as Task)).toEqual([completed])
  await vi.waitFor(() => expect(sparky.linesOf('environment').length).toBeGreaterThan(5), soon)
  const environment = sparky.linesOf('environment')
  expect(environment).toContain(`SPARKY_TASK_NUMBER=${completed.number}`)
  expect(environment.join()).not.toMatch(/a-key-of-the-daemon|SPARKY_TOKEN/)
  await vi.waitFor(() => expect(sparky.log()).toMatch(/"level":"warn".*"reason":"exit code 1"/), soon)
})

test('hooks that hang or fail hold up no task, no claim, and the end of the daemon for a moment only', async () => {
  const sparky = newSparky()
  await set(sparky, 'hooks.completed', `trap '' TERM; echo x >> begun; sleep 300 & wait; wait`)
  await set(sparky, 'hooks.failed', 'no-such-program-at-all')
  for (let count = 0; count < 8; count += 1) await sparky.add('What time is it?')
  await sparky.add('Compose a sonnet')
  const all = await sparky.run([...tasks, 'wait', ...Array.from('123456789')])
  expect(all.exitCode).toBe(9)
  await vi.waitFor(() => expect(sparky.linesOf('begun')).toHaveLength(4), soon)
  const before = await sparky.events(1)
  expect((await sparky.task(1)).status).toBe('completed')
  const { pid = 0 } = sparky.daemon() ?? {}
  const since = performance.now()
  expect(await sparky.run(['agent', 'stop'])).toMatchObject({ exitCode: 0 })
  expect(performance.now() - since).toBeLessThan(8000)
  expect(isAlive(pid)).toBe(false)
  await set(sparky, 'hooks.completed', 'echo "$SPARKY_TASK_NUMBER" >> called')
  await sparky.start()
  await vi.waitFor(() => expect(sparky.linesOf('called')).toHaveLength(8), soon)
  expect(sparky.linesOf('called').sort()).toEqual(Array.from('12345678'))
  await vi.waitFor(() => expect(sparky.log()).toMatch(/exit code 127: .*no-such-program-at-all/), soon)
  expect(await sparky.events(1)).toEqual(before)
})

test('a stop that is not to wait does not wait for hooks, and leaves nothing of them', async () => {
  const sparky = newSparky()
  await set(sparky, 'hooks.completed', 'echo $$ > pid.tmp; mv pid.tmp pid; sleep 300')
  await sparky.json(['run', 'What time is it?'])
  await vi.waitFor(() => expect(sparky.linesOf('pid')).toHaveLength(1), soon)
  const { pid = 0 } = sparky.daemon() ?? {}
  const stopping = sparky.run(['agent', 'stop', '--now'])
  await vi.waitFor(() => expect(sparky.log()).toContain('Daemon stopping'), soon)
  const since = performance.now()
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), soon)
  expect(performance.now() - since).toBeLessThan(1800)
  expect(await stopping).toMatchObject({ exitCode: 0 })
  expect(isAlive(Number(sparky.linesOf('pid')[0]))).toBe(false)
})

test('kill -9 between the end of a task and its hook: the next daemon calls it', async () => {
  const sparky = newSparky()
  const command = `echo "$SPARKY_TASK_NUMBER" >> begun; while [ ! -e "${sparky.work}/go" ]; do sleep 0.05; done; cat >> done`
  await set(sparky, 'hooks.completed', command)
  for (let count = 0; count < 6; count += 1) await sparky.add('What time is it?')
  expect(await sparky.run([...tasks, 'wait', ...Array.from('123456')])).toMatchObject({ exitCode: 0 })
  await vi.waitFor(() => expect(sparky.linesOf('begun')).toHaveLength(4), soon)
  await sparky.killDaemon()
  await set(sparky, 'hooks.completed', 'echo "$SPARKY_TASK_NUMBER" >> after')
  await sparky.start()
  await vi.waitFor(() => expect(sparky.linesOf('after')).toHaveLength(6), soon)
  expect(sparky.linesOf('after').sort()).toEqual(Array.from('123456'))
  // Hooks of a daemon that was killed go on.
  writeFileSync(path.join(sparky.work, 'go'), '')
  await vi.waitFor(() => expect(sparky.linesOf('done')).toHaveLength(4), soon)
  await sparky.json(['agent', 'restart'])
  await sparky.json(['run', 'What time is it?'])
  await vi.waitFor(() => expect(sparky.linesOf('after')).toContain('7'), soon)
  expect(sparky.linesOf('after')).toHaveLength(7)
})

test('six times kill -9 while tasks end: each end is told at least once, and none that did not happen', async () => {
  const sparky = newSparky({ SPARKY_AGENT_CONCURRENCY: '4' })
  await set(sparky, 'hooks.completed', 'echo "$SPARKY_EVENT_SEQ" >> told')
  const post = (): Promise<Response> =>
    fetch(`${sparky.daemon()?.url}/api/v1/tasks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sparky.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'What time is it?', cwd: sparky.work }),
    })
  const perRound = 6
  const rounds = 6
  const added = rounds * perRound
  for (let kill = 0; kill < rounds; kill += 1) {
    await sparky.start()
    const before = sparky.linesOf('told').length
    await Promise.all(Array.from({ length: perRound }, post))
    // From before the first hook of this round to after some, as it falls.
    const further = kill % 5
    await vi.waitFor(() => expect(sparky.linesOf('told').length).toBeGreaterThanOrEqual(before + further), {
      timeout: 15_000,
      interval: 1,
    })
    await sparky.killDaemon()
  }
  await sparky.start()
  const numbers = Array.from({ length: added }, (_, index) => String(index + 1))
  expect(await sparky.run([...tasks, 'wait', ...numbers])).toMatchObject({ exitCode: 0 })
  const response = await fetch(`${sparky.daemon()?.url}/api/v1/events?after=0`, {
    headers: { authorization: `Bearer ${sparky.token()}`, accept: 'application/x-ndjson' },
  })
  const all = (await response.text()).split('\n').filter(Boolean)
  const ends = all
    .map((line) => JSON.parse(line) as Event)
    .filter(({ type, data }) => type === 'status' && data.status === 'completed')
  const wanted = ends.map(({ seq }) => seq).sort((one, other) => one - other)
  expect(wanted).toHaveLength(added)
  const told = (): number[] => [...new Set(sparky.linesOf('told').map(Number))]
  await vi.waitFor(() => expect(told().sort((one, other) => one - other)).toEqual(wanted), soon)
})

test('a URL is posted to when a task waits for its provider, and tried again where the server fails', async () => {
  const posts: { headers: IncomingHttpHeaders; task: Task }[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    posts.push({ headers: request.headers, task: JSON.parse(await bodyOf(request)) as Task })
    response.writeHead(posts.length === 1 ? 503 : 200).end()
  }
  const receiver = await localServer((request, response) => void take(request, response))
  const { sparky } = await homeWith('openai', [{ httpStatus: 429, headers: { 'retry-after': '300' } }])
  await set(sparky, 'hooks.waiting', `${receiver.url}/waiting`)
  const added = await sparky.add('Think')
  await vi.waitFor(() => expect(posts).toHaveLength(2), soon)
  expect(receiver.requests).toEqual(['POST /waiting', 'POST /waiting'])
  expect(posts[1]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-sparky-event': 'waiting' })
  expect(posts[1]?.task).toEqual(await sparky.task(added.id))
  expect(posts[1]?.task).toMatchObject({ status: 'waiting', waiting_for: { kind: 'rate_limit' } })
})

test.skipIf(process.platform !== 'linux')(
  'a task that asks for it is told of on the desktop, and doctor says whether that can be',
  async () => {
    const sparky = newSparky()
    const programs = path.join(sparky.home, '..', 'programs')
    mkdirSync(programs)
    const withNotifier = { PATH: `${programs}:${process.env['PATH']}` }
    const plain = await sparky.run(['doctor'], { env: { PATH: programs } })
    expect(plain.stdout).toMatch(/ok +notify +no desktop notifications here: no notify-send in PATH/)
    writeFileSync(
      path.join(programs, 'notify-send'),
      `#!/bin/sh\nprintf '%s|' "$@" >> "${sparky.work}/shown"\n`,
    )
    chmodSync(path.join(programs, 'notify-send'), 0o755)
    const doctor = await sparky.run(['doctor'], { env: withNotifier })
    expect(doctor.stdout).toMatch(/ok +notify +desktop notifications through .*notify-send/)
    await sparky.run(['agent', 'start'], { env: withNotifier })
    await sparky.run(['run', 'What time is it?'])
    await sparky.run(['run', '--notify', 'Compose a sonnet'])
    await vi.waitFor(() => expect(sparky.linesOf('shown')).toHaveLength(1), soon)
    expect(sparky.linesOf('shown')[0]).toMatch(
      /^--app-name=Sparky\|--\|Task 2 failed\|Compose a sonnet: the offline demo is no language model/,
    )
    await sparky.json(['agent', 'pause'])
    expect(await sparky.add('List files', ['--notify'])).toMatchObject({ notify: true })
    expect(await sparky.json([...tasks, 'edit', '3', '--no-notify'])).toMatchObject({ notify: false })
    expect(await sparky.json([...tasks, 'edit', '3', '--notify'])).toMatchObject({ notify: true })
  },
)
