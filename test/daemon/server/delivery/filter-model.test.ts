import { expect, onTestFailed, test } from 'vitest'
import { EventFilter } from '../../../../src/daemon/server/delivery/event-filter.ts'
import type { Frame } from '../../../../src/daemon/server/delivery/frame.ts'
import { Hub } from '../../../../src/daemon/server/delivery/hub.ts'
import type { Sink } from '../../../../src/daemon/server/delivery/sink.ts'
import type { Subscription } from '../../../../src/daemon/server/delivery/subscription.ts'
import type { Store } from '../../../../src/daemon/store/store.ts'
import {
  deltaTypes,
  eventTypes,
  type DeltaType,
  type EventType,
} from '../../../../src/protocol/event-names.ts'
import type { Delta, Event, EventDraft, StoredEvent } from '../../../../src/protocol/event.ts'
import type { AnyServerFrame } from '../../../../src/protocol/frames.ts'
import { seededRandom, type SeededRandom } from '../../../support/seeded-random.ts'
import {
  added,
  allEvents,
  fact,
  moved,
  openStore,
  removed,
  taskId,
  thought,
} from '../../../support/store-fixtures.ts'

interface Wish {
  readonly taskIds: readonly string[] | undefined
  readonly types: readonly (EventType | DeltaType)[] | undefined
  readonly hide: readonly (EventType | DeltaType)[]
  readonly deltas: boolean
}

/** What the contract says of filters, in the plainest words. */
const isWished = ({ taskIds, types, hide, deltas }: Wish, { type, task_id }: Event | Delta): boolean => {
  if (taskIds !== undefined && (task_id === null || !taskIds.includes(task_id))) return false
  if (hide.includes(type)) return false
  if (eventTypes.some((name) => name === type)) return types === undefined || types.includes(type)
  const namesDeltas = types?.some((name) => deltaTypes.some((delta) => delta === name)) === true
  return namesDeltas ? types.includes(type) : deltas
}

const rounds = 150

