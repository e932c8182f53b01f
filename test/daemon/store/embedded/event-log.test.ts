import { execFileSync } from 'node:child_process'
import { appendFileSync, constants, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { OpenFile, SyncedBy } from '../../../../src/daemon/store/embedded/open-segment.ts'
import {
  added,
  addFinished,
  allEvents,
  contents,
  openStore,
  segmentFiles,
  taskId,
  temporaryFolder,
  thought,
} from '../../../support/store-fixtures.ts'

type Fault =
  | 'none'
  | 'write ENOSPC'
  | 'write half, then ENOSPC'
  | 'write short'
  | 'sync EIO'
  | 'sync and truncate EIO'

/** The real disk, which fails as it is told. */
const faultyDisk = () => {
  const disk = { fault: 'none' as Fault, opened: 0 }
  const fail = (code: string) => Object.assign(new Error(`${code}: told to`), { code })
  const openFile: OpenFile = async (file, flags) => {
    disk.opened += 1
    const handle = await open(file, flags)
    const isSyncedByWrite = typeof flags === 'number' && (flags & constants.O_DSYNC) !== 0
    let isHalfTaken = false
    const write = handle.write.bind(handle) as (
      bytes: Buffer,
      offset: number,
      length: number,
    ) => Promise<{ bytesWritten: number; buffer: Buffer }>
    const [datasync, truncate] = [handle.datasync.bind(handle), handle.truncate.bind(handle)]
    const faultyWrite = async (bytes: Buffer, offset: number, length: number) => {
      if (disk.fault === 'write ENOSPC') throw fail('ENOSPC')
      if (disk.fault === 'write short') return write(bytes, offset, Math.min(length, 7))
      if (disk.fault.startsWith('sync') && isSyncedByWrite) {
        await write(bytes, offset, length)
        throw fail('EIO')
      }
      if (disk.fault !== 'write half, then ENOSPC') return write(bytes, offset, length)
      isHalfTaken = !isHalfTaken
      if (!isHalfTaken) throw fail('ENOSPC')
      return write(bytes, offset, length >> 1)
    }
    handle.write = faultyWrite as typeof handle.write
    handle.datasync = () => (disk.fault.startsWith('sync') ? Promise.reject(fail('EIO')) : datasync())
    handle.truncate = (end) =>
      disk.fault === 'sync and truncate EIO' ? Promise.reject(fail('EIO')) : truncate(end)
    return handle
  }
  return { disk, openFile }
}

describe.each<SyncedBy>(process.platform === 'linux' ? ['write', 'datasync'] : ['datasync'])(
  'a write that fails, where what is written is synced by its %s,',
  (syncedBy) => {
    test.each<Fault>(['write ENOSPC', 'write half, then ENOSPC', 'sync EIO', 'sync and truncate EIO'])(
      '(%s) rejects its batch, leaves no trace, and the store goes on by itself',
      async (fault) => {
        const { disk, openFile } = faultyDisk()
        const { store, directory, notices } = await openStore({ openFile, syncedBy })
        await store.append(() => [added(1)])
        const before = await contents(store)
        const heard: number[] = []
        store.onAppend((events) => heard.push(...events.map(({ seq }) => seq)))
        disk.fault = fault
        for (let round = 0; round < 2; round += 1) {
          const failed = await Promise.allSettled([2, 3].map((nth) => store.append(() => [added(nth)])))
          for (const result of failed) {
            expect(result).toMatchObject({ reason: { code: 'not_durable', retryable: true } })
          }
          expect(store.writable).toBe(false)
          expect(await contents(store)).toEqual(before)
        }
        disk.fault = 'none'
        await store.append(() => [added(4)])
        expect([store.writable, store.task(taskId(4))?.number, heard]).toEqual([true, 2, [2]])
        expect(notices.map(({ kind }) => kind)).toEqual(['not_writable', 'writable'])
        const after = await contents(store)
        await store.close()
        expect(await contents((await openStore({ directory })).store)).toEqual(after)
      },
    )

    test('cuts what it has written at once', async () => {
      const { disk, openFile } = faultyDisk()
      const { store, directory } = await openStore({ openFile, syncedBy })
      await store.append(() => [added(1)])
      const [log] = segmentFiles(directory) as [string]
      const before = readFileSync(log)
      disk.fault = 'write half, then ENOSPC'
      await expect(store.append(() => [added(2)])).rejects.toMatchObject({ code: 'not_durable' })
      expect(readFileSync(log)).toEqual(before)
      disk.fault = 'none'
      await store.append(() => [added(2)])
      expect(segmentFiles(directory)).toEqual([log])
    })

    test('after a failed sync leads to a new file: its pages are not trusted again', async () => {
      const { disk, openFile } = faultyDisk()
      const { store, directory } = await openStore({ openFile, syncedBy })
      await store.append(() => [added(1)])
      disk.fault = 'sync EIO'
      await expect(store.append(() => [added(2)])).rejects.toMatchObject({ code: 'not_durable' })
      disk.fault = 'none'
      await store.append(() => [added(3)])
      expect(segmentFiles(directory).map((file) => path.basename(file))).toEqual([
        'events-000000000001.jsonl',
        'events-000000000002.jsonl',
      ])
    })
  },
)

test('what a process that was ended has written is synced before anything is built on it', async () => {
  const { store, directory } = await openStore()
  await store.append(() => [added(1)])
  await store.close()
  let syncs = 0
  const openFile: OpenFile = async (file, flags) => {
    const handle = await open(file, flags)
    const datasync = handle.datasync.bind(handle)
    handle.datasync = () => {
      syncs += 1
      return datasync()
    }
    return handle
  }
  await openStore({ directory, openFile })
  expect(syncs).toBe(1)
})

test('a disk that takes a few bytes at a time gets all of them', async () => {
  const { disk, openFile } = faultyDisk()
  const { store, directory } = await openStore({ openFile })
  disk.fault = 'write short'
  await store.append(() => [added(1), thought(1)])
  await store.close()
  expect(await allEvents((await openStore({ directory })).store)).toHaveLength(2)
})

test('a log that something else writes to is not written any more', async () => {
  const { store, directory } = await openStore()
  await store.append(() => [added(1)])
  appendFileSync(segmentFiles(directory)[0] as string, 'stranger\n')
  for (let round = 0; round < 2; round += 1) {
    await expect(store.append(() => [added(2)])).rejects.toMatchObject({ code: 'store_damaged' })
  }
  expect(store.task(taskId(1))?.number).toBe(1)
})

test('a log that was deleted is neither written nor made anew', async () => {
  const { store, directory } = await openStore()
  await store.append(() => [added(1)])
  rmSync(directory, { recursive: true })
  await expect(store.append(() => [added(2)])).rejects.toMatchObject({ code: 'not_durable' })
  expect(store.active()).toHaveLength(1)
  expect(() => statSync(directory)).toThrow('ENOENT')
})

test('segments are closed at their size, in full lines, each beginning where the one before ends', async () => {
  const { store, directory } = await openStore({ segmentBytes: 5000 })
  for (let nth = 1; nth <= 20; nth += 1) await store.append(() => [added(nth)])
  const files = segmentFiles(directory)
  let nextSeq = 1
  for (const file of files) {
    const [header, ...lines] = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { base_seq: number; seq: number })
    expect(header).toMatchObject({ sparky: 'events', format: 1, store_id: store.storeId, base_seq: nextSeq })
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, position) => nextSeq + position))
    nextSeq += lines.length
    expect(statSync(file).size).toBeLessThanOrEqual(5000)
  }
  expect([files.length > 3, nextSeq]).toEqual([true, 21])
})

