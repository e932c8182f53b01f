import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { StatusCounts } from '../../src/protocol/daemon-status.ts'
import type { Why } from '../../src/protocol/api.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 10_000, interval: 20 }
const tasks = ['agent', 'tasks'] as const

const startedAt = async (sparky: Sparky, task: number): Promise<number> =>
  (await sparky.events(task)).find((event) => event.type === 'status' && event.data.status === 'in_progress')
    ?.seq ?? Number.NaN

const words = (text: string): string[] => text.split(' ')

const linesOf = (text: string): string[] => text.trim().split('\n')

test('every command of the queue does what it says, as text and as JSON', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'pause'])
  const added = await sparky.add('List files', [
    ...words('--priority 3 --group docs --lock l --label k=v=w --context {"a":[1]}'),
    ...words('--attempts 2 --timeout 30 --max-steps 4 --max-tokens 500 --max-cost 0.5'),
  ])
  expect(added).toMatchObject({
    number: 1,
    status: 'pending',
    priority: 3,
    group: 'docs',
    locks: ['l'],
    labels: { k: 'v=w' },
    request_payload: { prompt: 'List files', context: { a: [1] } },
    max_attempts: 2,
    limits: { max_steps: 4, max_tokens: 500, max_cost_usd: 0.5, timeout_s: 30 },
    started_at: null,
  })
  for (const name of ['1', '#1', added.id, added.id.slice(0, 12)]) {
    expect(await sparky.json([...tasks, 'show', name])).toEqual(added)
  }
  await sparky.add('What time is it?', ['--at', '1h'])
  expect((await sparky.json<Task[]>([...tasks, 'list'])).map(({ number }) => number)).toEqual([2, 1])
  const { stdout: table } = await sparky.run([...tasks, 'list'])
  expect(linesOf(table)).toHaveLength(3)
  expect(table).toMatch(/1 +· pending .*List files/)
  const filters = [
    ['--status', 'scheduled'],
    ['--limit', '1'],
  ].map((filter) => sparky.json<Task[]>([...tasks, 'list', ...filter]))
  expect((await Promise.all(filters)).flat().map(({ number }) => number)).toEqual([2, 2])
  for (const filter of [
    ['--group', 'docs'],
    ['--label', 'k=v=w'],
    ['--status', 'processing', 'pending'],
  ]) {
    expect(await sparky.json([...tasks, 'list', ...filter])).toEqual([added])
  }
  expect(await sparky.json<StatusCounts>([...tasks, 'stats'])).toMatchObject({
    pending: 1,
    scheduled: 1,
    failed: 0,
  })
  const why = await sparky.json<Why>([...tasks, 'why', '2'])
  expect(why).toMatchObject({ task_id: expect.any(String), running: false })
  expect(why.reasons).toHaveLength(2)

  const edited = await sparky.json<Task>([...tasks, 'edit', '1', '--priority', '-2', 'What time is it?'])
  expect(edited).toMatchObject({ prompt: 'What time is it?', priority: -2, group: 'docs' })
  expect(edited.request_payload).toMatchObject({ prompt: 'What time is it?', context: { a: [1] } })
  expect(await sparky.json([...tasks, 'pause', '1'])).toMatchObject({ status: 'paused' })
  expect(await sparky.json([...tasks, 'resume', '1'])).toMatchObject({ status: 'pending' })
  expect(await sparky.json([...tasks, 'cancel', '2'])).toMatchObject({ status: 'cancelled' })
  expect(await sparky.json([...tasks, 'retry', '2'])).toMatchObject({ status: 'pending', attempt: 2 })
  await sparky.json(['agent', 'resume'])
  expect(await sparky.json<Task[]>([...tasks, 'wait', '2', '1'])).toMatchObject([
    { number: 2, status: 'completed' },
    { number: 1, status: 'completed' },
  ])
  expect(await sparky.json([...tasks, 'result', '1'])).toMatchObject({
    answer: expect.stringContaining('UTC'),
  })
  const events = await sparky.events(1)
  const after = events.at(-3)?.seq ?? 0
  const last = await sparky.run([...tasks, 'events', '1', '--after', String(after), '--json'])
  expect(linesOf(last.stdout).map((line) => JSON.parse(line) as Event)).toEqual(events.slice(-2))
  expect(await sparky.json([...tasks, 'remove', '1'])).toMatchObject({ number: 1, status: 'completed' })
  expect(await sparky.run([...tasks, 'show', '1'])).toMatchObject({ exitCode: 4 })
  expect(await sparky.json([...tasks, 'clear', '--status', 'completed'])).toEqual({ removed: 1 })
  expect(await sparky.json([...tasks, 'list'])).toEqual([])
  expect(await sparky.add('List files')).toMatchObject({ number: 3 })
})

