import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFailed, test } from 'vitest'
import { WebSocket } from 'ws'
import { isAlive } from '../../src/client/process-alive.ts'
import type { Event } from '../../src/protocol/event.ts'
import type { ServerFrame } from '../../src/protocol/frames.ts'
import { startLife } from '../support/daemon-life.ts'
import { everyEvent, expectInOrder, request } from '../support/honest-log.ts'
import { seededRandom, type SeededRandom } from '../support/seeded-random.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'

const lives = 10

interface Wish {
  readonly asks: Readonly<Record<string, unknown>>
  readonly isFor: (event: Event) => boolean
}

const wishes: readonly Wish[] = [
  ...Array.from({ length: 5 }, () => ({ asks: {}, isFor: () => true })),
  { asks: { types: ['status'], deltas: true }, isFor: ({ type }) => type === 'status' },
  { asks: { hide: ['usage', 'progress'] }, isFor: ({ type }) => type !== 'usage' && type !== 'progress' },
]

test(`readers miss nothing and get nothing twice while the daemon is killed and stopped ${lives - 1} times`, async () => {
  const random = seededRandom()
  const diary: string[] = []
  onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}; ${diary.join(', ')}`))
  const sparky = newSparky({ SPARKY_AGENT_CONCURRENCY: '4' })
  const story: Story = { sparky, isOver: false, finalSeq: Infinity, seen: new Map() }
  const first = startLife(sparky)
  expect(await first.ready).toBe(true)
  const reading = wishes.map((wish, at) => readThroughout(story, wish, seededRandom(random.seed + at)))
  const adding = addThroughout(story)
  for (let life = first, count = 1; count < lives; count += 1) {
    const afterMs = random.below(350)
    await delay(afterMs)
    const isStopped = random.below(3) < 1
    diary.push(`${isStopped ? 'stopped' : 'killed'} after ${afterMs.toFixed(0)} ms`)
    if (isStopped && isAlive(life.pid)) process.kill(life.pid, 'SIGTERM')
    else await life.kill()
    await life.exited
    life = startLife(sparky)
    expect(await life.ready).toBe(true)
  }
  story.isOver = true
  await adding
  const log = await everyEvent(sparky)
  expectInOrder(log)
  story.finalSeq = log.length
  const readers = await Promise.all(reading)
  for (const [at, { isFor }] of wishes.entries()) {
    const expected = log.filter(isFor)
    expect(readers[at]?.filter(({ seq }) => seq <= log.length)).toEqual(expected)
  }
  // Otherwise the above says little.
  expect(log.length).toBeGreaterThan(100)
  expect(log.filter(({ type }) => type === 'status').length).toBeGreaterThan(20)
}, 60_000)

interface Story {
  readonly sparky: Sparky
  isOver: boolean
  /** Readers go on until they know of this one. */
  finalSeq: number
  /** What somebody has seen must stand in the log, whatever dies: seq -> the event as JSON. */
  readonly seen: Map<number, string>
}

const addThroughout = async (story: Story): Promise<void> => {
  const isOver = (): boolean => story.isOver
  while (!isOver()) {
    const body = JSON.stringify({ prompt: 'What time is it?', cwd: story.sparky.work })
    await request(story.sparky, '/api/v1/tasks', { method: 'POST', body }).catch(() => delay(10))
    await delay(10)
  }
}

/** Everything that one reader got, over all its connections. */
const readThroughout = async (story: Story, wish: Wish, random: SeededRandom): Promise<Event[]> => {
  const events: Event[] = []
  let cursor = 0
  const take = (text: string): void => {
    const frame = JSON.parse(text) as ServerFrame | Event
    if (frame.type === 'caught_up') {
      expect(frame.seq).toBeGreaterThanOrEqual(cursor)
      cursor = frame.seq
    }
    if (!('v' in frame) || !('seq' in frame)) return
    expect(frame.seq).toBeGreaterThan(cursor)
    expect(text).toBe(story.seen.get(frame.seq) ?? text)
    story.seen.set(frame.seq, text)
    cursor = frame.seq
    events.push(frame)
  }
  while (cursor < story.finalSeq) {
    await connectOnce(story, { take, subscribe: () => ({ ...wish.asks, after: cursor }), random })
    await delay(random.below(20))
  }
  return events
}

interface ConnectionWish {
  readonly take: (text: string) => void
  readonly subscribe: () => Readonly<Record<string, unknown>>
  readonly random: SeededRandom
}

/** One connection, until it ends by itself, is dropped at random, or there is nothing more to wait for. */
const connectOnce = async ({ sparky }: Story, { take, subscribe, random }: ConnectionWish): Promise<void> => {
  const daemon = sparky.daemon()
  if (daemon === undefined) return
  const webSocket = new WebSocket(`${daemon.url.replace('http', 'ws')}/api/ws/agent?token=${sparky.token()}`)
  let isDropped = false
  const drop = (): void => {
    isDropped = true
    webSocket.terminate()
  }
  const timer = setTimeout(drop, 50 + random.below(800))
  await new Promise<void>((resolve, reject) => {
    webSocket.on('error', () => undefined)
    webSocket.on('close', () => resolve())
    webSocket.on('open', () => webSocket.send(JSON.stringify({ type: 'subscribe', ...subscribe() })))
    webSocket.on('message', (text: Buffer) => {
      try {
        if (!isDropped) take(text.toString())
      } catch (error) {
        reject(error as Error)
      }
    })
  })
  clearTimeout(timer)
}
