import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../../src/protocol/event.ts'
import {
  added,
  addFinished,
  allEvents,
  contents,
  fact,
  moved,
  openStore,
  removed,
  taskId,
  thought,
} from '../../../support/store-fixtures.ts'

describe('append', () => {
  test('numbers events and tasks and stamps them', async () => {
    const { store } = await openStore({ now: () => new Date('2026-02-03T04:05:06.789Z') })
    const [first] = await store.append(() => [added(7)])
    const ts = '2026-02-03T04:05:06.789Z'
    expect(first).toMatchObject({ v: 1, seq: 1, ts, task_id: taskId(7), attempt: null, step: null })
    expect(store.task(taskId(7))).toMatchObject({
      number: 1,
      created_at: ts,
      updated_at: ts,
      first_seq: 1,
      last_seq: 1,
    })
    const [second, third] = await store.append(() => [thought(7), moved(7, 'in_progress')])
    expect([second?.seq, third?.seq, store.lastSeq]).toEqual([2, 3, 3])
    expect(store.task(taskId(7))).toMatchObject({ status: 'in_progress', last_seq: 3 })
  })

  test('never gives a number twice, not after a removal and not after a restart', async () => {
    const { store, directory } = await openStore()
    await store.append(() => [added(1), added(2)])
    await store.append(() => [removed(2)])
    await store.append(() => [added(3)])
    await store.append(() => [removed(3)])
    await store.close()
    const again = await openStore({ directory })
    await again.store.append(() => [added(4)])
    expect(again.store.task(taskId(4))?.number).toBe(4)
    await again.store.append(() => [added(2)])
    expect(again.store.task(taskId(2))?.number).toBe(5)
  })

  test('lets times stand still while the clock is set back, also over a restart', async () => {
    let now = '2026-01-01T12:00:00.000Z'
    const { store, directory } = await openStore({ now: () => new Date(now) })
    await store.append(() => [added(1)])
    now = '2026-01-01T11:00:00.000Z'
    await store.append(() => [thought(1)])
    await store.close()
    const again = await openStore({ directory, now: () => new Date(now) })
    await again.store.append(() => [thought(1)])
    now = '2026-01-01T13:00:00.000Z'
    await again.store.append(() => [thought(1)])
    const times = (await allEvents(again.store)).map((event) => event.ts.slice(11, 13))
    expect(times).toEqual(['12', '12', '12', '13'])
  })

  test('folds every event of a decision into its task, in whatever order those of several tasks are mixed', async () => {
    const { store, directory } = await openStore()
    await store.append(() => [added(1), added(2), thought(1), thought(1), thought(2), thought(1)])
    const lastSeqs = (found: typeof store) => [1, 2].map((nth) => found.task(taskId(nth))?.last_seq)
    expect(lastSeqs(store)).toEqual([6, 5])
    await store.append((view) => {
      expect(view.task(taskId(2))?.last_seq).toBe(5)
      return [thought(2), moved(2, 'in_progress'), thought(2), thought(2)]
    })
    expect(store.task(taskId(2))).toMatchObject({ status: 'in_progress', last_seq: 10 })
    const tasks = [1, 2].map((nth) => store.task(taskId(nth)))
    await store.close()
    const again = await openStore({ directory })
    expect([1, 2].map((nth) => again.store.task(taskId(nth)))).toEqual(tasks)
  })

  test('folds facts about no task, later members win', async () => {
    const { store, directory } = await openStore()
    await store.append(() => [fact({ paused: true, by: 'one' })])
    await store.append((view) => {
      expect(view.queueFacts()).toEqual({ paused: true, by: 'one' })
      return [fact({ paused: false })]
    })
    expect(store.queueFacts()).toEqual({ paused: false, by: 'one' })
    await store.close()
    expect((await openStore({ directory })).store.queueFacts()).toEqual({ paused: false, by: 'one' })
  })

  test('refuses an event about a task that is not there, and a second task with one id', async () => {
    const { store } = await openStore()
    await expect(store.append(() => [thought(1)])).rejects.toMatchObject({ code: 'not_found' })
    await store.append(() => [added(1)])
    await expect(store.append(() => [added(1)])).rejects.toMatchObject({ code: 'conflict' })
    expect(store.lastSeq).toBe(1)
  })

  test('gives the number of a task that was refused with its decision to the next one', async () => {
    const { store } = await openStore()
    const refused = store.append(() => [added(1), thought(2)])
    const next = store.append(() => [added(3)])
    await expect(refused).rejects.toMatchObject({ code: 'not_found' })
    await next
    expect(store.task(taskId(1))).toBeUndefined()
    expect(store.resolve('1').id).toBe(taskId(3))
  })

  test('takes an id again in the write in which its task is removed: for another task, also after a restart', async () => {
    const { store, directory } = await openStore()
    await store.append(() => [added(1, { prompt: 'old' }), moved(1, 'completed')])
    await Promise.all([
      store.append(() => [removed(1)]),
      store.append(() => [added(1, { prompt: 'new' })]),
      store.append((view) => {
        expect([...view.queued('loop')].map(({ number }) => number)).toEqual([2])
        return []
      }),
    ])
    const expectSecond = (found: typeof store): void => {
      expect(found.task(taskId(1))).toMatchObject({ number: 2, prompt: 'new', first_seq: 4 })
      expect(found.resolve('2').id).toBe(taskId(1))
      expect(() => found.resolve('1')).toThrow('no task')
      expect(found.counts()).toMatchObject({ pending: 1, completed: 0 })
      expect(found.active().map(({ number }) => number)).toEqual([2])
    }
    expectSecond(store)
    await store.close()
    expectSecond((await openStore({ directory })).store)
  })

  test('keeps `private` in the store', async () => {
    const { store } = await openStore()
    await store.append(() => [added(1), { ...thought(1), private: { signature: 'abc' } }])
    expect((await allEvents(store)).at(-1)).toMatchObject({ private: { signature: 'abc' } })
  })
})

