import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { allEvents, contents, openStore, temporaryFolder } from '../../../support/store-fixtures.ts'

const kills = 16

interface Acknowledged {
  readonly seq: number
  readonly count: number
  readonly taskId: string
}

/** Runs the fixture and kills it right after it has acknowledged so many appends; gives all that it acknowledged. */
const appendAndKill = async (program: string, directory: string, after: number): Promise<Acknowledged[]> => {
  const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: Acknowledged[] = []
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => {
    const [seq, count, taskId = ''] = line.split(' ')
    acknowledged.push({ seq: Number(seq), count: Number(count), taskId })
    if (acknowledged.length === after) child.kill('SIGKILL')
  })
  const [[, signal]] = (await Promise.all([once(child, 'exit'), once(lines, 'close')])) as [
    [number, string],
    unknown,
  ]
  expect(signal).toBe('SIGKILL')
  return acknowledged
}

test(
  `nothing acknowledged is lost over ${kills} times kill -9, and numbers have no gap`,
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder()
    const program = path.join(folder, 'append-until-killed.mjs')
    buildSync({
      entryPoints: [path.join(import.meta.dirname, '../../../fixtures/store/append-until-killed.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
    })
    const directory = path.join(folder, 'store')
    const acknowledged: Acknowledged[] = []
    for (let kill = 0; kill < kills; kill += 1) {
      // Spread over the first appends, the first segments and the first snapshots.
      acknowledged.push(...(await appendAndKill(program, directory, 1 + ((kill * 37) % 160))))
      const { store } = await openStore({ directory, segmentBytes: 30_000 })
      const before = await contents(store)
      expect(before.events.findIndex(({ seq }, position) => seq !== position + 1)).toBe(-1)
      const numbers = before.tasks.tasks.map(({ number }) => number)
      expect(numbers).toEqual(numbers.map((_, position) => numbers.length - position))
      const lost = acknowledged.filter(({ seq, count, taskId }) =>
        Array.from({ length: count }, (_, later) => before.events[seq - 1 + later]).some(
          (event) => event?.task_id !== taskId,
        ),
      )
      expect(lost).toEqual([])
      await store.close()
      const again = await openStore({ directory })
      expect(again.notices).toEqual([])
      expect((await allEvents(again.store)).length).toBe(before.events.length)
      expect(again.store.counts()).toEqual(before.counts)
      await again.store.close()
    }
  },
)
