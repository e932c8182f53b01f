import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFailed, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Store } from '../../../../src/daemon/store/store.ts'
import type { Event, EventDraft } from '../../../../src/protocol/event.ts'
import type { ServerFrame } from '../../../../src/protocol/frames.ts'
import { seededRandom, type SeededRandom } from '../../../support/seeded-random.ts'
import { added, fact, taskId, thought } from '../../../support/store-fixtures.ts'
import { runServer, token } from '../running-server.ts'

const total = 100_000
const tasks = 30
/** Between these `seq` stands more than the system and the daemon keep for one connection. */
const large = { from: 20_000, to: 20_900 }

/** An event as it was written: its text is what every reader is to get. */
interface Written {
  readonly seq: number
  readonly json: string
}

/** What a reader asks for, and in plain words which events that is. */
interface Wish {
  readonly asks: Readonly<Record<string, unknown>>
  readonly isFor: (event: Event) => boolean
}

const everything: Wish = { asks: {}, isFor: () => true }
const wishes: readonly Wish[] = [
  ...Array.from({ length: 7 }, () => everything),
  ...[7, 8, 9, 10, 11].map((nth) => ({
    asks: { tasks: [nth] },
    isFor: (event: Event) => event.task_id === taskId(nth),
  })),
  { asks: { tasks: [1] }, isFor: (event) => event.task_id === taskId(1) },
  { asks: { workflow_id: taskId(2) }, isFor: (event) => event.task_id === taskId(2) },
  {
    asks: { tasks: ['3', taskId(4), 5] },
    isFor: ({ task_id }) => [3, 4, 5].some((nth) => taskId(nth) === task_id),
  },
  { asks: { types: ['progress'] }, isFor: ({ type }) => type === 'progress' },
  { asks: { hide: ['thought', 'queue_changed'] }, isFor: ({ type }) => !/thought|queue/.test(type) },
  {
    asks: { tasks: ['6'], types: ['thought', 'message_delta'] },
    isFor: (event) => event.task_id === taskId(6) && event.type === 'thought',
  },
  { asks: { types: ['lost'] }, isFor: () => false },
  { asks: { tasks: [] }, isFor: () => false },
]

