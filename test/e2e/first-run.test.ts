import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Event, EventOf } from '../../src/protocol/event.ts'
import { taskSchema, type Task } from '../../src/protocol/task.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const sparkyWithFiles = (): Sparky => {
  const sparky = newSparky()
  writeFileSync(path.join(sparky.work, 'poem.txt'), 'roses\n')
  writeFileSync(path.join(sparky.work, 'shopping.md'), 'milk\n')
  return sparky
}

const eventsIn = (stdout: string): Event[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)

test('the main job works on a home that does not exist, with nothing but the answer on stdout', async () => {
  const sparky = sparkyWithFiles()
  expect(existsSync(sparky.home)).toBe(false)
  const { exitCode, stdout, stderr } = await sparky.run(['run', 'List all files in the current directory'])
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
  expect(stdout).toContain('poem.txt')
  expect(stdout).toContain('shopping.md')
  expect(stdout).toMatch(/no.* language model|not a language model/)
  expect(stdout).not.toMatch(/Started|completed|tool call/)
  expect(stderr).toContain(`Started the daemon at ${sparky.daemon()?.url}`)
  expect(stderr).toContain('list_directory')
  expect(stderr).toContain('completed')
})

test('the other task of the seeds is answered with the time of now', async () => {
  const sparky = newSparky()
  const beforeMs = Date.now()
  const { stdout } = await sparky.run(['run', 'What is the current date and time?'])
  const [told = ''] = /\d{4}-\d{2}-\d{2}T[\d:.]+Z/.exec(stdout) ?? []
  expect(Date.parse(told)).toBeGreaterThanOrEqual(beforeMs)
  expect(Date.parse(told)).toBeLessThanOrEqual(Date.now())
})

test('a task that was added is found, waited for and answered by its number', async () => {
  const sparky = sparkyWithFiles()
  const added = await sparky.run(['agent', 'tasks', 'add', 'What is the current date and time?'])
  expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Task 1 added') })
  expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })
  const result = await sparky.run(['agent', 'tasks', 'result', '1'])
  expect(result).toMatchObject({ exitCode: 0, stderr: '' })
  expect(result.stdout).toContain(String(new Date().getUTCFullYear()))
})

test('what the demo does not understand fails with exit 9 and the ways to configure a model', async () => {
  const sparky = newSparky()
  const plain = await sparky.run(['run', 'Compose a sonnet about rain'])
  expect(plain).toMatchObject({ exitCode: 9, stdout: '' })
  expect(plain.stderr).toContain('GEMINI_API_KEY')
  expect(plain.stderr).toContain('Ollama')

  const { exitCode, stdout, stderr } = await sparky.run(['run', '--json', 'Compose a sonnet about rain'])
  expect(exitCode).toBe(9)
  const task = JSON.parse(stdout) as Task
  expect(task).toMatchObject({
    status: 'failed',
    response_payload: null,
    error: { code: 'model_not_configured', retryable: false },
  })
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: 'model_not_configured', message: task.error?.message },
  })
})

test('run --json prints the finished task with every field of the contract, and nothing else', async () => {
  const sparky = sparkyWithFiles()
  const { exitCode, stdout, stderr } = await sparky.run([
    'run',
    '--json',
    'List all files in the current directory',
  ])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const task = JSON.parse(stdout) as Task
  expect(Object.keys(task).toSorted()).toEqual(Object.keys(taskSchema.shape).toSorted())
  expect(Object.values(task)).not.toContain(undefined)
  expect(task).toMatchObject({
    number: 1,
    kind: 'agent',
    status: 'completed',
    prompt: 'List all files in the current directory',
    response_payload: { answer: expect.stringContaining('poem.txt'), data: null },
    error: null,
    agent: 'default',
    model: 'offline/demo',
    cwd: sparky.work,
    attempt: 1,
    usage: { model_calls: 2, tool_calls: 1 },
    first_seq: 1,
  })
  expect(task.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/)
  expect(task).toEqual(await sparky.json<Task>(['agent', 'tasks', 'show', task.id.slice(0, 13)]))
})

test('run --events prints every event as a line, numbered without a gap, the last one final', async () => {
  const sparky = sparkyWithFiles()
  const { exitCode, stdout } = await sparky.run([
    'run',
    '--events',
    'List all files in the current directory',
  ])
  expect(exitCode).toBe(0)
  const events = eventsIn(stdout)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, position) => position + 1))
  expect(events[0]).toMatchObject({ v: 1, type: 'task_added' })
  expect(events.at(-1)).toMatchObject({
    type: 'status',
    data: { status: 'completed', message: 'Task completed' },
  })
  const [use] = events.filter(({ type }) => type === 'tool_use')
  const [result] = events.filter(({ type }) => type === 'tool_result')
  expect(use).toMatchObject({ attempt: 1, step: 1, data: { name: 'list_directory' } })
  expect(result).toMatchObject({ data: { call_id: (use as EventOf<'tool_use'>).data.call_id, status: 'ok' } })
  expect(events).toEqual(await sparky.events(1))
  expect(stdout).not.toContain('"private"')
})

test('a prompt comes from stdin as well, and after -- it may look like a flag', async () => {
  const sparky = newSparky()
  const { stdout } = await sparky.run(['run', '-', '--json'], {
    input: 'What is the current\ndate and time?\n',
  })
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'completed',
    prompt: 'What is the current\ndate and time?',
  })
  const task = await sparky.run([
    'agent',
    'tasks',
    'add',
    '--json',
    '--',
    '--json',
    'is',
    'no',
    'flag',
    'here',
  ])
  expect(JSON.parse(task.stdout)).toMatchObject({ prompt: '--json is no flag here' })
})
