import { describe, expect, test } from 'vitest'
import { formatMoment } from '../../../src/cli/output/amounts.ts'
import { standing } from '../../../src/cli/output/status-label.ts'
import { loadStyle } from '../../../src/cli/output/style.ts'
import { taskView } from '../../../src/cli/output/task-view.ts'
import type { AttemptRecord } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'

const style = await loadStyle(0)

const attempt = (fields: Partial<AttemptRecord>): AttemptRecord => ({
  number: 1,
  try: 1,
  tries: 3,
  status: 'in_progress',
  error: null,
  started_at: new Date(2026, 5, 10, 14, 3, 1).toISOString(),
  finished_at: null,
  step: 2,
  ...fields,
})

describe('a task for people', () => {
  test('names its agent with the pillar, as one may ask for it', () => {
    const task = aTask({ agent: 'liaison', request_payload: { prompt: '', pillar: 'insights' } })
    expect(taskView(task, style)).toMatch(/^agent +liaison\/insights$/m)
  })

  test('shows its attempts side by side, each on a line', () => {
    const failed = attempt({
      status: 'failed',
      error: { code: 'model_unavailable', message: 'the provider\nis down', retryable: true },
      finished_at: new Date(2026, 5, 10, 14, 3, 3).toISOString(),
    })
    const running = attempt({ number: 2, started_at: new Date(2026, 5, 10, 14, 4, 0).toISOString(), step: 5 })
    const text = taskView(
      aTask({ status: 'in_progress', attempt: 2, max_attempts: 3, attempts: [failed, running] }),
      style,
    )
    expect(text).toContain(
      [
        'Attempts (at most 3)',
        '',
        '  1  ✗ failed     2026-06-10 14:03:01, 2.0 s, step 2  model_unavailable: the provider is down',
        '  2  ● running    2026-06-10 14:04:00, step 5',
      ].join('\n'),
    )
  })

  test('does not list a single attempt', () => {
    expect(taskView(aTask({ status: 'in_progress', attempts: [attempt({})] }), style)).not.toContain(
      'Attempts',
    )
  })
})

test('a task is shown with the numbers of those that it waits for, and the id of one that is gone', () => {
  const task = aTask({ status: 'blocked', depends_on: ['a', 'b', 'gone'], depends_on_any: ['b'] })
  const numbers = new Map([
    ['a', 12],
    ['b', 7],
  ])
  const lines = taskView(task, style, { numbers }).split('\n')
  expect(lines).toContain('after       12, gone')
  expect(lines).toContain('after any   7')
})

describe('where a task stands', () => {
  const until = new Date(2030, 5, 10, 14, 3).toISOString()

  test('names what it waits for, and until when', () => {
    const waiting_for = { kind: 'rate_limit', until, approval_id: null } as const
    expect(standing(aTask({ status: 'waiting', waiting_for }))).toBe('rate limit until 2030-06-10 14:03')
    expect(standing(aTask({ status: 'waiting', waiting_for: { ...waiting_for, until: null } }))).toBe(
      'rate limit',
    )
  })

  test('names the tasks that it waits for, where their numbers are known, and the time', () => {
    const task = aTask({ status: 'blocked', depends_on: ['a', 'b'] })
    const numbers = new Map([['a', 12]])
    const numberOf = (id: string): number | undefined => numbers.get(id)
    expect(standing(task, numberOf)).toBe('after 2 tasks')
    numbers.set('b', 7)
    expect(standing(task, numberOf)).toBe('after 12, 7')
    expect(standing(aTask({ status: 'scheduled', not_before: until }))).toBe('at 2030-06-10 14:03')
  })

  test('says when the next attempt comes', () => {
    const task = aTask({ status: 'pending', attempt: 2, not_before: until, started_at: until })
    expect(standing(task)).toBe('attempt 2 at 14:03:00')
    expect(standing({ ...task, started_at: null })).toBe('')
  })
})

test('a moment of today is shown without its date', () => {
  const now = new Date(2026, 5, 10, 9)
  expect(formatMoment(new Date(2026, 5, 10, 14, 3, 59).toISOString(), now)).toBe('14:03')
  expect(formatMoment(new Date(2026, 5, 11, 14, 3, 59).toISOString(), now)).toBe('2026-06-11 14:03')
})
