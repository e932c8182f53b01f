import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { FakeDaemon } from '../support/fake-daemon.ts'
import { startCli, startMatchingDaemon } from '../support/run-cli.ts'
import { aTask } from '../support/task.ts'

/** Longer than anybody who polls would wait. */
const quietMs = 1500

const withRunningTasks = async (): Promise<{ daemon: FakeDaemon; ids: readonly string[] }> => {
  const daemon = await startMatchingDaemon()
  const tasks = [1, 2].map((number) => aTask({ number, status: 'in_progress' }))
  for (const task of tasks) daemon.append({ task_id: task.id, type: 'task_added', data: { task } })
  return { daemon, ids: tasks.map(({ id }) => id) }
}

const asked = ({ requests, frames }: FakeDaemon): number => requests.length + frames.length

describe.each([
  ['wait', ['agent', 'tasks', 'wait', '1', '2']],
  ['events --follow', ['agent', 'tasks', 'events', '1', '--follow']],
  ['watch --plain', ['watch', '--plain', '1']],
  ['watch --json', ['watch', '--json', '1']],
])('%s', (_, args) => {
  it('asks once and then only listens, however long it takes and whatever else happens', async () => {
    const { daemon, ids } = await withRunningTasks()
    const running = startCli(daemon.home, args)
    await expect
      .poll(
        () =>
          daemon.requests.some(({ line }) => line.includes('follow=true')) ||
          daemon.frames.some(({ type }) => type === 'subscribe'),
        { timeout: 10_000 },
      )
      .toBe(true)
    const before = asked(daemon)
    for (const text of ['one', 'two', 'three']) {
      await delay(quietMs / 3)
      for (const id of ids) daemon.append({ task_id: id, type: 'thought', data: { text } })
    }
    expect(asked(daemon)).toBe(before)
    for (const id of ids) daemon.complete(id, 'done')
    expect((await running).exitCode).toBe(0)
    // At most a last look at each task.
    expect(asked(daemon)).toBeLessThanOrEqual(before + ids.length)
  })
})
