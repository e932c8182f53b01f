import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 10_000, interval: 20 }
const tasks = ['agent', 'tasks'] as const
/** Says its process group, and runs until it is killed, or let go. */
const long = 'Run the command: echo $$ > pid; while [ ! -e go ]; do sleep 0.05; done; echo let go'

const commandPid = (sparky: Sparky): Promise<number> =>
  vi.waitFor(() => {
    const file = path.join(sparky.work, 'pid')
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
    expect(pid).toBeGreaterThan(1)
    return pid
  }, soon)

const letGo = (sparky: Sparky): void => writeFileSync(path.join(sparky.work, 'go'), '')

test.each([
  { what: 'is completed', args: ['List files'], exit: 0, code: undefined },
  { what: 'ran into its steps', args: ['--max-steps', '1', 'List files'], exit: 7, code: 'limit_steps' },
  {
    what: 'ran out of time',
    args: ['--timeout', '0.2', 'Run the command: sleep 60'],
    exit: 7,
    code: 'limit_time',
  },
  { what: 'needs a key', args: ['--model', 'gpt-5', 'List files'], exit: 9, code: 'model_not_configured' },
])('run and wait exit with $exit for a task that $what', async ({ args, exit, code }) => {
  const sparky = newSparky()
  const ran = await sparky.run(['run', '--json', ...args])
  expect(ran.exitCode).toBe(exit)
  expect((JSON.parse(ran.stdout) as Task).error?.code).toBe(code)
  if (code === undefined) expect(ran.stderr).toBe('')
  else expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code } })
  const waited = await sparky.run([...tasks, 'wait', '1', '--json'])
  expect(waited.exitCode).toBe(exit)
  expect(JSON.parse(waited.stdout)).toEqual([JSON.parse(ran.stdout)])
  const asText = await sparky.run([...tasks, 'wait', '1'])
  expect(asText.stdout).toContain(code ?? 'completed')
  const added = await sparky.run([...tasks, 'add', '--wait', ...args])
  expect(added).toMatchObject({ exitCode: exit, stderr: expect.stringContaining(code ?? 'completed') })
})

test('wait exits by the first task in the order given that did not complete', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'pause'])
  await sparky.add('List files')
  await sparky.add('Compose a sonnet')
  await sparky.add('List files', ['--at', '1h'])
  await sparky.json([...tasks, 'cancel', '3'])
  await sparky.json(['agent', 'resume'])
  expect(await sparky.run([...tasks, 'wait', '1', '3', '2'])).toMatchObject({ exitCode: 6 })
  expect(await sparky.run([...tasks, 'wait', '1', '2', '3'])).toMatchObject({ exitCode: 9 })
  expect(await sparky.run([...tasks, 'wait', '1', '1'])).toMatchObject({ exitCode: 0 })
})

test('wait gives up with 124 when its time is up, and the task goes on', async () => {
  const sparky = newSparky()
  await sparky.add(long)
  const { exitCode, stdout, stderr } = await sparky.run([...tasks, 'wait', '1', '--timeout', '0.3', '--json'])
  expect({ exitCode, stdout }).toEqual({ exitCode: 124, stdout: '[]' })
  expect(JSON.parse(stderr)).toMatchObject({ error: { message: expect.stringContaining('in_progress') } })
  letGo(sparky)
  expect(await sparky.run([...tasks, 'wait', '1', '--timeout', '20'])).toMatchObject({ exitCode: 0 })
})

test('Ctrl+C on run cancels the task, says so, and exits 130; nothing of its command lives', async () => {
  const sparky = newSparky()
  const running = sparky.spawn(['run', long])
  const pid = await commandPid(sparky)
  running.kill('SIGINT')
  const { exitCode, stdout, stderr } = await running
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
  expect(stderr).toMatch(/cancel/i)
  expect(await sparky.task(1)).toMatchObject({ status: 'cancelled' })
  expect(isAlive(pid)).toBe(false)
  const events = await sparky.events(1)
  expect(events.at(-1)).toMatchObject({ type: 'status', data: { status: 'cancelled' } })
  expect(events.filter(({ type }) => type === 'tool_result')).toMatchObject([
    { data: { status: 'interrupted' } },
  ])
})

test('cancel ends a running task for everyone who follows it', async () => {
  const sparky = newSparky()
  await sparky.add(long)
  const followers = [
    sparky.spawn([...tasks, 'wait', '1']),
    sparky.spawn([...tasks, 'events', '1', '--follow', '--json']),
    sparky.spawn([...tasks, 'add', '--after', '1', '--follow', 'List files']),
  ]
  const pid = await commandPid(sparky)
  await vi.waitFor(async () => expect(await sparky.json([...tasks, 'list'])).toHaveLength(2), soon)
  expect(await sparky.run([...tasks, 'cancel', '1'])).toMatchObject({ exitCode: 0 })
  expect(isAlive(pid)).toBe(false)
  const [waited, events, added] = await Promise.all(followers)
  expect(waited?.exitCode).toBe(6)
  expect(
    String(events?.stdout)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event),
  ).toEqual(await sparky.events(1))
  expect(added?.exitCode).toBe(1)
  expect(await sparky.run([...tasks, 'cancel', '1'])).toMatchObject({
    exitCode: 5,
    stderr: expect.stringMatching(/cancelled/),
  })
})

test('who follows a task goes on over a restart of the daemon, without a gap and without a double', async () => {
  const sparky = newSparky()
  const running = sparky.spawn(['run', '--events', long])
  const waiting = commandPid(sparky).then(() => sparky.run([...tasks, 'wait', '1']))
  await commandPid(sparky)
  await sparky.json(['agent', 'restart', '--now'])
  const { exitCode, stdout } = await running
  expect(exitCode).toBe(0)
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  expect(events).toEqual(await sparky.events(1))
  expect(events.at(-1)).toMatchObject({ data: { status: 'completed' } })
  expect(await waiting).toMatchObject({ exitCode: 0 })
})

test('a reader that has gone ends the command quietly', async () => {
  const sparky = newSparky()
  const running = sparky.spawn(['run', '--events', long])
  await commandPid(sparky)
  running.stdout?.destroy()
  letGo(sparky)
  const { exitCode, stderr } = await running
  expect({ exitCode, stderr: stderr.replace(/Started.*\n?/, '') }).toEqual({
    exitCode: 0,
    stderr: '',
  })
})
