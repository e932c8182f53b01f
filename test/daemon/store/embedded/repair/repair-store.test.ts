import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  findDamage,
  repairStore,
  type RepairReport,
} from '../../../../../src/daemon/store/embedded/repair/repair-store.ts'
import { seal } from '../../../../../src/daemon/store/embedded/sealed-json.ts'
import type { StoredEvent } from '../../../../../src/protocol/event.ts'
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
  temporaryFolder,
  thought,
} from '../../../../support/store-fixtures.ts'

/** A store of several segments, closed properly, and what is in it. */
let original: string
let events: readonly StoredEvent[]
let before: Awaited<ReturnType<typeof contents>>
/** A copy of it that a test may damage. */
let directory: string
let files: string[]

beforeEach(async () => {
  const { store, directory: written } = await openStore({ segmentBytes: 6000 })
  await addFinished(store, 1, 10)
  await store.append(() => [added(11), thought(11, 'eleven'), fact({ paused: true })])
  for (let nth = 12; nth <= 20; nth += 1) await store.append(() => [added(nth), thought(nth)])
  events = await allEvents(store)
  before = await contents(store)
  await store.close()
  original = written
  useCopy()
})

const useCopy = (): void => {
  directory = path.join(temporaryFolder(), 'store')
  cpSync(original, directory, { recursive: true })
  files = segmentFiles(directory)
}

const forgetSnapshot = () => {
  rmSync(path.join(directory, 'snapshot'), { recursive: true })
  for (const name of readdirSync(directory)) if (name.endsWith('.index')) rmSync(path.join(directory, name))
}

const repair = (): Promise<RepairReport> => repairStore(directory, new Date('2026-03-04T05:06:07.008Z'))

/** Opens the repaired store; every `seq` must be there. */
const reopen = async () => {
  const { store, notices } = await openStore({ directory })
  const found = await allEvents(store)
  expect(found.map(({ seq }) => seq)).toEqual(found.map((_, position) => position + 1))
  expect(notices).toEqual([])
  return { store, found }
}

/** Events as they were, with `lost` at these numbers. */
const withLost = (...lost: number[]) =>
  events.map((event) =>
    lost.includes(event.seq)
      ? expect.objectContaining({
          seq: event.seq,
          type: 'lost',
          task_id: null,
          data: { reason: expect.any(String) },
        })
      : event,
  )

interface Line {
  readonly start: number
  readonly end: number
}

const linesOf = (file: string): { bytes: Buffer; lines: Line[] } => {
  const bytes = readFileSync(file)
  const lines: Line[] = []
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start) + 1
    lines.push({ start, end })
    start = end
  }
  return { bytes, lines }
}

const seqOf = (bytes: Buffer, { start, end }: Line): number =>
  (JSON.parse(bytes.toString('utf8', start, end)) as StoredEvent).seq

/** Damages one byte of the nth line (0 is the header) of a file; gives the `seq` that stood there. */
const damageLine = (file: string, nth: number, at = 40): number => {
  const { bytes, lines } = linesOf(file)
  const line = lines.at(nth) as Line
  const seq = seqOf(bytes, line)
  bytes[line.start + at] = (bytes[line.start + at] as number) ^ 1
  writeFileSync(file, bytes)
  return seq
}

const second = () => files[1] as string
const last = () => files.at(-1) as string

