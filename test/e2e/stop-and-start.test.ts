import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFailed, onTestFinished, test, vi } from 'vitest'
import { kindOf, positionOf, prepareFiles, promptFor, replyAt, tallyOf } from '../support/calls-in-a-row.ts'
import { startLife, type DaemonLife } from '../support/daemon-life.ts'
import { everyEvent, expectHonest, expectInOrder, ofType } from '../support/honest-log.ts'
import { startModelServer } from '../support/model-server.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const soon = { timeout: 10_000, interval: 50 }
/** Three for each way. */
const stops = 15
const calls = 24

/** Ways to end a daemon in good order, with its last answer within a second or so. */
const ways: readonly ((sparky: Sparky, life: DaemonLife) => Promise<void>)[] = [
  async (sparky) => void (await sparky.run(['agent', 'stop'])),
  async (_, { pid }) => void process.kill(pid, 'SIGTERM'),
  async (sparky) => void (await sparky.run(['agent', 'stop', '--now'])),
  async (sparky) => void (await sparky.run(['agent', 'stop', '--timeout', '0'])),
  async (_, { pid }) => {
    process.kill(pid, 'SIGINT')
    await delay(5)
    process.kill(pid, 'SIGINT')
  },
]

test(
  `${stops} stops and starts through one task: it goes on each time, first in line, and repeats nothing`,
  { timeout: 90_000 },
  async () => {
    const random = seededRandom()
    onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}`))
    const server = await startModelServer({
      replies: async ({ body }) => {
        await delay(20)
        const position = positionOf(body)
        return replyAt(position, position.name === 'long' ? calls : 1, 0.05)
      },
    })
    onTestFinished(() => server.close())
    const sparky = newSparky({ ...server.environment('openai'), SPARKY_AGENT_CONCURRENCY: '1' })
    for (const name of ['long', 'urgent']) prepareFiles(sparky.work, name)
    await sparky.add(promptFor('long'))
    await sparky.add(promptFor('urgent'), ['--priority', '100'])
    await sparky.run(['agent', 'stop'])
    for (let stop = 0; stop < stops; stop += 1) {
      const life = startLife(sparky)
      expect(await life.ready).toBe(true)
      await delay(random.below(120))
      await ways[stop % ways.length]?.(sparky, life)
      await life.exited
      expect(sparky.daemon()).toBeUndefined()
    }
    await sparky.start()
    expect(await sparky.run(['agent', 'tasks', 'wait', '1', '2'])).toMatchObject({ exitCode: 0 })

    const all = await everyEvent(sparky)
    expectInOrder(all)
    const events = await sparky.events(1)
    expectHonest(events)
    const results = ofType(events, 'tool_result')
    expect(results).toHaveLength(calls)
    const tally = tallyOf(sparky.work, 'long')
    for (const [call, { data }] of results.entries()) {
      if (!['command', 'edit'].includes(kindOf(call))) continue
      const times = tally.filter((line) => line === `long-call-${call}`).length
      if (data.status === 'interrupted') expect(times).toBeLessThanOrEqual(1)
      else expect({ call, status: data.status, times }).toEqual({ call, status: 'ok', times: 1 })
    }
    const begun = ofType(await sparky.events(2), 'status').find(({ data }) => data.status === 'in_progress')
    expect(begun?.seq).toBeGreaterThan(events.at(-1)?.seq ?? 0)
    expect(new Set(ofType(events, 'status').map(({ attempt }) => attempt))).toEqual(new Set([1]))
  },
)

test('a stop does not wait for a provider that asks to wait; the start after it asks again at once', async () => {
  const server = await startModelServer({
    replies: [{ httpStatus: 429, headers: { 'retry-after': '50' } }, { text: 'done' }],
  })
  onTestFinished(() => server.close())
  const sparky = newSparky(server.environment('openai'))
  await sparky.add('anything')
  await vi.waitFor(async () => {
    expect(ofType(await sparky.events(1), 'error')).toHaveLength(1)
  }, soon)
  const startedAtMs = performance.now()
  expect(await sparky.run(['agent', 'stop'])).toMatchObject({ exitCode: 0 })
  expect(performance.now() - startedAtMs).toBeLessThan(5000)
  await sparky.start()
  expect(await sparky.run(['agent', 'tasks', 'wait', '1', '--timeout', '20'])).toMatchObject({ exitCode: 0 })
  expect(ofType(await sparky.events(1), 'status').map(({ data }) => data.status)).toEqual([
    'in_progress',
    'pending',
    'in_progress',
    'completed',
  ])
})

test('a task that waits for a rate limit still does so after a stop and after kill -9', async () => {
  const server = await startModelServer({
    replies: [{ httpStatus: 429, headers: { 'retry-after': '62' } }, { text: 'done' }],
  })
  onTestFinished(() => server.close())
  const sparky = newSparky(server.environment('openai'))
  await sparky.add('anything')
  const show = () => sparky.task(1)
  const waiting = await vi.waitFor(async () => {
    const task = await show()
    expect(task.status).toBe('waiting')
    return task.waiting_for
  }, soon)
  await sparky.run(['agent', 'stop'])
  await sparky.start()
  expect(await show()).toMatchObject({ status: 'waiting', waiting_for: waiting })
  await sparky.killDaemon()
  await sparky.start()
  expect(await show()).toMatchObject({ status: 'waiting', waiting_for: waiting })
  expect(server.requests).toHaveLength(1)
  expect(await sparky.json(['agent', 'tasks', 'cancel', '1'])).toMatchObject({ status: 'cancelled' })
})
