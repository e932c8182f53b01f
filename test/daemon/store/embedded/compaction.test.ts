import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Store } from '../../../../src/daemon/store/store.ts'
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
  segmentFiles,
  taskId,
  thought,
} from '../../../support/store-fixtures.ts'

const secret = 'xyzzy-plugh'
const atOnce = { compactionIdleMs: 1, snapshotIdleMs: 5 }

/** Files below the folder that hold the secret. */
const filesWithSecret = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(directory, name))
    .filter(
      (file) =>
        statSync(file, { throwIfNoEntry: false })?.isFile() === true && readFileSync(file).includes(secret),
    )

const withSecret = (nth: number) => [
  added(nth, { prompt: `tell ${secret}`, request_payload: { prompt: `tell ${secret}` } }),
  thought(nth, `${secret} ${'x'.repeat(500)}`),
  moved(nth, 'completed'),
]

const gone = (directory: string) =>
  vi.waitFor(() => expect(filesWithSecret(directory)).toEqual([]), { timeout: 10_000, interval: 10 })

const seqs = (events: readonly StoredEvent[]) => events.map(({ seq }) => seq)
const upTo = (last: number) => Array.from({ length: last }, (_, position) => position + 1)

describe('what was removed leaves the disk', () => {
  test('out of the open file, and everything else stays as it was', async () => {
    const { store, directory, notices } = await openStore(atOnce)
    await store.append(() => [...withSecret(1), added(2), thought(2, 'kept'), fact({ paused: true })])
    await store.append(() => [removed(1)])
    const shown = await allEvents(store)
    await gone(directory)
    expect(await allEvents(store)).toEqual(shown)
    expect(segmentFiles(directory)).toHaveLength(1)
    await store.append(() => [thought(2, 'later')])
    const after = await contents(store)
    await store.close()
    const again = await openStore({ directory })
    expect(await contents(again.store)).toEqual(after)
    expect([...notices, ...again.notices]).toEqual([])
  })

  test('out of closed files, with their sidecars made again and readers undisturbed', async () => {
    const { store, directory } = await openStore({ ...atOnce, compactionIdleMs: 50, segmentBytes: 6000 })
    for (let nth = 1; nth <= 30; nth += 1) await store.append(() => withSecret(nth))
    await store.append(() => [added(31), thought(31, 'kept')])
    const slow = store.events({ after: 0 })[Symbol.asyncIterator]()
    const first = await slow.next()
    const byTask = await allEvents(store, { taskId: taskId(31) })
    await store.append(() => upTo(30).map(removed))
    await gone(directory)
    const read = [...(first.value as StoredEvent[])]
    for (let next = await slow.next(); next.done !== true; next = await slow.next()) read.push(...next.value)
    expect(seqs(read)).toEqual(upTo(92))
    expect(await allEvents(store, { taskId: taskId(31) })).toEqual(byTask)
    const after = await contents(store)
    expect(seqs(after.events)).toEqual(upTo(store.lastSeq))
    await store.close()
    const again = await openStore({ directory, segmentBytes: 6000 })
    expect(await contents(again.store)).toEqual(after)
    expect(again.notices).toEqual([])
  })

  test('out of a large open file, which is closed for it, while others append', async () => {
    const { store, directory } = await openStore({ ...atOnce, snapshotIdleMs: 60_000 })
    await store.append(() => [added(1), thought(1, `${secret}${'x'.repeat(1_500_000)}`), added(2)])
    await store.append(() => [removed(1)])
    for (let nth = 3; filesWithSecret(directory).length > 0; nth += 1) {
      await store.append(() => [added(nth)])
    }
    expect(segmentFiles(directory)).toHaveLength(2)
    const after = await contents(store)
    expect(seqs(after.events)).toEqual(upTo(store.lastSeq))
    await store.close()
    expect(await contents((await openStore({ directory })).store)).toEqual(after)
  })

  test('although it is little of a file, once it has waited for long enough', async () => {
    const { store, directory } = await openStore({ ...atOnce, compactionPatienceMs: 300 })
    await store.append(() => [added(1, { prompt: 'x'.repeat(50_000) }), ...withSecret(2)])
    await store.append(() => [removed(2)])
    const began = Date.now()
    await gone(directory)
    expect(Date.now() - began).toBeGreaterThan(200)
  })

  test('soon where more of the file is removed after a little of it', async () => {
    const { store, directory } = await openStore({ ...atOnce, snapshotIdleMs: 60_000 })
    await store.append(() => [added(1, { prompt: 'x'.repeat(50_000) }), ...withSecret(2)])
    await store.append(() => [removed(2)])
    // Written once it has looked at that, and left it for later; a snapshot, which writes it too, is far off.
    const list = path.join(directory, 'removals.json')
    await vi.waitFor(() => expect(readFileSync(list, 'utf8')).toContain(taskId(2)), { interval: 5 })
    expect(filesWithSecret(directory)).toContain(segmentFiles(directory)[0])
    await store.append(() => [moved(1, 'completed')])
    await store.append(() => [removed(1)])
    await gone(directory)
  })

  test('after a restart that came between', async () => {
    const { store, directory } = await openStore({ compactionIdleMs: 60_000 })
    await store.append(() => [...withSecret(1), added(2)])
    await store.append(() => [removed(1)])
    await store.close()
    expect(filesWithSecret(directory)).toContain(segmentFiles(directory)[0])
    const again = await openStore({ directory, ...atOnce })
    await gone(directory)
    expect(seqs(await allEvents(again.store))).toEqual(upTo(5))
  })

  test('although the list of what is to go was lost, or never written', async () => {
    for (const lose of [rmSync, (file: string) => writeFileSync(file, 'null')]) {
      const { store, directory } = await openStore({ compactionIdleMs: 60_000 })
      await store.append(() => [...withSecret(1), added(2)])
      await store.append(() => [removed(1)])
      await store.close()
      lose(path.join(directory, 'removals.json'))
      const again = await openStore({ directory, ...atOnce })
      await gone(directory)
      await again.store.close()
    }
  })

  test('of a task with the id of one before it, both removed, the list lost between them', async () => {
    const { store, directory } = await openStore({ compactionIdleMs: 60_000, snapshotIdleMs: 5 })
    await store.append(() => [added(1), moved(1, 'completed'), removed(1)])
    await store.close()
    rmSync(path.join(directory, 'removals.json'))
    const { store: again } = await openStore({ directory, compactionIdleMs: 300, snapshotIdleMs: 60_000 })
    await again.append(() => withSecret(1))
    await again.append(() => [removed(1)])
    await gone(directory)
  })
})