describe('a repair', () => {
  test.each([
    ['a header', 0],
    ['a line end', -1],
  ])('sees that %s is damaged, although no event is', async (_, at) => {
    const { bytes, lines } = linesOf(last())
    const end = (lines[1] as Line).end - 1
    bytes[at === 0 ? 40 : end] = (bytes[at === 0 ? 40 : end] as number) ^ 1
    writeFileSync(last(), bytes)
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'store_damaged' })
    expect(await findDamage(directory)).toEqual([last()])
    expect(await repair()).toMatchObject({ files: [{ file: last(), lost: [] }] })
    expect(await findDamage(directory)).toEqual([])
    expect((await reopen()).found).toEqual(events)
  })

  test('takes what an interrupted write left for no damage: a start cuts it off by itself', async () => {
    for (const bytes of [1, 20]) {
      useCopy()
      truncateSync(last(), statSync(last()).size - bytes)
      forgetSnapshot()
      expect(await findDamage(directory)).toEqual([])
      await openStore({ directory })
    }
  })

  test('turns a damaged line into a lost event, keeps the original, and the snapshot restores the rest', async () => {
    const seq = damageLine(second(), 2)
    const damagedBytes = readFileSync(second())
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'store_damaged' })
    expect(await findDamage(directory)).toEqual([second()])
    const report = await repair()
    const kept = path.join(directory, 'damaged-2026-03-04T05-06-07-008Z', path.basename(second()))
    expect(report).toMatchObject({
      files: [{ file: second(), kept, lost: [[seq, seq]], tornBytes: 0 }],
      keptIn: path.dirname(kept),
      unknownTasks: 0,
      tasks: 20,
    })
    expect(readFileSync(kept).equals(damagedBytes)).toBe(true)
    expect([statSync(kept).mode & 0o777, statSync(path.dirname(kept)).mode & 0o777]).toEqual([0o600, 0o700])
    const { store, found } = await reopen()
    expect(found.slice(0, events.length)).toEqual(withLost(seq))
    expect(store.counts()).toEqual(before.counts)
  })

  test('changes nothing where nothing is damaged, nor the second time', async () => {
    const untouched = await repair()
    expect(untouched).toMatchObject({ files: [], keptIn: null, restoredTasks: 0, unknownTasks: 0 })
    damageLine(second(), 2)
    damageLine(last(), 1)
    await repair()
    const once = segmentFiles(directory).map((file) => readFileSync(file, 'utf8'))
    expect(await repair()).toMatchObject({ files: [], keptIn: null, restoredTasks: 0, unknownTasks: 0 })
    expect(segmentFiles(directory).map((file) => readFileSync(file, 'utf8'))).toEqual(once)
  })

  test(
    'restores every event but the one that is damaged, wherever in a segment it was',
    { timeout: 60_000 },
    async () => {
      forgetSnapshot()
      const { bytes } = linesOf(second())
      for (let at = 0; at < bytes.length; at += 67) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
        writeFileSync(second(), flipped)
        const { files: repaired } = await repair()
        expect(repaired.flatMap(({ lost }) => lost).length).toBeLessThanOrEqual(1)
        const { store, found } = await reopen()
        const lost = found.filter(({ type }) => type === 'lost').map(({ seq }) => seq)
        expect(found.slice(0, events.length)).toEqual(withLost(...lost))
        expect(lost.length).toBeLessThanOrEqual(1)
        await store.close()
        rmSync(directory, { recursive: true })
        useCopy()
        forgetSnapshot()
      }
    },
  )

  test('tells two lines apart whose line end is damaged', async () => {
    forgetSnapshot()
    const { bytes, lines } = linesOf(second())
    bytes[(lines[2] as Line).end - 1] = 0x20
    writeFileSync(second(), bytes)
    expect((await repair()).files).toMatchObject([{ lost: [] }])
    expect((await reopen()).found).toEqual(events)
  })

  test('puts lines that stand twice or in another order in their places, and strangers out', async () => {
    forgetSnapshot()
    const { bytes, lines } = linesOf(second())
    const line = (nth: number) => bytes.subarray(lines[nth]?.start, lines[nth]?.end)
    const stranger = Buffer.from(`${seal(JSON.stringify({ ...events[0], seq: 99_999 }))}\n`)
    const rest = bytes.subarray(lines[4]?.start)
    writeFileSync(second(), Buffer.concat([line(0), line(2), line(1), stranger, line(3), line(3), rest]))
    expect((await repair()).files).toMatchObject([{ lost: [] }])
    expect((await reopen()).found).toEqual(events)
  })

  test('mends a header, and knows which store it is', async () => {
    const storeId = JSON.parse(readFileSync(last(), 'utf8').split('\n')[0] as string).store_id
    for (const file of files) damageLine(file, 0, 30)
    expect((await repair()).files.every(({ lost }) => lost.length === 0)).toBe(true)
    const { store, found } = await reopen()
    expect([store.storeId, found]).toEqual([storeId, events])
  })

  test.each([
    ['missing', (file: string) => rmSync(file)],
    ['empty', (file: string) => truncateSync(file, 0)],
    ['all zeros', (file: string) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
    [
      'of another store',
      (file: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(/.*\n/, foreignHeader(file))),
    ],
  ])('fills the place of a file in the middle that is %s', async (_, damage) => {
    const { bytes, lines } = linesOf(second())
    const seqs = lines.slice(1).map((line) => seqOf(bytes, line))
    damage(second())
    const report = await repair()
    expect(report.files.flatMap(({ lost }) => lost)).toEqual([[seqs[0], seqs.at(-1)]])
    const { store, found } = await reopen()
    expect(found.slice(0, events.length)).toEqual(withLost(...seqs))
    // What the snapshot knows is put behind the log again.
    expect([store.counts(), store.queueFacts()]).toMatchObject([before.counts, before.facts])
    const { tasks } = await store.tasks({ limit: 100 })
    const plain = tasks.map((task) => ({ ...task, last_seq: 0, updated_at: '' }))
    expect(plain).toEqual(before.tasks.tasks.map((task) => ({ ...task, last_seq: 0, updated_at: '' })))
    for (const { number, id } of tasks) expect(store.resolve(String(number)).id).toBe(id)
  })

  test('fills the place of the last file as far as the snapshot has seen it', async () => {
    const { bytes, lines } = linesOf(last())
    const seqs = lines.slice(1).map((line) => seqOf(bytes, line))
    writeFileSync(last(), Buffer.alloc(statSync(last()).size))
    const report = await repair()
    expect(report.files[0]?.lost).toEqual([[seqs[0], seqs.at(-1)]])
    const { store, found } = await reopen()
    expect(found.slice(0, events.length)).toEqual(withLost(...seqs))
    expect(store.counts()).toEqual(before.counts)
  })

  test('makes the whole log again where only the snapshot is left', async () => {
    for (const file of files) rmSync(file)
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'store_damaged' })
    await repair()
    const { store } = await reopen()
    expect([store.counts(), store.storeId]).toEqual([before.counts, expect.stringMatching(/^[\da-f-]{36}$/)])
    const [next] = await store.append(() => [added(21)])
    expect(next).toMatchObject({ type: 'task_added', data: { task: { number: 21 } } })
  })

  test('mends two stretches and cuts a torn end, and gives no number away twice', async () => {
    forgetSnapshot()
    const [first, third] = [damageLine(second(), 2), damageLine(second(), -1)]
    const torn = readFileSync(last())
    writeFileSync(last(), Buffer.concat([torn, torn.subarray(torn.length - 60, torn.length - 1)]))
    const report = await repair()
    expect(report.files.flatMap(({ lost }) => lost)).toEqual([
      [first, first],
      [third, third],
    ])
    expect(report.files.at(-1)).toMatchObject({ file: last(), tornBytes: 59, lost: [] })
    expect((await reopen()).found.slice(0, events.length)).toEqual(withLost(first, third))
  })

  test('counts damaged lines at the very end, so that their numbers are not used again', async () => {
    forgetSnapshot()
    const lost = [damageLine(last(), -2), damageLine(last(), -1)]
    expect((await repair()).files.at(-1)?.lost).toEqual([lost])
    const { found } = await reopen()
    expect(found.slice(0, events.length)).toEqual(withLost(...lost))
  })
})

