import { open } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { OpenFile } from '../../../../src/daemon/store/embedded/open-segment.ts'
import { added, allEvents, moved, openStore, taskId, thought } from '../../../support/store-fixtures.ts'

/** Counts what is written to the log at once, and holds it before it is said to be there where `held` is set. */
const watchedDisk = () => {
  const disk = { writes: 0, held: undefined as Promise<void> | undefined }
  const openFile: OpenFile = async (path, flags) => {
    const handle = await open(path, flags)
    const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<unknown>
    handle.write = (async (...args: unknown[]) => {
      const result = await write(...args)
      disk.writes += 1
      await disk.held
      return result
    }) as typeof handle.write
    return handle
  }
  return { disk, openFile }
}

test('appends that wait for the same sync share it', async () => {
  const { disk, openFile } = watchedDisk()
  const { store } = await openStore({ openFile })
  const numbers = Array.from({ length: 200 }, (_, position) => position + 1)
  await Promise.all(numbers.map((nth) => store.append(() => [added(nth)])))
  expect(store.lastSeq).toBe(200)
  expect(disk.writes).toBe(1)
})

test('nothing is visible before it is on disk', async () => {
  const { disk, openFile } = watchedDisk()
  const { store } = await openStore({ openFile })
  let release = () => undefined as void
  disk.held = new Promise((resolve) => {
    release = resolve
  })
  const heard: number[] = []
  store.onAppend((events) => heard.push(events.length))
  let isSettled = false
  const first = store.append(() => [added(1)]).then(() => (isSettled = true))
  await expect.poll(() => disk.writes).toBe(1)
  expect([store.lastSeq, store.task(taskId(1)), store.active(), heard, isSettled]).toEqual([
    0,
    undefined,
    [],
    [],
    false,
  ])
  expect(await allEvents(store)).toEqual([])
  release()
  await first
  expect([store.lastSeq, heard]).toEqual([1, [1]])
})

test('a decision sees what earlier ones of its batch have decided', async () => {
  const { store } = await openStore()
  await store.append(() => [added(1)])
  const claim = () =>
    store.append((view) => {
      const next = view.active().find((task) => task.status === 'pending')
      return next === undefined ? [] : [moved(1, 'in_progress')]
    })
  const claims = await Promise.all([claim(), claim(), claim()])
  expect(claims.map((events) => events.length)).toEqual([1, 0, 0])
})

test('a decision that throws rejects alone and leaves no trace', async () => {
  const { store } = await openStore()
  const results = await Promise.allSettled([
    store.append(() => [added(1)]),
    store.append(() => {
      throw new Error('no')
    }),
    store.append(() => [added(2), thought(9)]),
    store.append((view) => {
      expect(view.task(taskId(2))).toBeUndefined()
      return [added(3)]
    }),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect((await allEvents(store)).map((event) => [event.seq, event.task_id])).toEqual([
    [1, taskId(1)],
    [2, taskId(3)],
  ])
  expect(store.active().map(({ number }) => number)).toEqual([1, 2])
})

test('an event that cannot be JSON rejects alone', async () => {
  const { store } = await openStore()
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const results = await Promise.allSettled([
    store.append(() => [added(1), { ...thought(1), private: circular }]),
    store.append(() => [added(2)]),
  ])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  expect(store.lastSeq).toBe(1)
})

test('a decision for nothing writes nothing', async () => {
  const { disk, openFile } = watchedDisk()
  const { store } = await openStore({ openFile })
  expect(await store.append(() => [])).toEqual([])
  expect(disk.writes).toBe(0)
})

test('decisions are made in the order of the calls, however large they are', async () => {
  const { store } = await openStore()
  await store.append(() => [added(1)])
  const large = 'x'.repeat(400_000)
  const numbers = Array.from({ length: 12 }, (_, position) => position)
  const appended = await Promise.all(
    numbers.map((nth) => store.append(() => [thought(1, `${nth} ${large}`)])),
  )
  expect(appended.map(([event]) => event?.seq)).toEqual(numbers.map((nth) => nth + 2))
})
