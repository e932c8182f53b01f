import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFailed, onTestFinished, test, vi } from 'vitest'
import type { Task, TaskStatus } from '../../src/protocol/task.ts'
import { positionOf, promptFor } from '../support/calls-in-a-row.ts'
import { startLife, type DaemonLife } from '../support/daemon-life.ts'
import { everyEvent, expectHonest, expectInOrder, ofType, request } from '../support/honest-log.ts'
import { startModelServer } from '../support/model-server.ts'
import { processesIn } from '../support/processes-in.ts'
import { seededRandom, type SeededRandom } from '../support/seeded-random.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const waves = 12
const tasksAWave = 8
/** How long after its cancel is acknowledged a process of a task may live. */
const processesGoneMs = 2000

/** What else is done to a task at the moment of its cancel. */
const companions = ['nothing', 'a second cancel', 'a retry', 'a pause', 'an edit'] as const

/** A command and its child, neither of which listens to SIGTERM. */
const stubborn =
  "trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 0.2; done' & while :; do sleep 0.2; done"

test(
  `a cancel wins at whatever moment it comes, over ${waves * tasksAWave} tasks and ${waves / 2} times kill -9 right after one`,
  { timeout: 120_000 },
  async () => {
    const random = seededRandom()
    onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}`))
    const sparky = await startSparky(random)
    let life = startLife(sparky)
    await life.ready
    const ids: string[] = []
    for (let wave = 0; wave < waves; wave += 1) {
      const names = Array.from(
        { length: tasksAWave },
        (_, at) => `${at % 4 === 3 ? 'quick' : 'slow'}-${wave}-${at}`,
      )
      const tasks = await Promise.all(names.map((name) => add(sparky, name)))
      ids.push(...tasks.map(({ id }) => id))
      const cancelling = tasks.map((task) => cancelAtSomeMoment(sparky, task, random))
      if (wave % 2 === 1) {
        await Promise.race(cancelling)
        life = await killAndStart(sparky, life)
      }
      await Promise.all(cancelling)
    }
    await killAndStart(sparky, life)
    await expectAllEnded(sparky, ids)
  },
)

/** A model that takes a moment, and then asks for a stubborn command, or has its answer at once. */
const startSparky = async (random: SeededRandom): Promise<Sparky> => {
  const server = await startModelServer({
    replies: async ({ body }) => {
      await delay(random.below(60))
      return positionOf(body).name.startsWith('quick')
        ? { text: 'done' }
        : { calls: [{ name: 'run_command', args: { command: stubborn } }] }
    },
  })
  onTestFinished(() => server.close())
  return newSparky({ ...server.environment('openai'), SPARKY_AGENT_CONCURRENCY: '5' })
}

/** Each in a folder of its own, by which its processes are known. */
const add = async (sparky: Sparky, name: string): Promise<Task> => {
  const cwd = path.join(sparky.work, name)
  mkdirSync(cwd)
  const body = JSON.stringify({ prompt: promptFor(name), cwd })
  return (await (await request(sparky, '/api/v1/tasks', { method: 'POST', body })).json()) as Task
}

const cancelAtSomeMoment = async (sparky: Sparky, { id, cwd }: Task, random: SeededRandom): Promise<void> => {
  await delay(random.below(random.pick([5, 100, 400])))
  const companion = random.pick(companions)
  const startsAgain = accompany(sparky, id, companion)
  // A person who starts it again at that very moment may come second, and gets what they ask for: where both were
  // written at once, the cancel is answered with the task as it is after both.
  await cancel(sparky, id, companion === 'a retry' ? ['cancelled', 'pending', 'in_progress'] : ['cancelled'])
  if (await startsAgain) await cancel(sparky, id)
  await vi.waitFor(() => expect(processesIn(cwd)).toEqual([]), { timeout: processesGoneMs, interval: 20 })
}

/** Resolves when the cancel is acknowledged; where the daemon dies meanwhile, asks the next one. */
const cancel = async (
  sparky: Sparky,
  id: string,
  then: readonly TaskStatus[] = ['cancelled'],
): Promise<void> => {
  const { status, task } = await post(sparky, `/api/v1/tasks/${id}/cancel`)
  if (status === 200) expect(then).toContain((task as Task).status)
  else expect({ status, task }).toMatchObject({ status: 409 })
}

/** Resolves with whether it has started the task again. */
const accompany = async (
  sparky: Sparky,
  id: string,
  companion: (typeof companions)[number],
): Promise<boolean> => {
  if (companion === 'nothing') return false
  if (companion === 'a second cancel') await post(sparky, `/api/v1/tasks/${id}/cancel`)
  if (companion === 'a pause') await post(sparky, `/api/v1/tasks/${id}/pause`)
  if (companion === 'an edit')
    await post(sparky, `/api/v1/tasks/${id}`, { method: 'PATCH', body: { priority: 3 } })
  return companion === 'a retry' && (await post(sparky, `/api/v1/tasks/${id}/retry`)).status === 200
}

const post = async (
  sparky: Sparky,
  where: string,
  { method = 'POST', body = {} } = {},
): Promise<{ status: number; task: unknown }> => {
  for (;;) {
    try {
      const response = await request(sparky, where, { method, body: JSON.stringify(body) })
      return { status: response.status, task: await response.json() }
    } catch {
      await delay(10)
    }
  }
}

const killAndStart = async (sparky: Sparky, life: DaemonLife): Promise<DaemonLife> => {
  await life.kill()
  const next = startLife(sparky)
  expect(await next.ready).toBe(true)
  return next
}

const expectAllEnded = async (sparky: Sparky, ids: readonly string[]): Promise<void> => {
  const events = await everyEvent(sparky)
  expectInOrder(events)
  const ends = ids.map((id) => {
    const own = events.filter(({ task_id }) => task_id === id)
    const retries = ofType(own, 'status').filter(({ data }) => data.fresh === true).length
    if (retries === 0) expectHonest(own)
    const last = own.at(-1)
    const end = last?.type === 'status' ? last.data.status : last?.type
    expect(['cancelled', 'completed']).toContain(end)
    return end
  })
  expect(ends.filter((end) => end === 'cancelled').length).toBeGreaterThan(ids.length * 0.8)
  expect(processesIn(sparky.work)).toEqual([])
}