describe('without a snapshot', () => {
  beforeEach(forgetSnapshot)

  test('a task whose task_added is lost is failed, can be read, and its number is not given again', async () => {
    const [seq, number] = [events.length - 1, 20]
    damageLine(last(), -2)
    expect(events[seq - 1]).toMatchObject({ type: 'task_added', task_id: taskId(number) })
    expect(await repair()).toMatchObject({ unknownTasks: 1, restoredTasks: 0, tasks: 20 })
    const { store, found } = await reopen()
    const task = store.task(taskId(number))
    expect(task).toMatchObject({ status: 'failed', error: { code: 'store_damaged' }, first_seq: seq + 1 })
    expect(task?.number).toBeGreaterThan(number)
    expect(found[seq]).toEqual(events[seq])
    const own = await allEvents(store, { taskId: taskId(number) })
    expect(own.map(({ type }) => type)).toEqual(['thought', 'task_added'])
    const [next] = await store.append(() => [added(21)])
    expect(next).toMatchObject({ data: { task: { number: (task?.number ?? 0) + 1 } } })
  })

  test('a number that may have been given is not given again, over a later repair too', async () => {
    const numbers: number[] = []
    for (let round = 0; round < 2; round += 1) {
      damageLine(last(), -2)
      damageLine(last(), -1)
      await repair()
      const { store } = await reopen()
      const [event] = await store.append(() => [added(30 + round)])
      numbers.push(event?.type === 'task_added' ? event.data.task.number : 0)
      await store.append(() => [thought(30 + round), thought(30 + round)])
      await store.close()
    }
    expect(numbers[0]).toBeGreaterThan(20)
    expect(numbers[1]).toBeGreaterThan(numbers[0] ?? 0)
  })

  test('a task whose end is lost is where its other events left it', async () => {
    const { store } = await openStore({ directory })
    await store.append(() => [moved(20, 'in_progress')])
    const [end] = await store.append(() => [moved(20, 'completed', 'in_progress')])
    await store.append(() => [added(21)])
    await store.close()
    forgetSnapshot()
    expect(damageLine(last(), -2)).toBe(end?.seq)
    await repair()
    expect((await reopen()).store.task(taskId(20))?.status).toBe('in_progress')
  })
})

