import { expect, test } from 'vitest'
import { foregroundLine } from '../../../src/daemon/lifecycle/foreground-lines.ts'
import { aTask } from '../../support/task.ts'

const at = new Date(2026, 5, 10, 14, 3, 7).toISOString()

test.each([
  [
    aTask({ status: 'waiting', waiting_for: { kind: 'rate_limit', until: at, approval_id: null } }),
    '⏸  Task 1 waits: rate limit until 14:03:07.',
  ],
  [
    aTask({
      status: 'pending',
      attempt: 2,
      not_before: at,
      attempts: [
        {
          number: 1,
          try: 1,
          tries: 2,
          status: 'failed',
          error: { code: 'model_unavailable', message: 'the provider\nis down', retryable: true },
          started_at: at,
          finished_at: at,
          step: 1,
        },
      ],
    }),
    '⏸  Task 1 is tried again at 14:03:07; attempt 1 failed: the provider is down',
  ],
  [aTask({ status: 'pending' }), '⏸  Task 1 is pending again.'],
])('a daemon in the foreground says why a task is not over', (task, line) => {
  expect(foregroundLine({ kind: 'ended', task }, new Date())).toBe(line)
})
