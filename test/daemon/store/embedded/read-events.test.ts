import { readdirSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventDraft, StoredEvent } from '../../../../src/protocol/event.ts'
import {
  added,
  addFinished,
  allEvents,
  fact,
  moved,
  openStore,
  removed,
  segmentFiles,
  taskId,
  thought,
} from '../../../support/store-fixtures.ts'

test('a query gives what a filtered scan of everything gives', async () => {
  const draft = fc.oneof(
    fc
      .record({ nth: fc.integer({ min: 1, max: 5 }), text: fc.string({ maxLength: 200, unit: 'grapheme' }) })
      .map(({ nth, text }) => thought(nth, text)),
    fc.integer({ min: 1, max: 5 }).map((nth) => moved(nth, 'pending')),
    fc.constant(fact({ paused: true })),
  )
  const batches = fc.array(fc.array(draft, { minLength: 1, maxLength: 6 }), { maxLength: 25 })
  const queries = fc.array(
    fc.record({
      after: fc.nat(100),
      upTo: fc.option(fc.nat(120), { nil: undefined }),
      nth: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      isThought: fc.boolean(),
    }),
    { minLength: 5, maxLength: 5 },
  )
  await fc.assert(
    fc.asyncProperty(batches, queries, async (batches: EventDraft[][], queries) => {
      const { store } = await openStore({ segmentBytes: 4000 })
      await store.append(() => [1, 2, 3, 4, 5].map((nth) => added(nth)))
      for (const drafts of batches) await store.append(() => drafts)
      const everything = await allEvents(store)
      expect(everything).toHaveLength(store.lastSeq)
      for (const { after, upTo, nth, isThought } of queries) {
        const found = await allEvents(store, {
          after,
          ...(upTo === undefined ? {} : { upTo }),
          ...(nth === undefined ? {} : { taskId: taskId(nth) }),
          ...(isThought ? { types: new Set(['thought'] as const) } : {}),
        })
        const wanted = (event: StoredEvent) =>
          event.seq > after &&
          event.seq <= (upTo ?? Infinity) &&
          (nth === undefined || event.task_id === taskId(nth)) &&
          (!isThought || event.type === 'thought')
        expect(found).toEqual(everything.filter(wanted))
      }
      await store.close()
    }),
    { numRuns: 25 },
  )
})

test('chunks are bounded by their size, and only what is asked for is read', async () => {
  const { store } = await openStore()
  await store.append(() => [added(1)])
  for (let nth = 0; nth < 40; nth += 1) await store.append(() => [thought(1, 'x'.repeat(30_000))])
  await store.append(() => [thought(1, 'x'.repeat(1_000_000)), thought(1)])
  const sizes: number[] = []
  for await (const events of store.events({ after: 0 })) sizes.push(JSON.stringify(events).length)
  expect(sizes.length).toBeGreaterThan(6)
  expect(sizes.filter((size) => size > 256 * 1024)).toHaveLength(1)
})

test('a reader sees what was durable at its call, and may stop early', async () => {
  const { store } = await openStore()
  await addFinished(store, 1, 10)
  const events = store.events({ after: 15 })
  await addFinished(store, 11, 20)
  const seen: number[] = []
  for await (const chunk of events) seen.push(...chunk.map(({ seq }) => seq))
  expect(seen).toEqual([16, 17, 18, 19, 20])
  for await (const chunk of store.events({ after: 0 })) {
    expect(chunk[0]?.seq).toBe(1)
    break
  }
})

test('a reader goes on over segments that are closed meanwhile', async () => {
  const { store } = await openStore({ segmentBytes: 5000 })
  await addFinished(store, 1, 10)
  const seen: number[] = []
  for await (const chunk of store.events({ after: 0 })) {
    seen.push(...chunk.map(({ seq }) => seq))
    await addFinished(store, store.counts().completed + 1, store.counts().completed + 10)
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, position) => position + 1))
})

