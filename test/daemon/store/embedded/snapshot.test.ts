import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedStore } from '../../../../src/daemon/store/embedded/embedded-store.ts'
import { seal } from '../../../../src/daemon/store/embedded/sealed-json.ts'
import type { Task } from '../../../../src/protocol/task.ts'
import {
  added,
  addFinished,
  contents,
  fact,
  finished,
  moved,
  openStore,
  removed,
  taskId,
  temporaryFolder,
  thought,
} from '../../../support/store-fixtures.ts'

let prepared: string
let before: Awaited<ReturnType<typeof contents>>

/** Of 2,500 finished tasks, two active ones and a removed one, and what it holds. */
beforeAll(async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-snapshot-'))
  prepared = path.join(folder, 'store')
  const store = await openEmbeddedStore({ directory: prepared })
  await store.append(() => finished(1, 2500))
  await store.append(() => [added(2501), added(2502), moved(2502, 'in_progress'), fact({ paused: true })])
  await store.append(() => [removed(1234)])
  await store.close()
  const written = await openEmbeddedStore({ directory: prepared })
  before = await contents(written)
  await written.close()
  return () => rmSync(folder, { recursive: true })
})

/** A copy of that store, closed. */
const closedStore = () => {
  const directory = path.join(temporaryFolder(), 'store')
  cpSync(prepared, directory, { recursive: true })
  return { directory, snapshot: path.join(directory, 'snapshot') }
}

const filesOf = (snapshot: string, prefix: string): string[] =>
  readdirSync(snapshot)
    .filter((name) => name.startsWith(prefix))
    .map((name) => path.join(snapshot, name))

test('holds pages of 250 tasks, an index for each, and nothing else', () => {
  const { snapshot } = closedStore()
  const kinds = readdirSync(snapshot).map((name) => name.replace(/-\d+\.json$/, ''))
  const firsts = Array.from({ length: 11 }, (_, page) => page * 250 + 1)
  const pages = firsts.flatMap((first) => [`index-${first}`, `tasks-${first}`])
  expect(kinds.sort()).toEqual([...pages, 'manifest.json'].sort())
})

describe('a store opens with the same contents', () => {
  test.each<[string, (snapshot: string) => void]>([
    ['without its snapshot', (snapshot) => rmSync(snapshot, { recursive: true })],
    ['with a manifest that is empty', (snapshot) => writeFileSync(path.join(snapshot, 'manifest.json'), '')],
    [
      'with a manifest that holds null',
      (snapshot) => writeFileSync(path.join(snapshot, 'manifest.json'), 'null'),
    ],
    [
      'with a manifest of a newer format',
      (snapshot) => writeFileSync(path.join(snapshot, 'manifest.json'), seal('{"format":99}')),
    ],
    [
      'with a manifest of an older format',
      (snapshot) => {
        const manifest = path.join(snapshot, 'manifest.json')
        const { crc, ...fields } = JSON.parse(readFileSync(manifest, 'utf8')) as { crc: string }
        expect(crc).toMatch(/^[\da-f]{8}$/)
        writeFileSync(manifest, seal(JSON.stringify({ ...fields, format: 1 })))
      },
    ],
    ['with an index of a page missing', (snapshot) => rmSync(filesOf(snapshot, 'index-1001')[0] as string)],
    [
      'with an index of a page torn',
      (snapshot) => {
        const file = filesOf(snapshot, 'index-1001')[0] as string
        writeFileSync(file, readFileSync(file).subarray(0, 1000))
      },
    ],
    ['with the tasks of a page missing', (snapshot) => rmSync(filesOf(snapshot, 'tasks-1001')[0] as string)],
    [
      'with a flipped bit in the tasks of a page',
      (snapshot) => {
        const file = filesOf(snapshot, 'tasks-2001')[0] as string
        writeFileSync(file, readFileSync(file).fill(0x20, 5000, 5001))
      },
    ],
    [
      'with all tasks of it empty',
      (snapshot) => filesOf(snapshot, 'tasks-').forEach((file) => writeFileSync(file, '')),
    ],
  ])('%s, and says so', async (_, harm) => {
    const { directory, snapshot } = closedStore()
    harm(snapshot)
    const { store, notices } = await openStore({ directory })
    expect(await contents(store)).toEqual(before)
    if (existsSync(path.join(snapshot, 'manifest.json')))
      expect(notices.map(({ kind }) => kind)).toContain('rebuilt')
    await store.append(() => [thought(2501), thought(1), moved(2000, 'pending', 'completed')])
    const after = await contents(store)
    await store.close()
    const again = await openStore({ directory })
    expect(await contents(again.store)).toEqual(after)
    expect(again.notices).toEqual([])
  })

  test('with the snapshot of an earlier day', async () => {
    const { store, directory } = await openStore()
    await addFinished(store, 1, 30)
    await store.close()
    const old = path.join(temporaryFolder(), 'snapshot')
    cpSync(path.join(directory, 'snapshot'), old, { recursive: true })
    const later = await openStore({ directory })
    await addFinished(later.store, 31, 60)
    await later.store.append(() => [removed(3), thought(7), moved(9, 'pending', 'completed')])
    const before = await contents(later.store)
    await later.store.close()
    rmSync(path.join(directory, 'snapshot'), { recursive: true })
    cpSync(old, path.join(directory, 'snapshot'), { recursive: true })
    const again = await openStore({ directory })
    expect(await contents(again.store)).toEqual(before)
    expect(again.notices).toEqual([])
  })

  test('with the snapshot of another store', async () => {
    const { directory, snapshot } = closedStore()
    const other = await openStore()
    await other.store.append(() => [added(9)])
    await other.store.close()
    rmSync(snapshot, { recursive: true })
    cpSync(path.join(other.directory, 'snapshot'), snapshot, { recursive: true })
    expect(await contents((await openStore({ directory })).store)).toEqual(before)
  })
})