test('what was removed stays removed where the snapshot has seen it go, and what was done stays done', async () => {
  const { store } = await openStore({ directory })
  await store.append(() => [removed(1)])
  await store.append(() => [moved(20, 'completed')])
  const [last_] = await store.append(() => [added(21)])
  await store.close()
  damageLine(last(), -3)
  damageLine(last(), -2)
  expect(await repair()).toMatchObject({ restoredTasks: 1, tasks: 20 })
  const again = await reopen()
  expect(again.store.task(taskId(1))).toBeUndefined()
  expect(again.store.task(taskId(20))?.status).toBe('completed')
  expect(again.found.slice(0, 2).map(({ type }) => type)).toEqual(['removed', 'removed'])
  expect(again.store.lastSeq).toBeGreaterThan(last_?.seq ?? 0)
})

test('a task of which the end is left, and which the snapshot has seen removed, is not brought back', async () => {
  const { store } = await openStore({ directory, compactionIdleMs: 600_000 })
  await store.append(() => [moved(20, 'completed')])
  await store.append(() => [removed(20)])
  await store.append(() => [added(21)])
  await store.close()
  damageLine(last(), -2)
  const added_ = linesOf(last()).lines.length - 5
  damageLine(last(), added_)
  expect(await repair()).toMatchObject({ unknownTasks: 0, tasks: 20 })
  const again = await reopen()
  expect(again.store.task(taskId(20))).toBeUndefined()
  expect(again.found.filter(({ task_id }) => task_id === taskId(20)).map(({ type }) => type)).toEqual([
    'task_removed',
  ])
})

test('a store that a newer Sparky wrote is refused and left alone', async () => {
  const header = JSON.parse(readFileSync(last(), 'utf8').split('\n')[0] as string)
  const newer = readFileSync(last(), 'utf8').replace(
    /.*\n/,
    `${seal(JSON.stringify({ ...header, crc: undefined, format: 2 }))}\n`,
  )
  writeFileSync(last(), newer)
  damageLine(second(), 2)
  const bytes = readFileSync(second())
  await expect(repair()).rejects.toMatchObject({ code: 'daemon_version' })
  expect([readFileSync(last(), 'utf8'), readFileSync(second())]).toEqual([newer, bytes])
})

const foreignHeader = (file: string): string => {
  const base_seq = Number(/(\d{12})/.exec(path.basename(file))?.[1])
  return `${seal(JSON.stringify({ sparky: 'events', format: 1, store_id: 'another', base_seq }))}\n`
}