test('a removed task leaves its numbers behind and nothing of what was in it', async () => {
  const { store, directory } = await openStore()
  await store.append(() => [
    added(1, { prompt: 'a secret' }),
    thought(1, 'a secret'),
    added(2),
    fact({ a: 'b' }),
  ])
  await store.append(() => [removed(1)])
  const shown = await allEvents(store)
  expect(shown.map(({ seq, type, task_id }) => [seq, type, task_id])).toEqual([
    [1, 'removed', null],
    [2, 'removed', null],
    [3, 'task_added', taskId(2)],
    [4, 'queue_changed', null],
    [5, 'task_removed', taskId(1)],
  ])
  expect(shown[1]).toEqual({ ...shown[1], v: 1, attempt: null, step: null, data: {} })
  expect(JSON.stringify(shown)).not.toContain('secret')
  const types = new Set(['removed'] as const)
  expect((await allEvents(store, { types })).map(({ seq }) => seq)).toEqual([1, 2])
  expect(await allEvents(store, { types: new Set(['thought']) })).toEqual([])
  await store.close()
  expect(await allEvents((await openStore({ directory })).store)).toEqual(shown)
})

test('a task that gets the id of a removed one starts anew', async () => {
  const { store } = await openStore()
  await store.append(() => [added(1), thought(1, 'old')])
  await store.append(() => [removed(1)])
  expect((await allEvents(store, { taskId: taskId(1) })).map(({ type }) => type)).toEqual(['task_removed'])
  await store.append(() => [added(1), thought(1, 'new')])
  expect((await allEvents(store, { taskId: taskId(1) })).map(({ seq }) => seq)).toEqual([4, 5])
  expect((await allEvents(store)).map(({ type }) => type)).toEqual([
    'removed',
    'removed',
    'task_removed',
    'task_added',
    'thought',
  ])
})

test('lost and damaged sidecars are made again', async () => {
  const { store, directory } = await openStore({ segmentBytes: 5000 })
  await addFinished(store, 1, 40)
  const before = await allEvents(store, { taskId: taskId(7) })
  await store.close()
  const sidecars = readdirSync(directory).filter((name) => name.endsWith('.index'))
  const [first, second] = sidecars.map((name) => path.join(directory, name)) as [string, string]
  rmSync(first)
  writeFileSync(second, readFileSync(second).fill(1, 40, 41))
  const again = await openStore({ directory })
  expect(await allEvents(again.store, { taskId: taskId(7) })).toEqual(before)
  expect(again.notices.map(({ kind }) => kind)).toEqual(['rebuilt', 'rebuilt'])
  expect(readdirSync(directory).filter((name) => name.endsWith('.index'))).toEqual(sidecars)
  await again.store.close()
  expect((await openStore({ directory })).notices).toEqual([])
})

test('damage that appears under a running daemon is said to who reads it', async () => {
  const { store, directory } = await openStore()
  await addFinished(store, 1, 20)
  const [log] = segmentFiles(directory) as [string]
  writeFileSync(log, readFileSync(log).fill(0x20, 3000, 3001))
  await expect(allEvents(store)).rejects.toMatchObject({ code: 'store_damaged' })
})

test('however many read at once, the event loop is theirs for two pieces at a time', async () => {
  const { store } = await openStore()
  await store.append(() => [added(1)])
  for (let nth = 0; nth < 8; nth += 1) await store.append(() => [thought(1, 'x'.repeat(200_000))])
  let sinceTurn = 0
  let most = 0
  const turn = (): void => {
    sinceTurn = 0
    if (isReading) setImmediate(turn)
  }
  let isReading = true
  turn()
  const read = async (query: object): Promise<number[]> => {
    const seqs: number[] = []
    for await (const events of store.events({ after: 1, ...query })) {
      sinceTurn += 1
      most = Math.max(most, sinceTurn)
      seqs.push(...events.map(({ seq }) => seq))
    }
    return seqs
  }
  const readers = Array.from({ length: 10 }, (_, nth) => read(nth === 0 ? { taskId: taskId(1) } : {}))
  for (const seqs of await Promise.all(readers)) expect(seqs).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
  isReading = false
  expect(most).toBeLessThanOrEqual(4)
})
