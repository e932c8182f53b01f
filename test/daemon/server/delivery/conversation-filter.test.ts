import { expect, onTestFailed, onTestFinished, test } from 'vitest'
import { Conversations } from '../../../../src/daemon/conversations/conversations.ts'
import { EventFilter } from '../../../../src/daemon/server/delivery/event-filter.ts'
import type { Frame } from '../../../../src/daemon/server/delivery/frame.ts'
import { Hub } from '../../../../src/daemon/server/delivery/hub.ts'
import type { Sink } from '../../../../src/daemon/server/delivery/sink.ts'
import type { Store } from '../../../../src/daemon/store/store.ts'
import type { Event, EventDraft } from '../../../../src/protocol/event.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import {
  added,
  allEvents,
  moved,
  openStore,
  removed,
  taskId,
  thought,
} from '../../../support/store-fixtures.ts'

const noFile = { read: () => Promise.reject(new Error('there is none')), write: () => Promise.resolve() }

const openBoth = (store: Store): { readonly conversations: Conversations; readonly hub: Hub } => {
  const conversations = new Conversations({
    store,
    file: noFile,
    onTrouble: (error) => {
      throw error
    },
  })
  onTestFinished(() => conversations.close())
  return { conversations, hub: new Hub(store) }
}

interface Wish {
  readonly id: string
  readonly taskIds?: readonly string[]
}

/** A reader of a conversation, as a session subscribes; it may be told to stand still. */
const read = ({ conversations, hub }: ReturnType<typeof openBoth>, { id, taskIds }: Wish, after: number) => {
  const events: Event[] = []
  let drain: (() => void) | undefined
  let caughtUp: () => void
  const isCaughtUp = new Promise<void>((resolve) => (caughtUp = resolve))
  const sink: { -readonly [K in keyof Sink]: Sink[K] } = {
    bufferedBytes: 0,
    needsDrain: false,
    write: ({ message }: Frame) => {
      if ('seq' in message && 'v' in message) events.push(message)
      if (message.type === 'caught_up') caughtUp()
    },
    writeRun: ({ frames }) => frames.forEach((frame) => sink.write(frame)),
    drained: () => (sink.needsDrain ? new Promise<void>((resolve) => (drain = resolve)) : Promise.resolve()),
  }
  hub.subscribe({
    id: null,
    after,
    filter: new EventFilter({ taskIds, conversation: { id, taskIds: conversations.taskIds(id) } }),
    ready: conversations.ready,
    sink,
    end: { kind: 'never' },
  })
  return {
    events,
    caughtUp: isCaughtUp,
    standStill: () => Object.assign(sink, { bufferedBytes: 2 ** 21, needsDrain: true }),
    goOn: () => {
      Object.assign(sink, { bufferedBytes: 0, needsDrain: false })
      drain?.()
    },
  }
}

const seqs = (events: readonly Event[]): number[] => events.map(({ seq }) => seq)

test('a conversation is replayed as it comes live, begun or not, with what its turns delegate', async () => {
  const random = seededRandom()
  onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}`))
  const { store } = await openStore({ segmentBytes: 20_000 })
  const both = openBoth(store)
  const ids = ['a', 'b', 'never']
  const wishes: Wish[] = [...ids.map((id) => ({ id })), { id: 'a', taskIds: [taskId(3)] }]
  const readers = wishes.map((wish) => ({ wish, after: 0, ...read(both, wish, 0) }))
  /** Number of a task -> its conversation. */
  const of = new Map<number, string | null>()
  for (let round = 0; round < 200; round += 1) {
    await store.append(() => {
      const nth = of.size + 1
      const known = 1 + Math.floor(random.below(Math.max(1, of.size)))
      if (of.size === 0 || random.below(5) < 1) {
        const id = random.pick(['a', 'b', null])
        of.set(nth, id)
        // A turn, and in the same batch something about it.
        return [added(nth, { kind: 'chat', conversation_id: id }), thought(nth)]
      }
      if (random.below(8) < 1) {
        of.set(nth, of.get(known) ?? null)
        return [
          added(nth, { parent_id: taskId(known), request_payload: { prompt: '', delegation: {} } }),
          thought(nth),
        ]
      }
      return [random.pick([thought(known, 'x'.repeat(300)), moved(known, 'in_progress')])]
    })
    const [first, second] = readers
    if (round === 60) first?.standStill()
    if (round === 90) first?.goOn()
    if (round === 100) second?.standStill()
    if (round % 20 === 0) {
      const after = Math.floor(random.below(store.lastSeq))
      const wish = random.pick(wishes)
      readers.push({ wish, after, ...read(both, wish, after) })
    }
  }
  readers[1]?.goOn()
  const late = wishes.map((wish) => ({ wish, after: 0, ...read(openBoth(store), wish, 0) }))
  const log = await allEvents(store)
  for (const { wish, after, events, caughtUp } of [...readers, ...late]) {
    await caughtUp
    const expected = log.filter(({ seq, task_id }) => {
      const nth = Number(task_id?.slice(-12))
      return seq > after && (of.get(nth) === wish.id || wish.taskIds?.includes(task_id ?? '') === true)
    })
    await expect.poll(() => seqs(events)).toEqual(seqs(expected))
  }
  expect(readers[0]?.events.length).toBeGreaterThan(10)
})

test('what was removed is no part of its conversation, live or replayed', async () => {
  const { store } = await openStore()
  const both = openBoth(store)
  const live = read(both, { id: 'a' }, 0)
  await live.caughtUp
  const turn = (nth: number): EventDraft => added(nth, { kind: 'chat', conversation_id: 'a' })
  await store.append(() => [turn(1), turn(2)])
  await store.append(() => [removed(1)])
  await store.append(() => [thought(2)])
  expect(seqs(live.events)).toEqual([1, 2, 4])
  const replayed = read(both, { id: 'a' }, 0)
  await replayed.caughtUp
  expect(seqs(replayed.events)).toEqual([2, 4])
})