test(
  `${wishes.length} readers drop and return at random while ${total} events are written: no gap, no duplicate, nothing out of order`,
  { timeout: 120_000 },
  async () => {
    const random = seededRandom()
    onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}`))
    const { store, server } = await runServer()
    const readers = wishes.map(
      (wish, at) =>
        new Reader({
          store,
          wish,
          port: server.port,
          random: seededRandom(random.seed + at),
          sleeps: at < 2,
        }),
    )
    store.onAppend((events) => {
      for (const event of events) {
        const written = asWritten(event)
        for (const reader of readers) reader.note(event, written)
      }
    })
    await store.append(() => Array.from({ length: tasks }, (_, at) => added(at + 1)))
    onTestFinished(() => readers.forEach((reader) => reader.leave()))
    const reading = Promise.all(readers.map((reader) => reader.readAll()))
    await Promise.race([reading, writeAll(store, random, readers)])
    await reading

    expect(store.lastSeq).toBe(total)
    for (const reader of readers) expect(reader.missing).toEqual([])
    const sum = (count: (reader: Reader) => number): number =>
      readers.reduce((before, reader) => before + count(reader), 0)
    const counts = {
      drops: sum(({ drops }) => drops),
      lags: sum(({ lags }) => lags),
      live: sum(({ live }) => live),
      replayed: sum(({ replayed }) => replayed),
    }
    // Otherwise the above says little.
    expect(counts.drops).toBeGreaterThan(200)
    expect(counts.lags).toBeGreaterThan(0)
    expect(counts.live).toBeGreaterThan(total)
    expect(counts.replayed).toBeGreaterThan(total)
  },
)

/** As fast as most of them read, now and then faster. */
const writeAll = async (store: Store, random: SeededRandom, readers: readonly Reader[]): Promise<void> => {
  const areMostNear = (): boolean => {
    const awake = readers.filter(({ wish, isResting }) => wish === everything && !isResting)
    return awake.filter(({ cursor }) => cursor > store.lastSeq - 1500).length >= awake.length * 0.8
  }
  while (store.lastSeq < total) {
    const count = 1 + Math.floor(random.below(random.pick([1, 40, 600])))
    const isLarge = store.lastSeq >= large.from && store.lastSeq < large.to
    const most = isLarge
      ? 20
      : store.lastSeq < large.from
        ? large.from - store.lastSeq
        : total - store.lastSeq
    const drafts = Array.from({ length: Math.min(count, most) }, () => draft(random, isLarge))
    await store.append(() => drafts)
    if (random.below(20) > 1) while (!areMostNear()) await turn()
  }
}

const draft = (random: SeededRandom, isLarge: boolean): EventDraft => {
  const nth = 1 + Math.floor(random.below(tasks))
  if (isLarge) return thought(nth, 'x'.repeat(64_000))
  const text = 'x'.repeat(Math.floor(random.below(150)))
  return random.pick<() => EventDraft>([
    () => thought(nth, text),
    () => ({ ...thought(nth, 'é🙂'), private: { secret: text } }),
    () => fact({ text }),
    () => ({ type: 'progress', task_id: taskId(nth), data: { step: 1, max_steps: 2, note: text } }),
  ])()
}

interface ReaderOptions {
  readonly store: Store
  readonly wish: Wish
  readonly port: number
  readonly random: SeededRandom
  /** Whether it reads nothing of what is large, so that it must fall behind. */
  readonly sleeps: boolean
}

/** A client that trusts nothing: each event must be, to the letter, the next one that was written for it. */
class Reader {
  drops = 0
  lags = 0
  live = 0
  replayed = 0
  readonly wish: Wish
  readonly #options: ReaderOptions
  /** Everything that it is to get. */
  readonly #written: Written[] = []
  #position = 0
  /** What it would ask to go on after. */
  cursor = 0
  isResting = false
  #isLive = false
  #subscriptions = 0
  #webSocket: WebSocket | undefined

  constructor(options: ReaderOptions) {
    this.#options = options
    this.wish = options.wish
  }

  get missing(): readonly Written[] {
    return this.#written.slice(this.#position)
  }

  async readAll(): Promise<void> {
    while (!this.#hasAll()) {
      await this.#connect()
      this.drops += 1
    }
  }

  /** Takes note of an event that is to come. */
  note(event: Event, written: Written): void {
    if (this.wish.isFor(event)) this.#written.push(written)
  }

  leave(): void {
    this.#webSocket?.terminate()
  }

  #hasAll(): boolean {
    return this.cursor === total
  }

  /** One connection, for as long as it lasts. */
  #connect(): Promise<void> {
    const { port, random, store, sleeps } = this.#options
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/api/ws/agent?token=${token}`)
    this.#webSocket = webSocket
    this.#isLive = false
    // Most last for a while, some for a moment.
    let left = Math.floor(random.below(random.pick([3, 300, 15_000])))
    let isGone = false
    return new Promise((resolve, reject) => {
      const go = (): void => {
        isGone = true
        drop(webSocket, random)
      }
      webSocket.on('error', () => undefined)
      webSocket.on('close', () => resolve())
      webSocket.on('open', () => this.#subscribe())
      webSocket.on('message', (bytes: Buffer) => {
        if (isGone) return
        try {
          this.#take(bytes.toString())
        } catch (error) {
          reject(error as Error)
        }
        if (!sleeps || this.cursor > large.to) left -= 1
        const whim = random.below(20_000)
        if (this.#hasAll()) webSocket.close()
        else if (this.#isLive && sleeps && store.lastSeq < large.from) void this.#rest(webSocket, large.to)
        else if (left < 0) go()
        else if (whim < 1) this.#subscribe()
        else if (whim < 2) void this.#rest(webSocket, store.lastSeq + random.below(2000))
      })
    })
  }

  #subscribe(): void {
    this.#subscriptions += 1
    const frame = {
      type: 'subscribe',
      id: this.#subscriptions,
      after: this.cursor,
      ...this.wish.asks,
    }
    this.#webSocket?.send(JSON.stringify(frame))
  }

  /** Does not read until so much more was written. */
  async #rest(webSocket: WebSocket, upTo: number): Promise<void> {
    const { store } = this.#options
    const until = Math.min(total, upTo)
    this.isResting = true
    webSocket.pause()
    while (store.lastSeq < until && webSocket.readyState === WebSocket.OPEN) await turn()
    webSocket.resume()
    this.isResting = false
  }

  #take(text: string): void {
    if (text.startsWith('{"v":')) return this.#takeEvent(text)
    const frame = JSON.parse(text) as ServerFrame
    switch (frame.type) {
      case 'connected':
        return
      case 'subscribed':
        this.#isLive = false
        this.#position = this.#written.findIndex(({ seq }) => seq > frame.after)
        if (this.#position === -1) this.#position = this.#written.length
        this.cursor = frame.after
        return
      case 'caught_up':
        this.#expectNothingUpTo(frame.seq)
        expect(frame.seq).toBeGreaterThanOrEqual(this.cursor)
        this.cursor = frame.seq
        this.#isLive = true
        return
      case 'lagged':
        this.#expectNothingUpTo(frame.after)
        this.#isLive = false
        this.lags += 1
        return
      case 'error':
      case 'pong':
        throw new Error(`expected no such frame, found ${text}`)
    }
  }

  #takeEvent(text: string): void {
    const next = this.#written[this.#position]
    if (next?.json !== text) {
      throw new Error(`expected ${next?.json} at ${this.#position}, found ${text}`)
    }
    this.#position += 1
    this.cursor = next.seq
    if (this.#isLive) this.live += 1
    else this.replayed += 1
  }

  /** What it was told to have seen or to go on after it must have seen. */
  #expectNothingUpTo(seq: number): void {
    const next = this.#written[this.#position]
    if (next !== undefined && next.seq <= seq) throw new Error(`expected ${next.json} before seq ${seq}`)
  }
}

const drop = (webSocket: WebSocket, random: SeededRandom): void => {
  const socket = Reflect.get(webSocket, '_socket') as Socket
  random.pick([
    () => webSocket.terminate(),
    () => webSocket.close(1000),
    () => socket.resetAndDestroy(),
    () => {
      // The beginning of a frame of 100 bytes.
      socket.write(Buffer.from([0x81, 0x80 + 100, 1, 2, 3, 4, 5, 6]))
      webSocket.terminate()
    },
  ])()
}

const asWritten = ({ private: _private, ...event }: Event & { private?: unknown }): Written => ({
  seq: event.seq,
  json: JSON.stringify(event),
})
