import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Failure } from '../../src/protocol/failure.ts'
import type { Task } from '../../src/protocol/task.ts'
import { everyEvent, expectHonest, expectInOrder, ofType, request } from '../support/honest-log.ts'
import { mayMount, smallDisk, type SmallDisk } from '../support/small-disk.ts'
import { newSparky, type Ran, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 10_000, interval: 20 }
const tasks = ['agent', 'tasks'] as const

/** Two commands, of which the first goes on until it is let go. */
const twoCommands = [
  'Run the command: while [ ! -e go ]; do sleep 0.02; done; echo one >> tally',
  'Run the command: echo two >> tally',
].join('\n')

const startOnSmallDisk = async (): Promise<{ sparky: Sparky; disk: SmallDisk }> => {
  const disk = smallDisk(4)
  const sparky = newSparky({}, { home: path.join(disk.folder, 'home') })
  await sparky.json(['run', 'What time is it?'])
  await sparky.add('What time is it?', ['--at', '10h'])
  return { sparky, disk }
}

/** Fills the disk, and the rest of the last block of the log with small events of task 2. */
const fill = async (sparky: Sparky, disk: SmallDisk): Promise<void> => {
  disk.fill()
  for (let turn = 0; turn < 100; turn += 1) {
    const verb = turn % 2 === 0 ? 'pause' : 'resume'
    const { status } = await request(sparky, `/api/v1/tasks/2/${verb}`, { method: 'POST', body: '{}' })
    if (status === 503) return
  }
  throw new Error('expected the disk to be full')
}

/** Adds the task, and resolves when its first command runs. */
const startCommand = async (sparky: Sparky): Promise<Task> => {
  const task = await sparky.add(twoCommands)
  await vi.waitFor(async () => {
    expect(ofType(await sparky.events(task.number), 'progress').at(-1)?.data.note).toContain(
      'runs as process',
    )
  }, soon)
  return task
}

const failureOf = ({ stderr }: Ran): Failure => (JSON.parse(stderr) as { error: Failure }).error

const tallyOf = (sparky: Sparky): string => {
  const file = path.join(sparky.work, 'tally')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

describe.skipIf(!mayMount())('a disk that fills up (where a test may mount one)', () => {
  test('refuses what cannot be kept, shows what is there, and goes on by itself when there is room', async () => {
    const { sparky, disk } = await startOnSmallDisk()
    const { number } = await startCommand(sparky)
    const watching = sparky.spawn(['watch', '--json', String(number)])
    await fill(sparky, disk)

    for (const command of [
      ['add', 'List files'],
      ['cancel', '2'],
      ['edit', '2', '--priority', '3', '--label', `long=${'x'.repeat(200)}`],
    ]) {
      const refused = await sparky.run([...tasks, ...command, '--json'])
      expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
      expect(failureOf(refused)).toMatchObject({
        code: 'not_durable',
        message: expect.stringContaining('ENOSPC'),
        hint: expect.stringContaining('Make room'),
      })
    }
    expect(await sparky.json<Task[]>([...tasks, 'list'])).toHaveLength(3)
    expect(await sparky.task(1)).toMatchObject({ status: 'completed' })
    expect(await sparky.run([...tasks, 'result', '1'])).toMatchObject({ exitCode: 0 })
    expect((await sparky.events(1)).at(-1)).toMatchObject({ type: 'status' })
    expect(await sparky.json(['agent', 'status'])).toMatchObject({ running: true })

    writeFileSync(path.join(sparky.work, 'go'), '')
    await vi.waitFor(() => expect(tallyOf(sparky)).toBe('one\n'), soon)
    expect(await sparky.task(number)).toMatchObject({ status: 'in_progress' })
    disk.makeRoom()
    expect(await sparky.run([...tasks, 'wait', String(number)])).toMatchObject({ exitCode: 0 })
    expect(tallyOf(sparky)).toBe('one\ntwo\n')
    expect(await watching).toMatchObject({ exitCode: 0 })
    const events = await sparky.events(number)
    expectHonest(events)
    expect(ofType(events, 'tool_result').map(({ data }) => data.status)).toEqual(['ok', 'ok'])
    expectInOrder(await everyEvent(sparky))
    expect(sparky.log()).toContain('The store can be written again')
  })

  test('a cancel is answered at once, ends what ran, and is written when there is room', async () => {
    const { sparky, disk } = await startOnSmallDisk()
    const { number } = await startCommand(sparky)
    await fill(sparky, disk)
    const cancelled = await sparky.run([...tasks, 'cancel', String(number), '--json'])
    expect(cancelled.exitCode).toBe(1)
    expect(failureOf(cancelled)).toMatchObject({ code: 'not_durable' })
    writeFileSync(path.join(sparky.work, 'go'), '')
    disk.makeRoom()
    expect(await sparky.run([...tasks, 'wait', String(number)])).toMatchObject({ exitCode: 6 })
    expect(tallyOf(sparky)).toBe('')
    expectHonest(await sparky.events(number))
  })

  test('a daemon that cannot start on it says so, harms nothing, and starts when there is room', async () => {
    const { sparky, disk } = await startOnSmallDisk()
    await startCommand(sparky)
    const before = await everyEvent(sparky)
    process.kill(sparky.daemon()?.pid ?? 0, 'SIGKILL')
    disk.fill()
    for (const command of [
      ['agent', 'start'],
      [...tasks, 'add', 'List files'],
    ]) {
      const refused = await sparky.run([...command, '--json'])
      expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
      expect(failureOf(refused)).toMatchObject({
        code: 'not_durable',
        hint: expect.stringContaining('Make room'),
      })
    }
    disk.makeRoom()
    await sparky.json(['agent', 'start'])
    expect(await sparky.run([...tasks, 'wait', '3'])).toMatchObject({ exitCode: 0 })
    expect((await everyEvent(sparky)).slice(0, before.length)).toEqual(before)
    const events = await sparky.events(3)
    expectHonest(events)
    expect(ofType(events, 'tool_result').map(({ data }) => data.status)).toEqual(['interrupted', 'ok'])
    expect(tallyOf(sparky)).toBe('two\n')
  })

  test('is noticed to have room again with nobody asking for anything; the configuration stays whole', async () => {
    const { sparky, disk } = await startOnSmallDisk()
    await sparky.run(['config', 'set', 'concurrency', '3'])
    const isWritable = async () =>
      (await sparky.json<{ store: { writable: boolean } }>(['agent', 'status'])).store.writable
    await fill(sparky, disk)
    expect(await isWritable()).toBe(false)
    const refused = await sparky.run(['config', 'set', 'concurrency', '4', '--json'])
    expect(failureOf(refused)).toMatchObject({
      code: 'not_durable',
      message: expect.stringContaining('ENOSPC'),
    })
    expect((await sparky.run(['config', 'get', 'concurrency'])).stdout).toBe('3')
    disk.makeRoom()
    await vi.waitFor(async () => expect(await isWritable()).toBe(true), soon)
  })
})
