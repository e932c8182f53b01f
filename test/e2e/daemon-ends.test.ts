import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Event } from '../../src/protocol/event.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 10_000, interval: 20 }
const fileIn = (sparky: Sparky, name: string): string => path.join(sparky.work, name)

/** A command that says in `tally` that it began, and when it was let go also that it ended. */
const untilLetGo =
  'Run the command: echo began >> tally; while [ ! -e go ]; do sleep 0.05; done; echo ended >> tally'

const tally = (sparky: Sparky): string => {
  const file = fileIn(sparky, 'tally')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** Adds a task that runs a command until it is let go, and resolves when the command runs. */
const startCommand = async (sparky: Sparky): Promise<number> => {
  await sparky.add(untilLetGo)
  await vi.waitFor(() => expect(tally(sparky)).toBe('began\n'), soon)
  return sparky.daemon()?.pid ?? 0
}

const gone = (pid: number): Promise<void> => vi.waitFor(() => expect(isAlive(pid)).toBe(false), soon)

const statuses = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.type === 'status' ? [event.data.status] : []))

const resultStatuses = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.type === 'tool_result' ? [event.data.status] : []))

test.each(['SIGTERM', 'SIGINT', 'stop'] as const)(
  '%s lets a running command end, takes its task back to pending, and the next start goes on',
  async (how) => {
    const sparky = newSparky()
    const pid = await startCommand(sparky)
    const stopping = how === 'stop' ? sparky.run(['agent', 'stop']) : undefined
    if (how !== 'stop') process.kill(pid, how)
    await vi.waitFor(() => expect(sparky.log()).toContain('Daemon stopping'), soon)
    expect(isAlive(pid)).toBe(true)
    writeFileSync(fileIn(sparky, 'go'), '')
    await gone(pid)
    if (stopping !== undefined) expect(await stopping).toMatchObject({ exitCode: 0 })
    expect(sparky.daemon()).toBeUndefined()

    await sparky.start()
    expect(await sparky.run(['agent', 'tasks', 'wait', '1'])).toMatchObject({ exitCode: 0 })
    const events = await sparky.events(1)
    expect(statuses(events)).toEqual(['in_progress', 'pending', 'in_progress', 'completed'])
    expect(resultStatuses(events)).toEqual(['ok'])
    expect(tally(sparky)).toBe('began\nended\n')
  },
)

test('a second signal is forced: the command is killed and its call interrupted', async () => {
  const sparky = newSparky()
  const pid = await startCommand(sparky)
  process.kill(pid, 'SIGTERM')
  await vi.waitFor(() => expect(sparky.log()).toContain('Daemon stopping'), soon)
  process.kill(pid, 'SIGTERM')
  await gone(pid)
  await sparky.start()
  await sparky.run(['agent', 'tasks', 'wait', '1'])
  expect(resultStatuses(await sparky.events(1))).toEqual(['interrupted'])
  expect(tally(sparky)).toBe('began\n')
})

test.each([
  ['--now', ['--now']],
  ['--timeout 0.2', ['--timeout', '0.2']],
])('stop %s waits no longer for a command', async (_, flags) => {
  const sparky = newSparky()
  const pid = await startCommand(sparky)
  expect(await sparky.run(['agent', 'stop', ...flags])).toMatchObject({ exitCode: 0 })
  expect(isAlive(pid)).toBe(false)
  const events = await sparky.events(1)
  expect(statuses(events).slice(0, 2)).toEqual(['in_progress', 'pending'])
  expect(resultStatuses(events)).toEqual(['interrupted'])
})

test('what a stop took back starts first, before tasks that were waiting', async () => {
  const sparky = newSparky({ SPARKY_AGENT_CONCURRENCY: '1' })
  await startCommand(sparky)
  await sparky.add('What time is it?', ['--priority', '9'])
  const stopping = sparky.run(['agent', 'stop', '--now'])
  await stopping
  await sparky.start()
  await sparky.run(['agent', 'tasks', 'wait', '1', '2'])
  const [[, resumed], [started]] = (await Promise.all(
    [1, 2].map(async (task) =>
      (await sparky.events(task)).filter(
        (event) => event.type === 'status' && event.data.status === 'in_progress',
      ),
    ),
  )) as [Event[], Event[]]
  expect(resumed?.seq).toBeLessThan(started?.seq ?? 0)
})