test('a task that has the id of a removed one keeps everything', async () => {
  const { store, directory } = await openStore(atOnce)
  await store.append(() => withSecret(1))
  await store.append(() => [removed(1), added(1), thought(1, 'the new one')])
  await gone(directory)
  expect((await allEvents(store, { taskId: taskId(1) })).map(({ type }) => type)).toEqual([
    'task_added',
    'thought',
  ])
  await store.close()
  const again = await openStore({ directory })
  expect((await allEvents(again.store)).map(({ type }) => type)).toEqual([
    'removed',
    'removed',
    'removed',
    'task_removed',
    'task_added',
    'thought',
  ])
})

test('numbers are not given again, although nothing else is left of the tasks, nor a snapshot', async () => {
  const { store, directory } = await openStore(atOnce)
  await store.append(() => [...withSecret(1), ...withSecret(2)])
  await store.append(() => [removed(1), removed(2)])
  await gone(directory)
  await store.close()
  rmSync(path.join(directory, 'snapshot'), { recursive: true })
  const again = await openStore({ directory })
  expect(await again.store.append(() => [added(3)])).toMatchObject([{ data: { task: { number: 3 } } }])
})

test('damage is not written over: the file stays as it is, and that is said', async () => {
  const { store, directory, notices } = await openStore({ ...atOnce, segmentBytes: 6000 })
  for (let nth = 1; nth <= 10; nth += 1) await store.append(() => withSecret(nth))
  const [log] = segmentFiles(directory) as [string]
  const bytes = readFileSync(log)
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] as number) ^ 1
  writeFileSync(log, bytes)
  await store.append(() => [removed(1)])
  await vi.waitFor(() => expect(notices.map(({ kind }) => kind)).toContain('leftover'), { timeout: 5000 })
  expect(readFileSync(log).equals(bytes)).toBe(true)
})

const removeAll = async (store: Store, count: number) => {
  for (let begin = 1; begin <= count; begin += 500) {
    await store.append(() => upTo(Math.min(500, count - begin + 1)).map((nth) => removed(begin + nth - 1)))
  }
}

test('removing very many tasks shrinks the log, and every number stays', { timeout: 120_000 }, async () => {
  const count = 20_000
  const { store, directory } = await openStore({ ...atOnce, segmentBytes: 2 * 1024 * 1024 })
  for (let begin = 1; begin <= count; begin += 500) {
    const drafts = upTo(500).flatMap((nth) => [added(begin + nth - 1), moved(begin + nth - 1, 'completed')])
    await store.append(() => drafts)
  }
  const logBytes = () => segmentFiles(directory).reduce((sum, file) => sum + statSync(file).size, 0)
  const bytesBefore = logBytes()
  await removeAll(store, count)
  await vi.waitFor(() => expect(logBytes()).toBeLessThan(bytesBefore * 0.5), {
    timeout: 60_000,
    interval: 100,
  })
  expect((await allEvents(store)).length).toBe(3 * count)
  await addFinished(store, count + 1, count + 10)
  const after = await contents(store)
  await store.close()
  expect(await contents((await openStore({ directory })).store)).toEqual(after)
})
