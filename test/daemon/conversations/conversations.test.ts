import { expect, onTestFailed, onTestFinished, test, vi } from 'vitest'
import { Conversations } from '../../../src/daemon/conversations/conversations.ts'
import { conversationOf } from '../../../src/daemon/conversations/known-conversation.ts'
import type { Store } from '../../../src/daemon/store/store.ts'
import type { ViewFile } from '../../../src/daemon/store/view-checkpoint.ts'
import type { EventDraft } from '../../../src/protocol/event.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { added, moved, openStore, removed, taskId, thought } from '../../support/store-fixtures.ts'
import { memoryFile } from '../../support/view-file.ts'

const open = (store: Store, file: ViewFile = memoryFile()): Conversations => {
  const conversations = new Conversations({
    store,
    file,
    onTrouble: (error) => {
      throw error
    },
  })
  onTestFinished(() => conversations.close())
  return conversations
}

const turn = (nth: number, conversation_id: string, fields: Partial<Task> = {}): EventDraft =>
  added(nth, { kind: 'chat', conversation_id, ...fields })

const part = (nth: number, parent: number): EventDraft =>
  added(nth, { parent_id: taskId(parent), request_payload: { prompt: 'p', delegation: { call_id: 'x' } } })

const named = (change: Record<string, string | boolean>): EventDraft => ({
  type: 'queue_changed',
  task_id: null,
  data: { conversation: change },
})

const compaction = (nth: number, throughSeq: number): EventDraft => ({
  type: 'compaction',
  task_id: taskId(nth),
  attempt: 1,
  data: { conversation_id: 'a', summary: 's', turns: 1, tokens_before: 2, tokens_after: 1 },
  private: { throughSeq },
})

const everything = async (conversations: Conversations) =>
  (await conversations.all()).map((known) => ({
    ...conversationOf(known),
    compactions: known.compactions,
    ends: [...known.turns],
    ids: [...conversations.taskIds(known.id)].sort(),
  }))

test('a conversation is its turns, and what these have delegated', async () => {
  const { store } = await openStore()
  const conversations = open(store)
  await conversations.ready
  const ids = conversations.taskIds('a')
  expect(ids.size).toBe(0)
  await store.append(() => [
    turn(1, 'a', {
      agent: 'liaison',
      prompt: 'Hello\nthere',
      cwd: '/w',
      request_payload: { prompt: '', pillar: 'p', user_id: 'ann' },
    }),
    part(2, 1),
    part(3, 2),
    added(4, { parent_id: taskId(1) }),
    turn(5, 'b'),
    added(6, { conversation_id: 'a' }),
  ])
  expect([...ids].sort()).toEqual([1, 2, 3, 6].map(taskId))
  expect([1, 2, 3, 4, 5, 6].filter((nth) => ids.has(taskId(nth)))).toEqual([1, 2, 3, 6])
  expect(conversationOf(await conversations.resolve('a'))).toMatchObject({
    id: 'a',
    agent: 'liaison',
    pillar: 'p',
    title: 'Hello',
    user_id: 'ann',
    cwd: '/w',
    turns: 2,
    active: true,
    last_task_id: taskId(6),
  })
  await store.append(() => [moved(1, 'completed'), moved(6, 'failed'), moved(2, 'in_progress')])
  expect(conversationOf(await conversations.resolve('a')).active).toBe(false)
})

test('a conversation whose turns are gone is gone, and one of the same id begins anew', async () => {
  const { store } = await openStore()
  const conversations = open(store)
  await conversations.ready
  await store.append(() => [
    turn(1, 'a'),
    part(2, 1),
    turn(3, 'a'),
    moved(1, 'completed'),
    moved(3, 'completed'),
  ])
  await store.append(() => [named({ id: 'a', title: 'Called so' }), removed(1)])
  expect(conversationOf(await conversations.resolve('a'))).toMatchObject({ turns: 1, title: 'Called so' })
  await store.append(() => [removed(3)])
  await expect(conversations.resolve('a')).rejects.toMatchObject({ code: 'not_found' })
  expect(conversations.taskIds('a').has(taskId(2))).toBe(false)
  await store.append(() => [turn(4, 'a', { prompt: 'New' })])
  expect(conversationOf(await conversations.resolve('a'))).toMatchObject({
    turns: 1,
    last_task_id: taskId(4),
  })
})

