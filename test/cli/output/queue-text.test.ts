import { expect, test } from 'vitest'
import { queueText } from '../../../src/cli/output/queue-text.ts'

const at = '2026-11-21T13:00:00.000Z'
const run = { at, manual: false, task_id: 'x', status: null, error: null }

test.each([
  [{ paused: true }, '{"paused":true}'],
  [{ schedule: { name: 'a', id: 'x', enabled: true } }, 'schedule a added'],
  [{ schedule: { name: 'a', removed: true } }, 'schedule a removed'],
  [{ schedule: { name: 'a', enabled: true, disabled_reason: null } }, 'schedule a enabled'],
  [
    { schedule: { name: 'a', enabled: false, disabled_reason: 'paused after 2 failures in a row' } },
    'schedule a disabled: paused after 2 failures in a row',
  ],
  [{ schedule: { name: 'a', last_slot: at, last_run: run } }, `schedule a added its task of ${at}`],
  [{ schedule: { name: 'a', last_run: { ...run, manual: true } } }, 'schedule a added its task, as asked'],
  [
    { schedule: { name: 'a', last_run: { ...run, status: 'completed' } } },
    'schedule a saw its task completed',
  ],
  [
    { schedule: { name: 'a', last_slot: at, last_run: { ...run, error: { message: 'no directory' } } } },
    'schedule a could not add its task: no directory',
  ],
  [
    { schedule: { name: 'a', last_slot: at, last_skipped: { at, reason: 'task 1 had not ended' } } },
    `schedule a left out ${at}: task 1 had not ended`,
  ],
  [{ schedule: { name: 'a', overlap: 'all' } }, 'schedule a changed'],
  [{ schedule: { name: 'a\u001b[2J', overlap: 'all' } }, 'schedule a\u241b[2J changed'],
])('a fact about no task is one line: %j', (data, text) => {
  expect(queueText(data)).toBe(text)
})