test('in the foreground it prints the lines of the seeds, and ends at Ctrl+C', async () => {
  const sparky = newSparky()
  const daemon = sparky.spawn(['agent', 'start', '--foreground'])
  let printed = ''
  daemon.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await vi.waitFor(() => expect(printed).toContain('Agent Worker is ONLINE'), soon)
  expect(printed).toContain(sparky.daemon()?.url)
  const { id } = await sparky.json<{ id: string }>(['run', 'List files'])
  await sparky.run(['run', 'Compose a sonnet'])
  await vi.waitFor(() => expect(printed).toContain('Task 2 Failed'), soon)
  expect(printed).toContain(`⚡ Found Task 1 (${id})!\n   User asking: List files\n`)
  expect(printed).toContain('✅ Task 1 Completed successfully.')
  daemon.kill('SIGINT')
  const { exitCode, stderr } = await daemon
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(sparky.daemon()).toBeUndefined()
})

test('in the foreground with --json it prints its status, once', async () => {
  const sparky = newSparky()
  const daemon = sparky.spawn(['agent', 'start', '--foreground', '--json'])
  let printed = ''
  daemon.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await vi.waitFor(() => expect(printed).toContain('\n'), soon)
  expect(Object.keys(JSON.parse(printed) as object)).toEqual(
    Object.keys(await sparky.json<object>(['agent', 'status'])),
  )
  daemon.kill('SIGTERM')
  expect(await daemon).toMatchObject({ exitCode: 0, stdout: printed.trim(), stderr: '' })
})

test('a second daemon in the foreground is refused', async () => {
  const sparky = newSparky()
  await sparky.start()
  const second = await sparky.run(['agent', 'start', '--foreground'])
  expect(second).toMatchObject({
    exitCode: 5,
    stdout: '',
    stderr: expect.stringContaining('already running'),
  })
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ running: true })
})

test.each([
  ['{"concurrency": "many"}', /config\.json: expected concurrency to be a whole number, found "many"/],
  ['{"concurrency": 0}', /config\.json: expected concurrency to be a number above 0, found 0/],
  ['{"colour": "red"}', /config\.json: expected .* known, found "colour"/],
  ['{"port": 77', /config\.json: expected JSON/],
  ['[]', /config\.json: .*expected/],
])('a configuration of %s is refused in a line, with exit 2, and left as it is', async (content, line) => {
  const sparky = newSparky()
  await sparky.run(['config', 'path'])
  await sparky.run(['config', 'set', 'concurrency', '2'])
  const file = path.join(sparky.home, 'config.json')
  writeFileSync(file, content)
  for (const args of [
    ['agent', 'start'],
    ['agent', 'start', '--foreground'],
    ['run', 'List files'],
  ]) {
    const { exitCode, stdout, stderr } = await sparky.run([...args, '--json'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string } }
    expect(error.code).toBe('usage')
    expect(error.message).toMatch(line)
    expect(error.message).not.toContain('\n')
  }
  expect(readFileSync(file, 'utf8')).toBe(content)
  expect(sparky.daemon()).toBeUndefined()
})

test('a running daemon goes on with what it had when its configuration is spoilt', async () => {
  const sparky = newSparky()
  await sparky.start()
  await sparky.run(['config', 'set', 'concurrency', '4'])
  await vi.waitFor(
    async () => expect(await sparky.json(['agent', 'status'])).toMatchObject({ concurrency: 4 }),
    { timeout: 3000, interval: 50 },
  )
  for (const [content, reason] of [
    ['{"concurrency": -1}', 'a number above 0'],
    ['{oops', 'expected JSON'],
  ] as const) {
    writeFileSync(path.join(sparky.home, 'config.json'), content)
    await vi.waitFor(
      () => expect(sparky.log()).toMatch(new RegExp(`${reason}.*Configuration not applied`)),
      soon,
    )
  }
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ concurrency: 4 })
  writeFileSync(path.join(sparky.home, 'config.json'), '{}')
})
