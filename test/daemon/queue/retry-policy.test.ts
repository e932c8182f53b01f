import { describe, expect, it } from 'vitest'
import { retrySettings } from '../../../src/config/retry-settings.ts'
import { failureClass, nextTry } from '../../../src/daemon/queue/retry-policy.ts'
import { failureCodes, type FailureCode } from '../../../src/protocol/failure.ts'
import type { AttemptRecord, Task, TaskError } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'

const record = (number: number, tried: number, tries: number): AttemptRecord => ({
  number,
  try: tried,
  tries,
  status: 'in_progress',
  error: null,
  started_at: '2026-01-01T00:00:00.000Z',
  finished_at: null,
  step: 1,
})

/** A task in its nth try of so many that it asked for; attempts of earlier rounds come before. */
const inTry = (tried: number, tries: number, earlier = 0): Task =>
  aTask({
    status: 'in_progress',
    attempt: earlier + tried,
    max_attempts: earlier + tries,
    started_at: '2026-01-01T00:00:00.000Z',
    attempts: [record(earlier + tried, tried, tries)],
  })

const failure = (code: FailureCode, retryable = true): TaskError => ({ code, message: 'no', retryable })
const defaults = retrySettings()
const halfway = (): number => 0.5

describe('a failure', () => {
  it('is of one class, or is never tried again', () => {
    const classes = Object.keys(failureCodes).flatMap((code) => {
      const kind = failureClass(code as FailureCode)
      return kind === undefined ? [] : [`${code}: ${kind}`]
    })
    expect(classes).toEqual([
      'model_rate_limited: rate_limit',
      'model_unavailable: provider',
      'model_protocol: provider',
      'tool_failed: tool',
      'limit_time: timeout',
      'stalled: stalled',
      'mcp_failed: tool',
    ])
    expect(nextTry(inTry(1, 9), failure('model_auth'), defaults)).toBeNull()
    expect(nextTry(inTry(1, 9), failure('internal'), defaults)).toBeNull()
  })

  it('that says so itself is not tried again, whatever its class', () => {
    expect(nextTry(inTry(1, 9), failure('model_protocol', false), defaults)).toBeNull()
  })

  it('is tried as often as the task asks', () => {
    expect(nextTry(inTry(1, 1), failure('model_unavailable'), defaults)).toBeNull()
    expect(nextTry(inTry(2, 3), failure('model_unavailable'), defaults)).toMatchObject({ maxAttempts: 3 })
    expect(nextTry(inTry(3, 3), failure('model_unavailable'), defaults)).toBeNull()
  })

  it('of an attempt that stalled is tried three times even where the task asks for one', () => {
    expect(nextTry(inTry(1, 1), failure('stalled'), defaults)).toMatchObject({ maxAttempts: 3 })
    expect(nextTry(inTry(3, 1), failure('stalled'), defaults)).toBeNull()
    expect(nextTry(inTry(4, 5), failure('stalled'), defaults)).toMatchObject({ maxAttempts: 5 })
  })

  it('is tried as often as the configuration says for its class, which is more or less than the task asks', () => {
    const settings = retrySettings({ provider: { attempts: 4 }, stalled: { attempts: 1 } })
    expect(nextTry(inTry(3, 1), failure('model_unavailable'), settings)).toMatchObject({ maxAttempts: 4 })
    expect(nextTry(inTry(4, 9), failure('model_unavailable'), settings)).toBeNull()
    expect(nextTry(inTry(1, 9), failure('stalled'), settings)).toBeNull()
    expect(nextTry(inTry(1, 2), failure('limit_time'), settings)).toMatchObject({ maxAttempts: 2 })
  })

  it('does not count the attempts before a user retried', () => {
    expect(nextTry(inTry(1, 2, 5), failure('tool_failed'), defaults)).toMatchObject({ maxAttempts: 7 })
    expect(nextTry(inTry(2, 2, 5), failure('tool_failed'), defaults)).toBeNull()
  })
})

describe('the wait between two attempts', () => {
  const waits = (code: FailureCode, settings = defaults): number[] =>
    [1, 2, 3, 20].map((tried) => nextTry(inTry(tried, 50), failure(code), settings, halfway)?.waitMs ?? -1)

  it('doubles, up to a bound, and is longer after a rate limit', () => {
    expect(waits('model_unavailable')).toEqual([1500, 3000, 6000, 225_000])
    expect(waits('model_rate_limited')).toEqual([7500, 15_000, 30_000, 450_000])
  })

  it('is what the configuration says', () => {
    expect(waits('tool_failed', retrySettings({ tool: { first_s: 10, max_s: 30 } }))).toEqual([
      7500, 15_000, 22_500, 22_500,
    ])
    // A first wait above the usual bound is meant.
    expect(waits('tool_failed', retrySettings({ tool: { first_s: 3600 } }))[0]).toBe(2_700_000)
  })
})
