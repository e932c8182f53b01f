import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { commandArbitraries } from './queue-commands.ts'
import { QueueModel } from './queue-model.ts'
import { checkHistory, QueueUnderTest } from './queue-under-test.ts'

/** More by hand: `MODEL_RUNS=2000 MODEL_SEED=7 npx vitest run test/daemon/queue/model.test.ts`. */
const runs = Number(process.env['MODEL_RUNS'] ?? 40)
const seed = Number(process.env['MODEL_SEED'] ?? 3)
const startMs = Date.parse('2026-03-01T12:00:00Z')

test(
  'whatever is done to the queue, it does what a plain model of it says',
  { timeout: 3_600_000 },
  async () => {
    const isDone = fc.asyncProperty(
      fc.commands(commandArbitraries(), { maxCommands: 60, size: 'max' }),
      async (commands) => {
        const real = await new QueueUnderTest(startMs).open()
        try {
          await fc.asyncModelRun(() => ({ model: new QueueModel(startMs), real }), commands)
          await checkHistory(real)
        } finally {
          await real.close()
        }
      },
    )
    await fc.assert(isDone, { numRuns: runs, seed, endOnFailure: false })
    expect.hasAssertions()
  },
)
