import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { Queue } from '../../src/daemon/queue/queue.ts'
import { openEmbeddedStore } from '../../src/daemon/store/embedded/embedded-store.ts'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import type { GroupRow, Why } from '../../src/protocol/api.ts'
import type { Task } from '../../src/protocol/task.ts'
import { openQueue } from '../support/queue.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 15_000, interval: 50 }
const tasks = ['agent', 'tasks'] as const
const groups = ['agent', 'groups'] as const

const nameAndPause = async (sparky: Sparky): Promise<[string, boolean][]> =>
  (await sparky.json<GroupRow[]>(groups)).map(({ name, paused }) => [name, paused])

/** A pending task that the next daemon finds. */
const addWithoutDaemon = async ({ home, work }: Sparky, prompt: string): Promise<void> => {
  const store = await openEmbeddedStore({ directory: path.join(home, 'store') })
  const { settings } = await openQueue()
  await new Queue({ store, settings: () => settings }).add({ prompt, cwd: work })
  await store.close()
}

test('a group is paused, limited and listed, and says why its tasks wait', async () => {
  const sparky = newSparky()
  expect(await sparky.json([...groups, 'pause', 'docs'])).toMatchObject({ name: 'docs', paused: true })
  await sparky.add('What time is it?', ['--group', 'docs'])
  const why = await sparky.json<Why>([...tasks, 'why', '1'])
  expect(why.reasons.map(({ code }) => code)).toEqual(['group_paused'])
  expect(await nameAndPause(sparky)).toEqual([
    ['default', false],
    ['docs', true],
  ])
  await sparky.json(['agent', 'stop'])
  expect(await nameAndPause(sparky)).toEqual([
    ['default', false],
    ['docs', true],
  ])
  expect(await sparky.json([...groups, 'set', 'docs', '--concurrency', '2'])).toEqual({
    name: 'docs',
    concurrency: 2,
  })
  await vi.waitFor(async () => {
    const { stdout } = await sparky.run([...groups, 'list'])
    expect(stdout).toMatch(/docs +2 +paused +1 pending/)
  }, soon)
  expect(await sparky.json(['agent', 'resume', '--group', 'docs'])).toMatchObject({ paused: false })
  expect(await sparky.json<Task[]>([...tasks, 'wait', '1'])).toMatchObject([{ status: 'completed' }])
  expect(await sparky.json([...groups, 'set', 'docs', '--concurrency', 'none'])).toEqual({
    name: 'docs',
    concurrency: null,
  })
  expect(await sparky.run([...groups, 'resume', 'nope'])).toMatchObject({ exitCode: 4 })
  expect(await sparky.run([...groups, 'set', 'docs'])).toMatchObject({ exitCode: 2 })
})

test('what is to keep a task from starting does so also where the daemon has to be started for it', async () => {
  for (const command of [
    ['agent', 'pause'],
    ['agent', 'pause', '--group', 'default'],
    [...tasks, 'pause', '1'],
    [...tasks, 'cancel', '1'],
    [...tasks, 'edit', '1', '--at', '1h'],
  ]) {
    const sparky = newSparky()
    await addWithoutDaemon(sparky, 'Run the command: touch ran')
    await sparky.json(command)
    const { started_at } = await sparky.task(1)
    expect({ command, started_at }).toEqual({ command, started_at: null })
    expect(await sparky.json<DaemonStatus>(['agent', 'status'])).toMatchObject({ agent_loop: true })
  }
})