test('listeners hear each durable batch, in order, before the callers', async () => {
  const { store } = await openStore()
  const heard: string[] = []
  const unsubscribe = store.onAppend((events) => heard.push(`events ${events.map(({ seq }) => seq).join()}`))
  const appended = [1, 2, 3].map(async (nth) => {
    const events = await store.append(() => [added(nth)])
    heard.push(`caller ${events[0]?.seq}`)
  })
  await Promise.all(appended)
  expect(heard).toEqual(['events 1,2,3', 'caller 1', 'caller 2', 'caller 3'])
  unsubscribe()
  await store.append(() => [added(4)])
  expect(heard).toHaveLength(4)
})

test('a listener that throws is reported and harms neither the callers nor other listeners', async () => {
  const { store, notices } = await openStore()
  const heard: (readonly StoredEvent[])[] = []
  store.onAppend(() => {
    throw new Error('mine')
  })
  store.onAppend((events) => heard.push(events))
  await store.append(() => [added(1)])
  expect(heard).toHaveLength(1)
  expect(notices.map(({ kind }) => kind)).toEqual(['listener_failed'])
})

test('is readable by its owner only', async () => {
  const { store, directory } = await openStore({ segmentBytes: 4000 })
  await addFinished(store, 1, 30)
  await store.keepResult(taskId(1), 'call', 'text')
  await store.close()
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  expect(entries.length).toBeGreaterThan(8)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  for (const entry of entries) {
    const mode = statSync(path.join(entry.parentPath, entry.name)).mode & 0o777
    expect([entry.name, mode]).toEqual([entry.name, entry.isDirectory() ? 0o700 : 0o600])
  }
})

describe('close', () => {
  test('waits for appends under way and refuses later ones', async () => {
    const { store, directory } = await openStore()
    const appended = store.append(() => [added(1)])
    await store.close()
    await appended
    await expect(store.append(() => [added(2)])).rejects.toMatchObject({ code: 'not_durable' })
    expect((await openStore({ directory })).store.lastSeq).toBe(1)
  })

  test('leaves a store that opens with the same contents', async () => {
    const { store, directory } = await openStore({ segmentBytes: 8000 })
    await addFinished(store, 1, 20)
    await store.append(() => [added(21), added(22), removed(3), fact({ paused: true })])
    const before = await contents(store)
    expect(before.active.map(({ number }) => number)).toEqual([21, 22])
    await store.close()
    const again = await openStore({ directory })
    expect(await contents(again.store)).toEqual(before)
    expect(again.store.storeId).toBe(store.storeId)
    expect(again.notices).toEqual([])
  })
})
