import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedStore } from '../../../../src/daemon/store/embedded/embedded-store.ts'
import { seal } from '../../../../src/daemon/store/embedded/sealed-json.ts'
import type { StoredEvent } from '../../../../src/protocol/event.ts'
import {
  added,
  addFinished,
  allEvents,
  contents,
  fact,
  openStore,
  temporaryFolder,
  thought,
} from '../../../support/store-fixtures.ts'
import { segmentFiles } from '../../../support/store-fixtures.ts'
import { aTask } from '../../../support/task.ts'

let directory: string
let log: string
/** Bytes of the log, and where each of its lines (the header first) begins. */
let bytes: Buffer
let lineStarts: number[]
let events: readonly StoredEvent[]

let prepared: string

/** A log of ten small events that no snapshot covers, as a killed daemon leaves it. */
beforeAll(async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-open-log-'))
  const written = path.join(folder, 'written')
  const store = await openEmbeddedStore({ directory: written })
  await store.append(() => [added(1)])
  for (let nth = 1; nth < 10; nth += 1) await store.append(() => [thought(1, `thought ${nth}`)])
  events = await allEvents(store)
  prepared = path.join(folder, 'prepared')
  cpSync(written, prepared, { recursive: true })
  await store.close()
  return () => rmSync(folder, { recursive: true })
})

beforeEach(() => {
  directory = path.join(temporaryFolder(), 'store')
  cpSync(prepared, directory, { recursive: true })
  log = segmentFiles(directory)[0] as string
  bytes = readFileSync(log)
  lineStarts = [0]
  for (let at = 0; at < bytes.length - 1; at += 1) if (bytes[at] === 0x0a) lineStarts.push(at + 1)
})

/** Opens the store over a log with these bytes. */
const openWith = (changed: Buffer) => {
  for (const name of readdirSync(directory)) {
    if (name.includes('.torn-')) rmSync(path.join(directory, name))
  }
  rmSync(path.join(directory, 'snapshot'), { recursive: true, force: true })
  rmSync(log.replace('.jsonl', '.index'), { force: true })
  writeFileSync(log, changed)
  return openStore({ directory })
}

/**
 * Positions of a line that ends before `end`: each of where records differ in kind, its beginning and its end with
 * the checksum, and some of the text between, which is one field like another.
 */
const worthTrying = (start: number, end: number): number[] =>
  every(start, end).filter((at) => at - start < 24 || end - at <= 24 || at % 7 === 0)

const every = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, at) => start + at)

const keptTails = () => readdirSync(directory).filter((name) => name.includes('.torn-'))

describe('a torn tail', () => {
  test(
    'is cut and kept aside, at whatever byte of the last two records the log was cut',
    { timeout: 90_000 },
    async () => {
      const before = lineStarts.at(-2) as number
      for (const end of every(before, bytes.length)) {
        const { store, notices } = await openWith(bytes.subarray(0, end))
        const whole = lineStarts.filter((start) => start > 0 && start <= end).length - 1
        expect(await allEvents(store)).toEqual(events.slice(0, whole))
        const isTorn = !lineStarts.includes(end)
        expect(notices.map(({ kind }) => kind)).toEqual(isTorn ? ['torn_tail'] : [])
        expect(keptTails()).toHaveLength(isTorn ? 1 : 0)
        const [next] = await store.append(() => [thought(1, 'next')])
        expect(next?.seq).toBe(whole + 1)
        await store.close()
        const again = await openStore({ directory })
        expect(await allEvents(again.store)).toEqual([...events.slice(0, whole), next])
        expect(again.notices).toEqual([])
        await again.store.close()
      }
    },
  )

  test.each([
    ['zeros', Buffer.alloc(4096)],
    ['garbage', Buffer.from('\u0001\u0002 not json\n{"v":1}\n')],
    ['a long garbage line', Buffer.alloc(3_000_000, 'x')],
  ])('of %s is cut', async (_, tail) => {
    const { store } = await openWith(Buffer.concat([bytes, tail]))
    expect(await allEvents(store)).toEqual(events)
    const [kept] = keptTails()
    expect(readFileSync(path.join(directory, kept as string)).equals(tail)).toBe(true)
    expect(readFileSync(log).equals(bytes)).toBe(true)
  })

  test('of old records a second time is cut', async () => {
    const { store } = await openWith(Buffer.concat([bytes, bytes.subarray(lineStarts.at(-3))]))
    expect(await allEvents(store)).toEqual(events)
  })

  test('is found once: opening again finds nothing more to do', async () => {
    const first = await openWith(bytes.subarray(0, bytes.length - 5))
    const before = await contents(first.store)
    await first.store.close()
    const recovered = readFileSync(log)
    const second = await openStore({ directory })
    expect(await contents(second.store)).toEqual(before)
    expect(readFileSync(log).equals(recovered)).toBe(true)
  })
})

