import { expect, test } from 'vitest'
import { Output } from '../../../src/cli/output/output.ts'
import { printScheduleTable } from '../../../src/cli/output/schedule-table.ts'
import type { Shell } from '../../../src/cli/shell.ts'
import type { Schedule } from '../../../src/protocol/schedule.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')
const aSchedule: Schedule = {
  name: 'notes',
  cron: '*/20 * * * *',
  every: null,
  every_s: null,
  timezone: 'America/New_York',
  overlap: 'skip',
  catch_up: 'once',
  max_failures: 2,
  enabled: true,
  disabled_reason: null,
  failures_in_row: 0,
  next_runs: ['2026-11-21T12:20:00Z'],
  last_run: null,
  last_skipped: null,
  created_at: '2026-11-21T11:00:00Z',
  updated_at: '2026-11-21T11:00:00Z',
  prompt: 'Tidy up the notes in this folder, and write down what has changed since the last time',
  agent: 'default',
  model: null,
  cwd: '/',
  group: 'default',
  priority: 0,
  locks: [],
  labels: {},
  context: null,
  limits: { max_steps: null, max_tokens: null, max_cost_usd: null, timeout_s: null },
  max_attempts: 1,
  notify: false,
  dedupe: false,
}
const paused: Schedule = {
  ...aSchedule,
  name: 'poet',
  cron: null,
  every: '90',
  every_s: 90,
  enabled: false,
  disabled_reason: 'paused after 2 failures in a row',
  next_runs: [],
  last_run: {
    at: '2026-11-21T11:59:00Z',
    manual: false,
    task_id: 'x',
    number: 1234,
    status: 'failed',
    error: null,
  },
}

const printed = async (columns: number): Promise<string[]> => {
  let text = ''
  const write = (chunk: string): boolean => {
    text += chunk
    return true
  }
  const shell = { stdout: { isTTY: true, columns, write }, env: {} } as unknown as Shell
  await printScheduleTable([aSchedule, paused], new Output(shell, false), nowMs)
  return text.trimEnd().split('\n')
}

test.each([40, 60, 80, 110, 120, 200])('schedules fit into %d columns', async (columns) => {
  const lines = await printed(columns)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
  expect(lines).toHaveLength(3)
})

test('what counts most is there on the narrowest screen, and everything on a wide one', async () => {
  expect(await printed(40)).toEqual([
    'NAME   WHEN          NEXT',
    'notes  */20 * * * *  in 20m',
    'poet   every 90s     paused',
  ])
  const [, first, second] = await printed(200)
  expect(first).toContain('*/20 * * * * America/New_York  2026-11-21 07:20 (in 20m)')
  expect(second).toMatch(/every 90s +paused after 2 failures in a row {2}✗ failed \(1234\) {2}Tidy up/)
})
