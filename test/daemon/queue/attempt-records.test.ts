import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { retrySettings } from '../../../src/config/retry-settings.ts'
import type { AttemptOutcome, RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import { Queue } from '../../../src/daemon/queue/queue.ts'
import type { FailureCode } from '../../../src/protocol/failure.ts'
import { isFinal, type Task } from '../../../src/protocol/task.ts'
import { foldByContract } from '../../support/contract-fold.ts'
import { openQueue, type TestQueue } from '../../support/queue.ts'
import { allEvents } from '../../support/store-fixtures.ts'

type Turn =
  | { readonly do: 'attempt'; readonly end: AttemptOutcome['kind'] | 'crash'; readonly code: FailureCode }
  | { readonly do: 'cancel' | 'retry' | 'pause' | 'resume' }
  | { readonly do: 'edit'; readonly attempts: number }

const codes: readonly FailureCode[] = [
  'model_rate_limited',
  'model_unavailable',
  'limit_time',
  'stalled',
  'tool_failed',
  'model_auth',
]
const turn: fc.Arbitrary<Turn> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('attempt' as const),
      end: fc.constantFrom(
        'failed' as const,
        'failed' as const,
        'parked' as const,
        'waiting' as const,
        'completed' as const,
        'crash' as const,
      ),
      code: fc.constantFrom(...codes),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('cancel', 'retry', 'pause', 'resume') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('edit' as const), attempts: fc.integer({ min: 1, max: 4 }) }),
  },
)

/** What holds for the attempts of a task, whatever became of it. */
const expectSound = (task: Task): void => {
  const { attempts, attempt, status, max_attempts: most } = task
  const numbers = attempts.map(({ number }) => number)
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  expect(numbers.at(-1) ?? 0).toBeLessThanOrEqual(attempt)
  expect(most).toBeGreaterThanOrEqual(attempt)
  for (const [position, record] of attempts.entries()) {
    const isOpen = record.status === 'in_progress'
    expect(isOpen && position < attempts.length - 1).toBe(false)
    expect(record.finished_at === null).toBe(isOpen)
    expect(record.error !== null).toBe(record.status === 'failed')
    expect(record.try).toBeLessThanOrEqual(record.number)
  }
  const last = attempts.at(-1)
  if (status === 'in_progress' || status === 'waiting') {
    expect(last).toMatchObject({ number: attempt, status: 'in_progress' })
  }
  if (isFinal(status)) expect(last?.status).not.toBe('in_progress')
  if (status === 'completed' || status === 'failed') expect(last).toMatchObject({ number: attempt, status })
  if (status === 'failed') expect(last?.error).toEqual(task.error)
}

it('the attempts of a task tell what happened, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 25 }), async (turns) => {
      const test = await openQueue({ retries: retrySettings({ provider: { attempts: 2 } }) })
      let queue = test.queue
      let nowMs = Date.parse('2030-01-01T00:00:00.000Z')
      const now = (): Date => new Date(nowMs)
      const restart = (): Queue => new Queue({ store: test.store, settings: () => test.settings, now })
      queue = restart()
      await test.add('one', { attempts: 2 })
      for (const next of turns) {
        // Whatever waits for its time may go on.
        nowMs += 86_400_000
        if (next.do === 'attempt') {
          const attempt = await queue.claim()
          if (attempt === undefined) continue
          await takeStep(attempt)
          await expectTold(test)
          expectSound(test.store.resolve('1'))
          const error = { code: next.code, message: 'no', retryable: next.code !== 'model_auth' }
          if (next.end === 'crash') {
            queue = restart()
            await queue.recover()
          } else {
            await attempt.settle(outcomeOf(next.end, error, new Date(nowMs + 1000).toISOString()))
          }
        } else {
          // Refused where the status does not allow it.
          await command(queue, next).catch(() => undefined)
        }
        expectSound(test.store.resolve('1'))
        await expectTold(test)
      }
    }),
    { numRuns: 40 },
  )
}, 60_000)

const takeStep = async (attempt: RunningAttempt): Promise<void> => {
  const step = attempt.task.progress.step + 1
  const call = { call_id: `call-${step}`, name: 'current_time' }
  await attempt.record([
    { type: 'progress', step, data: { step, max_steps: 50, note: null } },
    {
      type: 'usage',
      step,
      data: { model: 'm', input_tokens: 3, output_tokens: 1, cached_tokens: 0, cost_usd: 0.5 },
    },
    { type: 'tool_use', step, data: { ...call, args: {} } },
    {
      type: 'tool_result',
      step,
      data: { ...call, status: 'ok', result: 'now', duration_ms: 1, truncated: false, bytes: 3 },
    },
  ])
}

/** What anybody can tell from the events of the task who has read the contract and nothing else. */
const expectTold = async ({ store }: TestQueue): Promise<void> => {
  const events = await allEvents(store)
  expect([...foldByContract(events).values()]).toEqual([store.resolve('1')])
  let running: number | null = null
  for (const { type, data, attempt } of events) {
    if (type === 'status' && data.status === 'in_progress') running = attempt
    // The status that ends an attempt, or parks it, is its own, also where another one follows.
    else if (running !== null) expect(attempt).toBe(running)
    if (type === 'status' && data.previous === 'in_progress') running = null
  }
}

const outcomeOf = (
  kind: AttemptOutcome['kind'],
  error: Extract<AttemptOutcome, { kind: 'failed' }>['error'],
  until: string,
): AttemptOutcome => {
  switch (kind) {
    case 'completed':
      return { kind, answer: 'yes', data: null }
    case 'failed':
      return { kind, error }
    case 'cancelled':
      return { kind, reason: null }
    case 'parked':
      return { kind, message: 'parked' }
    case 'waiting':
      return { kind, for: 'rate_limit', until, message: 'waiting' }
  }
}

const command = (queue: Queue, next: Exclude<Turn, { do: 'attempt' }>): Promise<Task> => {
  switch (next.do) {
    case 'cancel':
      return queue.cancel('1', { by: 'test', reason: null })
    case 'retry':
      return queue.retry('1')
    case 'pause':
      return queue.pause('1')
    case 'resume':
      return queue.resume('1')
    case 'edit':
      return queue.edit('1', { id: '1', attempts: next.attempts })
  }
}
