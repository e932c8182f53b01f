import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildSync } from 'esbuild'
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { repairStore } from '../../../../src/daemon/store/embedded/repair/repair-store.ts'
import {
  added,
  allEvents,
  contents,
  fact,
  moved,
  openStore,
  removed,
  segmentFiles,
  temporaryFolder,
  thought,
} from '../../../support/store-fixtures.ts'

let program: string

beforeAll(() => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-killed-'))
  program = path.join(folder, 'killed-at-step.mjs')
  buildSync({
    entryPoints: [path.join(import.meta.dirname, '../../../fixtures/store/killed-at-step.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
  })
  return () => rmSync(folder, { recursive: true })
})

/** False once there are not so many steps. */
const wasKilledAt = async (work: 'repair' | 'compact', directory: string, nth: number): Promise<boolean> => {
  const { signal, exitCode, stderr } = await execa(
    process.execPath,
    [program, work, directory, String(nth)],
    {
      reject: false,
    },
  )
  if (exitCode !== 0 && signal !== 'SIGKILL') throw new Error(stderr)
  return signal === 'SIGKILL'
}

/** Opens the store until nothing of it waits to be compacted. */
const compact = async (directory: string): Promise<void> => {
  const { store } = await openStore({ directory, compactionIdleMs: 1, snapshotIdleMs: 1 })
  const pending = () => readFileSync(path.join(directory, 'removals.json'), 'utf8')
  await expect.poll(pending, { interval: 5 }).not.toContain('"segments":[[')
  await store.close()
}

const copyOf = (original: string): string => {
  const directory = path.join(temporaryFolder(), 'store')
  cpSync(original, directory, { recursive: true })
  return directory
}

const secret = 'xyzzy-plugh'

/** Segments with tasks of which all odd ones were removed, and nothing has been compacted. */
const storeWithRemovals = async (): Promise<string> => {
  const { store, directory } = await openStore({ segmentBytes: 8000, compactionIdleMs: 600_000 })
  for (let nth = 1; nth <= 12; nth += 1) {
    const prompt = nth % 2 === 1 ? secret : 'kept'
    await store.append(() => [added(nth, { prompt }), thought(nth, prompt), moved(nth, 'completed')])
  }
  await store.append(() => [1, 3, 5, 7, 9, 11].map((nth) => removed(nth)))
  await store.append(() => [fact({ paused: true })])
  await store.close()
  return directory
}

const holdSecret = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(directory, name))
    .filter((file) => statSync(file).isFile() && readFileSync(file).includes(secret))

test(
  'a compaction that is killed before any of its steps loses nothing, and is finished later',
  { timeout: 180_000 },
  async () => {
    const original = await storeWithRemovals()
    const wanted = await (async () => {
      const { store } = await openStore({ directory: copyOf(original), compactionIdleMs: 600_000 })
      return contents(store)
    })()
    let nth = 1
    for (let killed = true; killed; nth += 1) {
      const directory = copyOf(original)
      killed = await wasKilledAt('compact', directory, nth)
      const { store } = await openStore({ directory, compactionIdleMs: 600_000 })
      expect(await contents(store)).toEqual(wanted)
      await store.close()
      await compact(directory)
      expect(holdSecret(directory)).toEqual([])
      const again = await openStore({ directory, compactionIdleMs: 600_000 })
      expect([await contents(again.store), again.notices]).toEqual([wanted, []])
      await again.store.close()
    }
    expect(nth).toBeGreaterThan(20)
  },
)

test(
  'a repair that is killed before any of its steps is finished by the next',
  { timeout: 180_000 },
  async () => {
    const original = await storeWithRemovals()
    const [first, second] = segmentFiles(original) as [string, string]
    for (const file of [first, second]) {
      const bytes = readFileSync(file)
      bytes[bytes.length - 300] = (bytes[bytes.length - 300] as number) ^ 1
      writeFileSync(file, bytes)
    }
    const damagedBytes = [first, second].map((file) => readFileSync(file))
    const whole = copyOf(original)
    await repairStore(whole, new Date())
    const wanted = await stateOf(whole)
    let nth = 1
    for (let killed = true; killed; nth += 2) {
      const directory = copyOf(original)
      killed = await wasKilledAt('repair', directory, nth)
      await repairStore(directory, new Date())
      expect(await stateOf(directory)).toEqual(wanted)
      const kept = readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .filter((name) => /^damaged-.*jsonl$/.test(name))
        .map((name) => readFileSync(path.join(directory, name)))
      for (const bytes of damagedBytes) expect(kept.some((one) => one.equals(bytes))).toBe(true)
    }
    expect(nth).toBeGreaterThan(20)
  },
)

/** What is the same whenever a repair took place. */
const stateOf = async (directory: string) => {
  const { store, notices } = await openStore({ directory, compactionIdleMs: 600_000 })
  const events = await allEvents(store)
  const { tasks } = await store.tasks({ limit: 100 })
  await store.close()
  return {
    events: events.map(({ seq, type, task_id }) => [seq, type, task_id]),
    tasks: tasks.map((task) => ({ ...task, updated_at: '' })),
    notices,
  }
}
