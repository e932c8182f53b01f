import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import type { ScriptedSource } from '../fixtures/tui/scripted-source.ts'
import { watchOnTerminal } from './watch-on-terminal.ts'

const asking = ['status', 'listTasks', 'showTask', 'taskEvents', 'why', 'toolResult'] as const

/** Longer than the screen's own clock, which ticks once a second, and than anybody who polls would wait. */
const quietMs = 2500

it.each([
  ['runs', (source: ScriptedSource) => source.start(source.newTask('Research').id)],
  ['waits', (source: ScriptedSource) => void source.newTask('Build', { status: 'blocked' })],
])('the screen asks nothing of the daemon while the task that is selected %s', async (_, story) => {
  let asked = 0
  const { terminal, source } = await watchOnTerminal({
    story: (told) => {
      story(told)
      for (const name of asking) {
        const answer = (told[name] as (...args: unknown[]) => unknown).bind(told)
        vi.spyOn(told, name).mockImplementation(((...args: unknown[]) => {
          asked += 1
          return answer(...args)
        }) as never)
      }
    },
  })
  await terminal.until(/Research|Build/)
  // What it asks when it opens: until that has come to rest.
  await vi.waitFor(async () => {
    const before = asked
    await delay(300)
    expect(asked).toBe(before)
  }, 10_000)
  const before = asked
  expect(before).toBeGreaterThan(0)
  await delay(quietMs)
  expect(asked).toBe(before)
  source.newTask('Something new')
  await terminal.until('Something new')
})