test('what is replayed, what comes live and a plain filter over the log are the same, whatever is asked for', async () => {
  const random = seededRandom()
  onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}`))
  const { store } = await openStore({ segmentBytes: 40_000 })
  const hub = new Hub(store)
  const sent: (Event | Delta)[] = []
  store.onAppend((events) => sent.push(...events.map(shown)))

  const live = Array.from({ length: 30 }, () => read(hub, randomWish(random), 0))
  const known = new Set<number>()
  const half: (Reader & { readonly after: number })[] = []
  for (let round = 0; round < rounds; round += 1) {
    await store.append(() => Array.from({ length: random.below(20) }, () => randomDraft(random, known)))
    if (random.below(2) < 1) {
      const delta = randomDelta(random)
      // In between, as a program sees them: before what is appended next.
      sent.push(delta)
      hub.publishDelta(delta)
    }
    if (round % 5 === 0) {
      const after = Math.floor(random.below(store.lastSeq))
      half.push({ ...read(hub, randomWish(random), after), after })
    }
  }

  const log = eventsOf(sent)
  for (const reader of live) {
    expect(reader.content()).toEqual(sent.filter((message) => isWished(reader.wish, message)))
    expect(reader.subscription.cursor).toBe(store.lastSeq)
  }
  await Promise.all(half.map((reader) => reader.caughtUp))
  for (const reader of half) {
    const expected = log.filter((event) => event.seq > reader.after && isWished(reader.wish, event))
    expect(eventsOf(reader.content())).toEqual(expected)
  }
  await expectReplays({ store, hub, random, log })

  await store.append(() => [removed(3), removed(5)])
  const stored = (await allEvents(store)).map(shown)
  expect(stored.some(({ type }) => type === 'removed')).toBe(true)
  await expectReplays({ store, hub, random, log: stored })
})

test('a list of no tasks is about nothing, and its reader learns the newest seq', async () => {
  const { store } = await openStore()
  await store.append(() => [added(1), fact({ paused: true })])
  const reader = read(new Hub(store), { taskIds: [], types: undefined, hide: [], deltas: true }, 0)
  expect(await reader.caughtUp).toEqual({ type: 'caught_up', id: null, seq: 2 })
  expect(reader.content()).toEqual([])
})

test('a reader that wants only deltas is moved on by every event', async () => {
  const { store } = await openStore()
  const hub = new Hub(store)
  await store.append(() => [added(1), thought(1)])
  const wish: Wish = { taskIds: undefined, types: ['tool_output'], hide: [], deltas: false }
  const reader = read(hub, wish, 0)
  expect(await reader.caughtUp).toMatchObject({ seq: 2 })
  const delta: Delta = { ...deltaOf(1), type: 'tool_output', data: { call_id: 'c', text: 't' } }
  hub.publishDelta(deltaOf(1))
  hub.publishDelta(delta)
  await store.append(() => [thought(1)])
  expect(reader.content()).toEqual([delta])
  expect(reader.subscription.cursor).toBe(3)
})

test('a task that is removed while its reader is live says so, and its reader is replayed no more than that', async () => {
  const { store } = await openStore()
  const hub = new Hub(store)
  await store.append(() => [added(1), added(2), thought(1)])
  const wish: Wish = { taskIds: [taskId(1)], types: undefined, hide: [], deltas: false }
  const live = read(hub, wish, 0)
  await live.caughtUp
  await store.append(() => [removed(1)])
  expect(eventsOf(live.content()).map(({ type }) => type)).toEqual(['task_added', 'thought', 'task_removed'])
  const replayed = read(hub, wish, 0)
  expect(await replayed.caughtUp).toMatchObject({ seq: 4 })
  expect(eventsOf(replayed.content()).map(({ seq, type }) => [seq, type])).toEqual([[4, 'task_removed']])
})

test('a subscription that is replaced while it looks through what is hidden stops looking', async () => {
  const { store } = await openStore()
  for (let batch = 0; batch < 8; batch += 1) {
    await store.append(() => Array.from({ length: 500 }, () => fact({ text: 'x'.repeat(300) })))
  }
  let chunks = 0
  let isGone: () => void
  const gone = new Promise<void>((resolve) => (isGone = resolve))
  const counting: Store = Object.create(store, {
    lastSeq: { get: () => store.lastSeq },
    onAppend: { value: () => () => undefined },
    events: {
      value: async function* (query: Parameters<Store['events']>[0]) {
        try {
          for await (const events of store.events(query)) {
            chunks += 1
            yield events
            reader.subscription.close()
          }
        } finally {
          isGone()
        }
      },
    },
  })
  const reader = read(
    new Hub(counting),
    { taskIds: undefined, types: ['status'], hide: [], deltas: false },
    0,
  )
  await gone
  expect(chunks).toBe(2)
})

interface Reader {
  readonly wish: Wish
  readonly subscription: Subscription
  readonly caughtUp: Promise<AnyServerFrame>
  /** Events and deltas, in the order in which they came. */
  readonly content: () => (Event | Delta)[]
}

const read = (hub: Hub, wish: Wish, after: number): Reader => {
  const messages: AnyServerFrame[] = []
  let tell: (frame: AnyServerFrame) => void
  const caughtUp = new Promise<AnyServerFrame>((resolve) => (tell = resolve))
  const sink: Sink = {
    bufferedBytes: 0,
    needsDrain: false,
    write: ({ message }: Frame) => {
      messages.push(message)
      if (message.type === 'caught_up') tell(message)
    },
    writeRun: ({ frames }) => frames.forEach((frame) => sink.write(frame)),
    drained: () => Promise.resolve(),
  }
  const subscription = hub.subscribe({
    id: null,
    after,
    filter: new EventFilter(wish),
    sink,
    end: { kind: 'never' },
  })
  const content = () => messages.filter((message): message is Event | Delta => 'v' in message)
  return { wish, subscription, caughtUp, content }
}

const expectReplays = async ({
  store,
  hub,
  random,
  log,
}: {
  store: Store
  hub: Hub
  random: SeededRandom
  log: readonly Event[]
}): Promise<void> => {
  for (let count = 0; count < 60; count += 1) {
    const [wish, after] = [randomWish(random), Math.floor(random.below(store.lastSeq + 1))]
    const reader = read(hub, wish, after)
    expect(await reader.caughtUp).toEqual({ type: 'caught_up', id: null, seq: store.lastSeq })
    expect(reader.content()).toEqual(log.filter((event) => event.seq > after && isWished(wish, event)))
    reader.subscription.close()
  }
}

const tasks = 9

const randomWish = (random: SeededRandom): Wish => {
  const types = [...eventTypes, ...deltaTypes]
  const some = <T>(values: readonly T[], share: number): T[] => values.filter(() => random.below(1) < share)
  const ids = Array.from({ length: tasks }, (_, at) => taskId(at + 1))
  return {
    taskIds: random.pick([undefined, [random.pick(ids)], some(ids, 0.3), [...some(ids, 0.5), 'nobody']]),
    types: random.pick([undefined, some(types, 0.2), some(eventTypes, 0.5), some(deltaTypes, 0.5)]),
    hide: random.pick([[], some(types, 0.2)]),
    deltas: random.below(2) < 1,
  }
}

/** The first of each task adds it. */
const randomDraft = (random: SeededRandom, known: Set<number>): EventDraft => {
  const nth = 1 + Math.floor(random.below(tasks))
  if (!known.has(nth)) {
    known.add(nth)
    return added(nth)
  }
  const text = 'x'.repeat(Math.floor(random.below(600)))
  return random.pick<() => EventDraft>([
    () => thought(nth, text),
    () => ({ ...thought(nth, text), private: { secret: text } }),
    () => moved(nth, 'in_progress'),
    () => fact({ text }),
    () => ({
      type: 'progress',
      task_id: taskId(nth),
      attempt: 1,
      data: { step: 1, max_steps: 2, note: text },
    }),
  ])()
}

const randomDelta = (random: SeededRandom): Delta => {
  const nth = 1 + Math.floor(random.below(tasks))
  const type = random.pick(deltaTypes)
  return type === 'tool_output'
    ? { ...deltaOf(nth), type, data: { call_id: 'c', text: 't' } }
    : { ...deltaOf(nth), type, data: { text: 't', offset: 0 } }
}

const deltaOf = (nth: number): Delta => ({
  v: 1,
  ts: '',
  task_id: taskId(nth),
  attempt: 1,
  step: 1,
  type: 'message_delta',
  data: { text: 'h', offset: 0 },
})

const eventsOf = (messages: readonly (Event | Delta)[]): Event[] =>
  messages.filter((message): message is Event => 'seq' in message)

const shown = (stored: StoredEvent): Event => {
  const { private: _private, ...event } = stored
  return event as Event
}
