import { expect, test } from 'vitest'
import { statusWords, taskSign } from '../../../src/tui/layout/signs.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'

const waiting = (kind: NonNullable<Task['waiting_for']>['kind']): Task =>
  aTask({ status: 'waiting', waiting_for: { kind, until: null, approval_id: null } })

test.each([
  ['approval', '?', 'approval'],
  ['rate_limit', '=', 'rate limit'],
  ['budget', '=', 'budget'],
] as const)(
  'a task that waits for %s is marked %s, and only the user is asked a question',
  (kind, sign, words) => {
    expect(taskSign(waiting(kind), 0)).toBe(sign)
    expect(statusWords(waiting(kind), () => null)).toBe(words)
  },
)
