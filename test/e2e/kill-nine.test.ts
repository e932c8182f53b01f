import { watch } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { expect, onTestFailed, onTestFinished, test } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { kindOf, positionOf, prepareFiles, promptFor, replyAt, tallyOf } from '../support/calls-in-a-row.ts'
import { startLife, type DaemonLife } from '../support/daemon-life.ts'
import { everyEvent, expectHonest, expectInOrder, ofType, request } from '../support/honest-log.ts'
import { startModelServer, type ModelServer } from '../support/model-server.ts'
import { seededRandom, type SeededRandom } from '../support/seeded-random.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const kills = 54
const callsATask = 20
/** At least as many tasks of twenty calls as are worked on while the daemon is killed. */
const longTasks = 6

/** When a daemon is killed: a moment that is waited for, and then a few random milliseconds more. */
const moments = [
  { name: 'while it starts', upToMs: 350 },
  { name: 'before a claim', upToMs: 15 },
  { name: 'at any moment', upToMs: 400 },
  { name: 'during a model call', upToMs: 15 },
  { name: 'after a reply', upToMs: 12 },
  { name: 'during a call', upToMs: 40 },
  { name: 'as a call has its effect', upToMs: 8 },
  { name: 'at the end of a task', upToMs: 12 },
  // With it goes the snapshot, which is written at the end.
  { name: 'while it stops in good order', upToMs: 120 },
] as const

/** What no event of this test tells of. */
const unannounced: readonly string[] = ['before a claim', 'at any moment', 'while it stops in good order']

type Moment = (typeof moments)[number]['name']

