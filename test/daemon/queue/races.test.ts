import * as fc from 'fast-check'
import { setImmediate as tick } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { AttemptOutcome, RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import { allEvents } from '../../support/store-fixtures.ts'
import { checkHistory, QueueUnderTest } from './queue-under-test.ts'

const runs = Number(process.env['MODEL_RUNS'] ?? 40)
const seed = Number(process.env['MODEL_SEED'] ?? 3)
const tasks = 5

type Verb = 'claim' | 'cancel' | 'pause' | 'resume' | 'edit' | 'retry'
interface Move {
  readonly verb: Verb
  readonly nth: number
  /** Turns of the event loop before it, after which the attempt that was claimed ends, and how. */
  readonly before: number
  readonly turns: number
  readonly end: AttemptOutcome['kind']
}

const anyMove = (verbs: readonly Verb[]): fc.Arbitrary<Move> =>
  fc.record({
    verb: fc.constantFrom(...verbs),
    nth: fc.nat({ max: tasks - 1 }),
    before: fc.nat({ max: 6 }),
    turns: fc.nat({ max: 6 }),
    end: fc.constantFrom('completed', 'failed', 'parked', 'waiting'),
  })

/** Does all of them at the same time; resolves with the numbers of the tasks whose cancel was acknowledged. */
const doAtOnce = async (real: QueueUnderTest, moves: readonly Move[]): Promise<ReadonlySet<number>> => {
  const cancelled = new Set<number>()
  const make = async ({ verb, nth, before, turns, end }: Move): Promise<void> => {
    await turnsOf(before)
    const ref = String(nth + 1)
    switch (verb) {
      case 'claim':
        return run(await real.queue.claim(), turns, end)
      case 'cancel':
        await real.queue.cancel(ref, { by: 'test', reason: null })
        cancelled.add(nth + 1)
        return
      case 'edit':
        await real.queue.edit(ref, { id: ref, priority: turns })
        return
      case 'pause':
      case 'resume':
      case 'retry':
        await real.queue[verb](ref)
        return
      default:
        verb satisfies never
    }
  }
  for (const { reason } of rejected(await Promise.allSettled(moves.map(make))))
    expect(reason).toMatchObject({ code: 'conflict' })
  return cancelled
}

const rejected = (results: readonly PromiseSettledResult<void>[]): PromiseRejectedResult[] =>
  results.filter((result) => result.status === 'rejected')

/** An attempt that takes so many turns, or ends as cancelled when it is told to. */
const run = async (
  attempt: RunningAttempt | undefined,
  turns: number,
  end: AttemptOutcome['kind'],
): Promise<void> => {
  if (attempt === undefined) return
  for (let turn = 0; turn < turns && !attempt.signal.aborted; turn += 1) await tick()
  await attempt.settle(attempt.signal.aborted ? { kind: 'cancelled', reason: null } : outcomes[end])
}

const outcomes: Readonly<Record<AttemptOutcome['kind'], AttemptOutcome>> = {
  completed: { kind: 'completed', answer: 'x', data: null },
  failed: { kind: 'failed', error: { code: 'internal', message: 'no', retryable: false } },
  cancelled: { kind: 'cancelled', reason: null },
  parked: { kind: 'parked', message: 'stopped' },
  waiting: { kind: 'waiting', for: 'rate_limit', until: '2026-01-01T00:00:00Z', message: 'later' },
}

const turnsOf = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await tick()
}

const race = (verbs: readonly Verb[], check: typeof doAtOnceAndCheck) =>
  fc.asyncProperty(fc.array(anyMove(verbs), { minLength: 5, maxLength: 40, size: 'max' }), async (moves) => {
    const real = await new QueueUnderTest(Date.parse('2026-03-01T12:00:00Z')).open()
    try {
      await real.queue.add({ prompt: 'one', locks: ['a'] })
      await real.queue.add({ prompt: 'two', locks: ['a'] })
      await real.queue.add({ prompt: 'three', group: 'narrow' })
      await real.queue.add({ prompt: 'four', group: 'narrow', after_any: ['1'] })
      await real.queue.add({ prompt: 'five', after: ['2'] })
      await check(real, moves)
    } finally {
      await real.close()
    }
  })

const doAtOnceAndCheck = async (real: QueueUnderTest, moves: readonly Move[]): Promise<void> => {
  const cancelled = await doAtOnce(real, moves)
  expect(real.queue.running).toEqual([])
  await checkHistory(real)
  const events = await allEvents(real.store)
  for (const number of cancelled) {
    const { id } = real.store.resolve(String(number))
    const last = events.findLast(({ task_id }) => task_id === id)
    expect([number, last]).toMatchObject([number, { type: 'status', data: { status: 'cancelled' } }])
  }
}

test('a cancel that was acknowledged is final, whatever else happens at the same moment', async () => {
  const verbs = ['claim', 'claim', 'cancel', 'pause', 'resume', 'edit'] as const
  await fc.assert(race(verbs, doAtOnceAndCheck), { numRuns: runs, seed })
}, 3_600_000)

test('commands and claims at the same moment never break a lock, a limit or the states of a task', async () => {
  const verbs = ['claim', 'claim', 'claim', 'cancel', 'retry', 'pause', 'resume'] as const
  const check = async (real: QueueUnderTest, moves: readonly Move[]): Promise<void> => {
    await doAtOnce(real, moves)
    await checkHistory(real)
  }
  await fc.assert(race(verbs, check), { numRuns: runs, seed })
}, 3_600_000)