const runTool = (name: string, args: string[]) => execFileSync(name, args, { stdio: 'ignore' })

const mountSmallDisk = (): string | undefined => {
  const folder = temporaryFolder()
  const mounted = path.join(folder, 'disk')
  mkdirSync(mounted)
  try {
    runTool('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mounted])
  } catch {
    return undefined
  }
  onTestFinished(() => {
    runTool('umount', ['-l', mounted])
  })
  return mounted
}

test('a disk that is really full loses nothing and is used again when there is room', async ({ skip }) => {
  const disk = mountSmallDisk()
  if (disk === undefined) {
    skip('needs the right to mount a small disk')
    return
  }
  const ballast = path.join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc(100_000))
  const { store, directory } = await openStore({ directory: path.join(disk, 'store'), snapshotEvents: 20 })
  let nth = 0
  const acknowledged: number[] = []
  const addNext = async () => {
    nth += 1
    const taken = nth
    await store.append(() => [added(taken)])
    acknowledged.push(taken)
  }
  await expect(
    (async () => {
      for (;;) await addNext()
    })(),
  ).rejects.toMatchObject({ code: 'not_durable', retryable: true })
  expect((await allEvents(store)).length).toBe(acknowledged.length)
  rmSync(ballast)
  for (let more = 0; more < 10; more += 1) await addNext()
  await store.close()
  const again = await openStore({ directory })
  expect((await allEvents(again.store)).map(({ task_id }) => task_id)).toEqual(acknowledged.map(taskId))
  await again.store.close()
})

test('an open segment that was replaced is scanned again', async () => {
  const { store, directory } = await openStore()
  await addFinished(store, 1, 3)
  await store.close()
  const [log] = segmentFiles(directory) as [string]
  writeFileSync(log.replace('.jsonl', '.index'), 'not an index')
  expect(await allEvents((await openStore({ directory })).store)).toHaveLength(6)
})

test('a store that could not be written says by itself when it can be again, with nobody sending anything', async () => {
  const { disk, openFile } = faultyDisk()
  const { store, notices } = await openStore({ openFile, probeMs: 20 })
  for (const fault of ['write ENOSPC', 'sync EIO'] as const) {
    disk.fault = fault
    await expect(store.append(() => [added(1)])).rejects.toMatchObject({ code: 'not_durable' })
    const { opened } = disk
    await vi.waitFor(() => expect(disk.opened).toBeGreaterThan(opened + 1))
    expect(store.writable).toBe(false)
    disk.fault = 'none'
    await vi.waitFor(() => expect(store.writable).toBe(true))
  }
  expect(notices.map(({ kind }) => kind)).toEqual(['not_writable', 'writable', 'not_writable', 'writable'])
  await store.append(() => [added(1)])
})