describe('damage in the middle', () => {
  const damage = { code: 'store_damaged', hint: expect.stringContaining('sparky doctor --repair') }

  test(
    'is refused for a flipped bit anywhere before the last record, and nothing is changed',
    { timeout: 90_000 },
    async () => {
      // Every byte of the header, of a record and of the last but one; the others are like them.
      const wholly = [0, 2, lineStarts.length - 2]
      const places = lineStarts.slice(0, -1).flatMap((start, line) => {
        const end = lineStarts[line + 1] as number
        return wholly.includes(line) ? every(start, end) : worthTrying(start, end)
      })
      for (const at of places) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
        await expect(openWith(flipped)).rejects.toMatchObject(damage)
        expect(readFileSync(log).equals(flipped)).toBe(true)
        expect(keptTails()).toEqual([])
      }
    },
  )

  test('of the last record cannot be told from a torn write: that record is cut and kept aside', async () => {
    for (const at of every(lineStarts.at(-1) as number, bytes.length)) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
      const { store } = await openWith(flipped)
      expect(await allEvents(store)).toEqual(events.slice(0, -1))
      expect(keptTails()).toHaveLength(1)
      await store.close()
    }
  })

  test('says which file, where and what', async () => {
    const flipped = Buffer.from(bytes)
    flipped[(lineStarts[4] as number) + 5] = 0
    await expect(openWith(flipped)).rejects.toThrow(
      `${log} is damaged at byte ${lineStarts[4]}: expected seq 4`,
    )
  })

  test('is a record left out, or one of another log put in', async () => {
    const [third, fourth] = [lineStarts[3] as number, lineStarts[4] as number]
    const without = Buffer.concat([bytes.subarray(0, third), bytes.subarray(fourth)])
    await expect(openWith(without)).rejects.toMatchObject(damage)
    const foreign = Buffer.from(`${seal(JSON.stringify({ ...events[2], seq: 99 }))}\n`)
    const replaced = Buffer.concat([bytes.subarray(0, third), foreign, bytes.subarray(fourth)])
    await expect(openWith(replaced)).rejects.toMatchObject(damage)
  })

  test('is found although a snapshot and a sidecar cover it', async () => {
    const { store } = await openWith(bytes)
    await store.close()
    const flipped = Buffer.from(bytes)
    flipped[(lineStarts[2] as number) + 20] = 0
    writeFileSync(log, flipped)
    await expect(openStore({ directory })).rejects.toMatchObject(damage)
  })

  test('of a closed segment is found, as are its last bytes and a segment that is gone', async () => {
    const { store, directory } = await openStore({ segmentBytes: 6000 })
    await addFinished(store, 1, 30)
    await store.close()
    const files = segmentFiles(directory)
    expect(files.length).toBeGreaterThan(2)
    const [, second] = files as [string, string]
    const whole = readFileSync(second)
    writeFileSync(second, Buffer.from(whole).fill(0x20, 2000, 2001))
    await expect(openStore({ directory })).rejects.toMatchObject(damage)
    writeFileSync(second, whole.subarray(0, -1))
    await expect(openStore({ directory })).rejects.toMatchObject(damage)
    rmSync(second)
    await expect(openStore({ directory })).rejects.toMatchObject(damage)
    writeFileSync(second, whole)
    expect((await openStore({ directory })).store.counts().completed).toBe(30)
  })
})

describe('a log beside a snapshot that knows more', () => {
  beforeEach(async () => {
    const { store } = await openStore({ directory })
    await store.append(() => [added(2), fact({ paused: true })])
    await store.close()
  })

  test('is refused where it is missing, empty or without events', async () => {
    const header = readFileSync(log).subarray(0, lineStarts[1])
    truncateSync(log, 0)
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'store_damaged' })
    writeFileSync(log, header)
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'store_damaged' })
    rmSync(log)
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'store_damaged' })
    expect(segmentFiles(directory)).toEqual([])
  })

  test('is refused where more is gone than one interrupted write can explain', async () => {
    truncateSync(log, lineStarts.at(-1))
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'store_damaged' })
  })

  test('counts where its last write was torn: the state is made again, and no number is given twice', async () => {
    truncateSync(log, readFileSync(log).length - 3)
    const { store, notices } = await openStore({ directory })
    expect(notices.map(({ kind }) => kind)).toEqual(['torn_tail', 'rebuilt'])
    expect([store.lastSeq, store.queueFacts(), store.active().length]).toEqual([11, {}, 2])
    truncateSync(log, bytes.length)
    await store.close()
  })
})

describe('a store of another version', () => {
  const newerHeader = (header: object) => `${seal(JSON.stringify({ ...header, format: 2 }))}\n`

  test('is opened where it is older: its tasks have what they did not know', async () => {
    const { attempts: _, depends_on_any: __, notify: ___, ...old } = aTask({ status: 'pending' })
    const line = (event: object) =>
      `${seal(JSON.stringify({ v: 1, ts: old.created_at, attempt: null, step: null, ...event }))}\n`
    const written = [
      `${seal(JSON.stringify({ sparky: 'events', format: 1, store_id: 'one', base_seq: 1 }))}\n`,
      line({ seq: 1, task_id: old.id, type: 'task_added', data: { task: old } }),
      line({ seq: 2, task_id: old.id, type: 'thought', data: { text: 'Hm.' } }),
    ].join('')
    const { store } = await openWith(Buffer.from(written))
    expect(store.task(old.id)).toEqual({ ...aTask({ status: 'pending' }), last_seq: 2 })
    expect(readFileSync(log, 'utf8')).toBe(written)
  })

  test('is refused where it is newer, and stays as it is', async () => {
    const newer = Buffer.from(newerHeader({ sparky: 'events', store_id: 'one', base_seq: 1 }))
    await expect(openWith(newer)).rejects.toMatchObject({
      code: 'daemon_version',
      message: expect.stringContaining('expected store format 1, found 2'),
    })
    expect(readFileSync(log).equals(newer)).toBe(true)
  })

  test('is refused where segments of two stores are mixed', async () => {
    const other = await openStore()
    const next = log.replace(/\d{12}/, '000000000011')
    writeFileSync(
      next,
      `${seal(JSON.stringify({ sparky: 'events', format: 1, store_id: other.store.storeId, base_seq: 11 }))}\n`,
    )
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'store_damaged' })
  })
})

test('what an interrupted file replacement has left is removed', async () => {
  const left = `${log}.0b0c.tmp`
  appendFileSync(left, 'half')
  await openStore({ directory })
  expect(readdirSync(directory)).not.toContain(path.basename(left))
})
