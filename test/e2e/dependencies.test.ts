import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Why } from '../../src/protocol/api.ts'
import type { Task } from '../../src/protocol/task.ts'
import { newSparky } from '../support/sparky.ts'

const tasks = ['agent', 'tasks'] as const

test('a prompt is filled with the answer of the task that it waits for, which stays until then', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'pause'])
  await sparky.add(String.raw`Run the command: echo "first \{{task.9.answer}}"`)
  const second = await sparky.add('Run the command: echo "[{{ task.1.answer }}]"', ['--after', '1'])
  expect(second).toMatchObject({ number: 2, status: 'blocked' })
  const refused = await sparky.run([...tasks, 'add', '{{task.1.answer}}'])
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--after 1') })
  await sparky.json(['agent', 'resume'])
  await sparky.json([...tasks, 'wait', '1', '2'])
  const [one, two] = [await sparky.task(1), await sparky.task(2)]
  expect(one.response_payload?.answer).toContain('first {{task.9.answer}}')
  expect(two.prompt).toBe('Run the command: echo "[{{ task.1.answer }}]"')
  expect(two.request_payload.prompt).toBe(`Run the command: echo "[${one.response_payload?.answer}]"`)
})

test('what waits for either outcome says so, and starts after a failure', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'pause'])
  await sparky.add('hmpf')
  await sparky.add('What time is it?', ['--after-any', '1'])
  await sparky.add('What time is it?', ['--after', '1'])
  const why = await sparky.run([...tasks, 'why', '2'])
  expect(why.stdout).toContain('it waits for task 1 to end, which is pending')
  const { stdout } = await sparky.run([...tasks, 'show', '2'])
  expect(stdout).toMatch(/after any +1$/m)
  await sparky.json(['agent', 'resume'])
  const { stdout: ended } = await sparky.run([...tasks, 'wait', '1', '2', '3', '--json'])
  expect((JSON.parse(ended) as Task[]).map(({ status, error }) => [status, error?.code])).toEqual([
    ['failed', 'model_not_configured'],
    ['completed', undefined],
    ['failed', 'dependency_failed'],
  ])
  expect(await sparky.run([...tasks, 'retry', '3'])).toMatchObject({ exitCode: 5 })
})

test('an edit takes away what a task waited for, and two ways to a directory are one lock', async () => {
  const sparky = newSparky()
  const [real, link] = [path.join(sparky.work, 'real'), path.join(sparky.work, 'link')]
  mkdirSync(real)
  symlinkSync(real, link)
  await sparky.json(['agent', 'pause'])
  const first = await sparky.add('What time is it?', ['--lock', 'cwd', '--cwd', real, '--at', '1h'])
  const second = await sparky.add('What time is it?', ['--lock', 'cwd', '--cwd', link, '--after', '1'])
  expect(second.locks).toEqual(first.locks)
  const edit = (...args: string[]) => sparky.json<Task>([...tasks, 'edit', ...args])
  expect(await edit('2', '--after', 'none')).toMatchObject({ depends_on: [], status: 'pending' })
  expect(await edit('1', '--after-any', '2')).toMatchObject({ status: 'blocked' })
  expect(await sparky.run([...tasks, 'edit', '2', '--after', '1'])).toMatchObject({ exitCode: 5 })
  expect(await edit('1', '--at', 'now', '--after-any', 'none')).toMatchObject({ status: 'pending' })
  const why = await sparky.json<Why>([...tasks, 'why', '1'])
  expect(why.reasons.map(({ code }) => code)).toEqual(['daemon_paused'])
})

test('an edit takes away locks, limits and the context, too', async () => {
  const sparky = newSparky()
  await sparky.json(['agent', 'pause'])
  await sparky.add('What time is it?', ['--lock', 'a', '--lock', 'b', '--timeout', '5', '--context', '1'])
  const edited = await sparky.json<Task>([
    ...tasks,
    'edit',
    ...'1 --lock none --timeout none --context null'.split(' '),
  ])
  expect(edited.locks).toEqual([])
  expect(edited.limits).toMatchObject({ timeout_s: null, max_steps: 50 })
  expect(edited.request_payload.context).toBeNull()
})