test('a snapshot is written after so many events and when nothing happens for a while', async () => {
  const { store, directory } = await openStore({ snapshotEvents: 20, snapshotIdleMs: 30 })
  const manifestSeq = (): number => {
    const manifest = path.join(directory, 'snapshot', 'manifest.json')
    return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { seq: number }).seq : 0
  }
  await addFinished(store, 1, 10)
  await expect.poll(manifestSeq).toBe(20)
  await store.append(() => [thought(1)])
  await expect.poll(manifestSeq).toBe(21)
})

test('appends go on while a snapshot is written, and are in the next', async () => {
  const { store, directory } = await openStore({ snapshotEvents: 200 })
  await addFinished(store, 1, 600)
  await store.append(() => [removed(5), removed(600), moved(7, 'pending', 'completed')])
  const before = await contents(store)
  await store.close()
  expect(await contents((await openStore({ directory })).store)).toEqual(before)
})

test('a snapshot holds what was so when it began, whatever has changed before it got there', async () => {
  const { store, directory } = await openStore({ snapshotEvents: 3000, snapshotIdleMs: 600_000 })
  const snapshot = path.join(directory, 'snapshot')
  const manifest = path.join(snapshot, 'manifest.json')
  await store.append(() => Array.from({ length: 3000 }, (_, at) => added(at + 1)))
  for (let nth = 3000; !existsSync(manifest); nth -= 1) {
    await store.append(() => [thought(nth), removed(nth - 500), added(nth + 2000)])
  }
  const { seq } = JSON.parse(readFileSync(manifest, 'utf8')) as { seq: number }
  const tasks = filesOf(snapshot, 'tasks-').flatMap((file) => pageIn(file).tasks ?? [])
  const rows = filesOf(snapshot, 'index-').flatMap((file) => pageIn(file).rows ?? [])
  expect(Math.max(...tasks.map(({ last_seq }) => last_seq))).toBeLessThanOrEqual(seq)
  expect([tasks.length, rows.length]).toEqual([3000, 3000])
  const before = await contents(store)
  await store.close()
  expect(await contents((await openStore({ directory })).store)).toEqual(before)
})

const pageIn = (file: string) =>
  JSON.parse(readFileSync(file, 'utf8')) as { tasks?: Task[]; rows?: unknown[] }

test('only pages that have changed are written again', async () => {
  const { directory, snapshot } = closedStore()
  const pages = filesOf(snapshot, 'tasks-')
  const { store } = await openStore({ directory })
  await store.append(() => [thought(1500)])
  await store.close()
  const kept = filesOf(snapshot, 'tasks-').filter((file) => pages.includes(file))
  const written = pages.filter((file) => !kept.includes(file))
  expect(kept).toHaveLength(10)
  expect(written.map((file) => path.basename(file).split('-')[1])).toEqual(['1251'])
})

test('large tasks get smaller pages', async () => {
  const { store, directory } = await openStore()
  for (let nth = 1; nth <= 12; nth += 1) {
    await store.append(() => [added(nth, { prompt: 'x'.repeat(500_000) }), moved(nth, 'completed')])
  }
  await store.close()
  expect(filesOf(path.join(directory, 'snapshot'), 'tasks-').length).toBeGreaterThan(2)
  const again = await openStore({ directory })
  await again.store.append(() => [added(13)])
  expect((await again.store.tasks({ limit: 20 })).tasks.map(({ number }) => number)).toEqual([
    13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
  ])
  expect(again.store.task(taskId(6))?.prompt).toHaveLength(500_000)
})

test('a snapshot that cannot be written is said and does no harm', async () => {
  const { store, directory, notices } = await openStore()
  await addFinished(store, 1, 5)
  rmSync(path.join(directory, 'snapshot'), { recursive: true })
  writeFileSync(path.join(directory, 'snapshot'), 'in the way')
  await store.close()
  expect(notices.map(({ kind }) => kind)).toEqual(['snapshot_failed'])
  rmSync(path.join(directory, 'snapshot'))
  expect((await openStore({ directory })).store.counts().completed).toBe(5)
})