test('whatever happens, what is followed, what is read after a crash and what a lost file leaves are the same', async () => {
  const random = seededRandom()
  onTestFailed(() => console.error(`SPARKY_TEST_SEED=${random.seed}`))
  const { store } = await openStore({ segmentBytes: 20_000 })
  const file = memoryFile()
  const followed = open(store, file)
  await followed.ready
  let tasks = 0
  const add = (draft: (nth: number) => EventDraft): EventDraft => draft((tasks += 1))
  for (let round = 0; round < 300; round += 1) {
    const id = random.pick(['a', 'b', 'c', ' ', '../x'])
    const present = [...followed.taskIds(id)]
    const nth = Number((present.length === 0 ? taskId(1) : random.pick(present)).slice(-12))
    const isTurn = present.length > 0 && store.task(taskId(nth))?.conversation_id === id
    await store.append(() => {
      if (present.length === 0) return [add((next) => turn(next, id, { prompt: `${next}` }))]
      return random.pick<() => EventDraft[]>([
        () => [add((next) => turn(next, id))],
        () => [add((next) => part(next, nth))],
        () => [add((next) => added(next))],
        () => [moved(nth, random.pick(['in_progress', 'completed', 'waiting'])), thought(nth)],
        () => [named({ id, title: `T${round}` })],
        () => (isTurn ? [compaction(nth, store.lastSeq)] : []),
        () =>
          random.below(3) < 1
            ? [...present.map((gone) => removed(Number(gone.slice(-12)))), named({ id, removed: true })]
            : [],
      ])()
    })
    // Written down by another daemon, which was killed some time later.
    if (round === 120) {
      const other = open(store, file)
      await other.ready
      await other.close()
    }
  }
  const now = await everything(followed)
  expect(now.length).toBeGreaterThan(2)
  expect(await everything(open(store, file))).toEqual(now)
  expect(await everything(open(store))).toEqual(now)
})

test('the name of a conversation outlives the turns that were removed one by one, also without its file', async () => {
  const { store } = await openStore()
  const conversations = open(store)
  await conversations.ready
  await store.append(() => [turn(1, 'a'), named({ id: 'a', title: 'Called so' }), turn(2, 'a')])
  await store.append(() => [removed(1)])
  for (const index of [conversations, open(store)]) {
    const { title, turns } = await index.resolve('a')
    expect([title, [...turns.keys()]]).toEqual(['Called so', [taskId(2)]])
  }
  await store.append(() => [removed(2), named({ id: 'a', removed: true }), turn(3, 'a', { prompt: 'New' })])
  for (const index of [conversations, open(store)]) expect((await index.resolve('a')).title).toBe('New')
})

test('a file of another store, or one that is no JSON, is of no use', async () => {
  const { store } = await openStore()
  await store.append(() => [turn(1, 'a')])
  for (const text of ['', '{', '{"v":1,"store_id":"another","seq":1,"conversations":[]}', '{"v":0}']) {
    const file = memoryFile()
    file.text = text
    expect((await open(store, file).all()).map(({ id }) => id)).toEqual(['a'])
  }
})

test('what a stop has written is not read again from the log', async () => {
  const { store } = await openStore()
  const file = memoryFile()
  const first = open(store, file)
  await store.append(() => [turn(1, 'a')])
  await first.ready
  await first.close()
  const queries: number[] = []
  const counting: Store = Object.create(store, {
    lastSeq: { get: () => store.lastSeq },
    storeId: { get: () => store.storeId },
    onAppend: { value: store.onAppend.bind(store) },
    events: {
      value: (query: Parameters<Store['events']>[0]) => {
        queries.push(query.after)
        return store.events(query)
      },
    },
  })
  await store.append(() => [turn(2, 'b')])
  expect((await open(counting, file).all()).map(({ id }) => id)).toEqual(['b', 'a'])
  expect(queries).toEqual([1])
})

test('a conversation is named by its id, a unique beginning of it, or as the last one', async () => {
  const { store } = await openStore()
  const conversations = open(store)
  await expect(conversations.resolve('last')).rejects.toMatchObject({ code: 'not_found' })
  await expect(conversations.find('last')).rejects.toMatchObject({ code: 'not_found' })
  await store.append(() => [turn(1, 'guide_1'), turn(2, 'guide_12'), turn(3, 'other')])
  const idOf = async (ref: string): Promise<string> => (await conversations.resolve(ref)).id
  expect(await idOf('guide_1')).toBe('guide_1')
  expect(await idOf('guide_12')).toBe('guide_12')
  expect(await idOf('o')).toBe('other')
  expect(await idOf('last')).toBe('other')
  await expect(idOf('guide')).rejects.toMatchObject({ code: 'usage' })
  await expect(idOf('x')).rejects.toMatchObject({ code: 'not_found' })
  await store.append(() => [moved(1, 'in_progress')])
  expect(await idOf('last')).toBe('guide_1')
  expect(await conversations.find('guide')).toBeUndefined()
})

test('a conversation that begins in two places at once is with one agent', async () => {
  const { store } = await openStore()
  const conversations = open(store)
  await conversations.ready
  const leave = conversations.join('a', { agent: 'guide', pillar: null })
  const conflict = expect.objectContaining({
    code: 'conflict',
    message: expect.stringContaining('guide'),
  })
  expect(() => conversations.join('a', { agent: 'liaison', pillar: 'content' })).toThrow(conflict)
  conversations.join('a', { agent: 'guide', pillar: null })()
  expect(() => conversations.join('a', { agent: 'liaison', pillar: 'content' })).toThrow(conflict)
  leave()
  conversations.join('a', { agent: 'liaison', pillar: 'content' })()
})

test('an index that is closed while it reads unasked has had no trouble', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { store } = await openStore()
  await store.append(() => [turn(1, 'c')])
  const trouble: unknown[] = []
  const conversations = new Conversations({
    store,
    file: memoryFile(),
    onTrouble: (error) => void trouble.push(error),
  })
  vi.advanceTimersByTime(60_000)
  await conversations.close()
  await expect(conversations.ready).rejects.toThrow('the daemon is stopping')
  expect(trouble).toEqual([])
})