test('two tasks run side by side, a third starts as soon as a slot is free, and nothing waits for a poll', async () => {
  const sparky = newSparky({ SPARKY_AGENT_POLL_INTERVAL: '60' })
  const beganMs = Date.now()
  await sparky.add('Run the command: touch a; while [ ! -e b ]; do sleep 0.02; done')
  await sparky.add(
    'Run the command: while [ ! -e a ]; do sleep 0.02; done; touch b; while [ ! -e c ]; do sleep 0.02; done',
  )
  await vi.waitFor(() => expect(existsSync(path.join(sparky.work, 'b'))).toBe(true), soon)
  await sparky.run([...tasks, 'wait', '1'])
  await sparky.add('Run the command: while [ ! -e d ]; do sleep 0.02; done')
  const fourth = await sparky.add('What time is it?')
  expect(fourth.status).toBe('pending')
  const { reasons } = await sparky.json<Why>([...tasks, 'why', '4'])
  expect(reasons).toEqual([{ code: expect.any(String), message: expect.stringMatching(/slot|2/) }])
  writeFileSync(path.join(sparky.work, 'c'), '')
  expect(await sparky.run([...tasks, 'wait', '2', '4'])).toMatchObject({ exitCode: 0 })
  expect(await sparky.json([...tasks, 'show', '3'])).toMatchObject({ status: 'in_progress' })
  writeFileSync(path.join(sparky.work, 'd'), '')
  expect(await sparky.run([...tasks, 'wait', '3'])).toMatchObject({ exitCode: 0 })
  expect(Date.now() - beganMs).toBeLessThan(30_000)
})

test('a higher priority starts first, and equal ones in the order in which they came', async () => {
  const sparky = newSparky({ SPARKY_AGENT_CONCURRENCY: '1' })
  await sparky.json(['agent', 'pause'])
  for (const priority of ['-1', '0', '5', '0', '5']) await sparky.add('List files', ['--priority', priority])
  await sparky.json(['agent', 'resume'])
  await sparky.run([...tasks, 'wait', '1', '2', '3', '4', '5'])
  const started = await Promise.all([3, 5, 2, 4, 1].map((task) => startedAt(sparky, task)))
  expect(started).toEqual(started.toSorted((a, b) => a - b))
})

test('a task waits for those that it comes after, and fails where one of them did', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'pause'])
  await sparky.add('List files')
  expect(await sparky.add('List files', ['--after', '1'])).toMatchObject({ status: 'blocked' })
  const failing = await sparky.add('Compose a sonnet')
  await sparky.add('List files', ['--after', failing.id, '--after', '1'])
  await sparky.add('List files', ['--after', '4'])
  await sparky.json(['agent', 'resume'])
  expect(await sparky.run([...tasks, 'wait', '1', '2'])).toMatchObject({ exitCode: 0 })
  expect(await startedAt(sparky, 2)).toBeGreaterThan((await sparky.events(1)).at(-1)?.seq ?? 0)
  const ended = await sparky.run([...tasks, 'wait', '3', '4', '5', '--json'])
  expect(ended.exitCode).toBe(9)
  expect(JSON.parse(ended.stdout)).toMatchObject([
    { error: { code: 'model_not_configured' } },
    { error: { code: 'dependency_failed' }, started_at: null },
    { error: { code: 'dependency_failed' }, started_at: null },
  ])
  expect(await sparky.add('List files', ['--after', '4'])).toMatchObject({
    status: 'failed',
    error: { code: 'dependency_failed' },
  })
})

test('tasks with the same lock never run side by side', async () => {
  const sparky = newSparky()
  const command = 'Run the command: echo begin >> tally; sleep 0.15; echo end >> tally'
  for (let count = 0; count < 3; count += 1) await sparky.add(command, ['--lock', 'cwd'])
  expect(await sparky.run([...tasks, 'wait', '1', '2', '3'])).toMatchObject({ exitCode: 0 })
  const tally = readFileSync(path.join(sparky.work, 'tally'), 'utf8')
  expect(tally).toBe('begin\nend\n'.repeat(3))
})

test('the same id twice is the same task, and --dedupe finds the unfinished equal', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'pause'])
  const id = '0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
  const post = async (prompt: string): Promise<Task> => {
    const response = await fetch(`${sparky.daemon()?.url}/api/v1/tasks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sparky.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id, prompt }),
    })
    return (await response.json()) as Task
  }
  expect(await post('List files')).toMatchObject({ id, number: 1, cwd: path.join(sparky.home, 'work') })
  expect(await post('List files')).toMatchObject({ id, number: 1 })

  const first = await sparky.add('What time is it?', ['--dedupe', '--context', '{"a": 1, "b": 2}'])
  expect(first.number).toBe(2)
  expect(await sparky.add('What time is it?', ['--dedupe', '--context', '{"b": 2, "a": 1}'])).toEqual(first)
  const said = await sparky.run([
    ...tasks,
    'add',
    'What time is it?',
    '--dedupe',
    '--context',
    '{"a":1,"b":2}',
  ])
  expect(said.stdout).toMatch(/Task 2 .*already/)
  expect(await sparky.add('What time is it?', ['--dedupe'])).toMatchObject({ number: 3 })
  await sparky.json([...tasks, 'cancel', '2'])
  const again = await sparky.add('What time is it?', ['--dedupe', '--context', '{"a": 1, "b": 2}'])
  expect(again.number).toBe(4)
})

test('to wait for at most a month or more is not to give up at once', async () => {
  const sparky = newSparky()
  await sparky.add('What time is it?', ['--at', '1s'])
  const { exitCode, stderr } = await sparky.run([...tasks, 'wait', '1', '--timeout', '99999999'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
})