test(
  `${kills} times kill -9 through tasks of ${callsATask} calls: nothing acknowledged is lost, and nothing finished is done again`,
  { timeout: 180_000 },
  async () => {
    const random = seededRandom()
    const chaos = await startChaos(random)
    onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}; killed: ${chaos.diary.join(', ')}`))
    const adding = addThroughout(chaos)
    for (let kill = 0; kill < kills; kill += 1) {
      const { name, upToMs } = moments[kill % moments.length] ?? moments[0]
      await liveUntil(chaos, name, random.below(upToMs))
    }
    chaos.isOver = true
    await chaos.sparky.run(['agent', 'start'], { env: { OPENAI_API_KEY: 'the-last-life' } })
    await adding
    await expectNothingLost(chaos)
  },
)

interface Chaos {
  readonly sparky: Sparky
  readonly server: ModelServer
  readonly random: SeededRandom
  /** What happened, for whoever looks into a failure. */
  readonly diary: string[]
  /** By name: the id of each task that was acknowledged. */
  readonly acknowledged: Map<string, string>
  readonly requests: ModelRequest[]
  readonly waiting: Map<Moment, () => void>
  /** Called after each request for a reply. */
  onRequest: () => void
  isOver: boolean
}

/** A request for a reply: of which step of which task, and by which daemon, told apart by its key and its turn to die. */
interface ModelRequest {
  readonly step: string
  readonly life: string
}

const startChaos = async (random: SeededRandom): Promise<Chaos> => {
  const waiting: Chaos['waiting'] = new Map()
  const requests: ModelRequest[] = []
  const server = await startModelServer({
    replies: async ({ body, headers }) => {
      const position = positionOf(body)
      const isLong = position.name.startsWith('long')
      requests.push({
        step: `${position.name}/${position.done}`,
        life: `${headers.authorization}, killed as number ${deaths}`,
      })
      chaos.onRequest()
      waiting.get('during a model call')?.()
      await delay(random.below(30))
      const reply = replyAt(position, isLong ? callsATask : 0, random.below(0.06))
      waiting.get(reply.calls === undefined ? 'at the end of a task' : 'after a reply')?.()
      return reply
    },
  })
  onTestFinished(() => server.close())
  const sparky = newSparky({ ...server.environment('openai'), SPARKY_LOG_LEVEL: 'debug' })
  const effects = watch(sparky.work, (_, file) => {
    if (/tally|edits/.test(file ?? '')) waiting.get('as a call has its effect')?.()
  })
  onTestFinished(() => effects.close())
  const chaos: Chaos = {
    sparky,
    server,
    random,
    diary: [],
    acknowledged: new Map(),
    requests,
    waiting,
    onRequest: () => {},
    isOver: false,
  }
  return chaos
}

let lives = 0
/** A command that starts a daemon tries again where that is killed: two daemons then have the same key. */
let deaths = 0

/** A daemon's whole life: from its start to its violent death at a moment. */
const liveUntil = async (chaos: Chaos, moment: Moment, furtherMs: number): Promise<void> => {
  lives += 1
  const life = startLife(chaos.sparky, { OPENAI_API_KEY: `life-${lives}` })
  if (moment === 'while it starts') await delay(furtherMs)
  else {
    // Where a command was quicker and has started one, that is the daemon that is killed.
    await life.ready
    if (!unannounced.includes(moment)) {
      await Promise.race([happening(chaos, moment), delay(700)])
    }
    if (moment === 'at any moment') await Promise.race([newsOfTwo(chaos), delay(3000)])
    if (moment === 'while it stops in good order') signalled(chaos.sparky)
    await delay(furtherMs)
  }
  await life.kill()
  await killOther(chaos.sparky, life)
  deaths += 1
  chaos.diary.push(`${moment} + ${furtherMs.toFixed(1)} ms`)
}

const happening = ({ waiting }: Chaos, moment: Moment): Promise<void> =>
  new Promise((resolve) => {
    const name: Moment = moment === 'during a call' ? 'after a reply' : moment
    waiting.set(name, () => {
      waiting.delete(name)
      resolve()
    })
  })

/**
 * Each of the two tasks that run has come one step further. Once in nine lives: a task that ten daemons in a row died
 * with before anything came of it is given up, as it should be.
 */
const newsOfTwo = (chaos: Chaos): Promise<void> => {
  const before = chaos.requests.length
  return new Promise((resolve) => {
    chaos.onRequest = () => {
      const names = chaos.requests.slice(before).map(({ step }) => step.split('/')[0])
      const further = new Set(names.filter((name, index) => names.indexOf(name) !== index))
      if (further.size >= 2) resolve()
    }
  })
}

const signalled = (sparky: Sparky): void => {
  const { pid } = sparky.daemon() ?? {}
  if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGTERM')
}

/** A command of this test may have started a daemon by itself, which held the home. */
const killOther = async (sparky: Sparky, { pid }: DaemonLife): Promise<void> => {
  const other = sparky.daemon()?.pid
  if (other === undefined || other === pid || !isAlive(other)) return
  process.kill(other, 'SIGKILL')
  while (isAlive(other)) await delay(2)
}

/** People and programs go on adding tasks: programs again with the same id until it succeeds, people once. */
const addThroughout = async (chaos: Chaos): Promise<void> => {
  const addAll = async (names: readonly string[], add: (chaos: Chaos, name: string) => Promise<void>) => {
    for (const name of names) {
      prepareFiles(chaos.sparky.work, name)
      await add(chaos, name)
    }
  }
  const namesOf = (kind: string, count: number) => Array.from({ length: count }, (_, at) => `${kind}-${at}`)
  await addAll(namesOf('long', longTasks), addByProgram)
  const people = async (): Promise<void> => {
    for (let at = 0; !chaos.isOver; at += 1) await addAll([`typed-${at}`], addByCommand)
  }
  const programs = async (): Promise<void> => {
    for (let at = 0; !chaos.isOver; at += 1) {
      await addAll([`program-${at}`], addByProgram)
      await delay(chaos.random.below(150))
    }
  }
  await Promise.all([people(), programs()])
}

const addByProgram = async ({ sparky, acknowledged }: Chaos, name: string): Promise<void> => {
  const body = JSON.stringify({ id: uuidv7(), prompt: promptFor(name), cwd: sparky.work })
  for (;;) {
    try {
      const response = await request(sparky, '/api/v1/tasks', { method: 'POST', body })
      expect([200, 201]).toContain(response.status)
      acknowledged.set(name, ((await response.json()) as Task).id)
      return
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error
      await delay(10)
    }
  }
}

const addByCommand = async ({ sparky, acknowledged, random, diary }: Chaos, name: string): Promise<void> => {
  const env = { OPENAI_API_KEY: `for-${name}` }
  const added = await sparky.run(['agent', 'tasks', 'add', '--json', promptFor(name)], { env })
  if (added.exitCode === 0) acknowledged.set(name, (JSON.parse(added.stdout) as Task).id)
  // Nothing but the truth: the daemon has gone.
  else
    expect({ name, ...added }).toMatchObject({
      exitCode: expect.toSatisfy((code) => code === 3 || code === 1),
    })
  diary.push(`${name}: exit ${added.exitCode}`)
  // Where it finds no daemon it starts one: more of these would be more of the same kill, not of the others.
  await delay(random.below(2500))
}

const expectNothingLost = async ({ sparky, acknowledged, requests, diary }: Chaos): Promise<void> => {
  const ended = await sparky.run(['agent', 'tasks', 'wait', ...acknowledged.values(), '--timeout', '60'])
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ exitCode: 0 })
  const events = await everyEvent(sparky)
  expectInOrder(events)
  const added = ofType(events, 'task_added').map(({ data: { task } }) => task)
  const named = (name: string): string[] =>
    added.filter(({ prompt }) => prompt === promptFor(name)).map(({ id }) => id)
  for (const [name, id] of acknowledged) expect({ name, ids: named(name) }).toEqual({ name, ids: [id] })
  for (const { id, prompt } of added) {
    const name = /«(.+)»/.exec(prompt)?.[1] ?? ''
    expect(named(name)).toEqual([id])
    const own = events.filter(({ task_id }) => task_id === id)
    expectDoneOnce(name, own, tallyOf(sparky.work, name))
  }
  // A daemon asks once for each step; only its death is a reason that the next one asks again.
  const asked = requests.map(({ step, life }) => `${step} by ${life}`)
  expect(asked.filter((line, index) => asked.indexOf(line) !== index)).toEqual([])
  diary.push(`${requests.length} model calls, ${events.length} events`)
  // So many were cut off in the middle that the above says something.
  expect(statusCount(events, 'pending')).toBeGreaterThan(kills / 2)
  expect(ofType(events, 'tool_result').some(({ data }) => data.status === 'interrupted')).toBe(true)
}

const statusCount = (events: readonly Event[], status: string): number =>
  ofType(events, 'status').filter(({ data }) => data.status === status).length

const expectDoneOnce = (name: string, events: readonly Event[], tally: readonly string[]): void => {
  expectHonest(events)
  expect(ofType(events, 'status').at(-1)?.data.status).toBe('completed')
  const steps = ofType(events, 'usage').map(({ step }) => step)
  expect(steps).toEqual(steps.map((_, index) => index + 1))
  const results = ofType(events, 'tool_result')
  expect(results).toHaveLength(name.startsWith('long') ? callsATask : 0)
  for (const [call, { data }] of results.entries()) {
    const times = tally.filter((line) => line === `${name}-call-${call}`).length
    if (kindOf(call) === 'command' || kindOf(call) === 'edit') {
      expect({ name, call, status: data.status, times }).toEqual({
        name,
        call,
        status: data.status === 'interrupted' ? 'interrupted' : 'ok',
        times: data.status === 'interrupted' ? Math.min(times, 1) : 1,
      })
    } else {
      expect({ name, call, status: data.status, result: data.result }).toMatchObject({ status: 'ok' })
    }
  }
}
