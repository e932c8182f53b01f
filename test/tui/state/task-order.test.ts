import { expect, it } from 'vitest'
import { inListOrder } from '../../../src/tui/state/task-order.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'

it('lists what runs, what needs the user, what waits, the queue as it will run, and the past, newest first', () => {
  const source = new ScriptedSource()
  const at = (time: string): string => `2026-11-20T${time}:00.000Z`
  const tasks = [
    source.newTask('done early', { status: 'completed', finished_at: at('10:00') }),
    source.newTask('done late', { status: 'failed', finished_at: at('11:00') }),
    source.newTask('paused', { status: 'paused' }),
    source.newTask('blocked', { status: 'blocked' }),
    source.newTask('tomorrow', { status: 'scheduled', not_before: at('20:00') }),
    source.newTask('tonight', { status: 'scheduled', not_before: at('19:00') }),
    source.newTask('older'),
    source.newTask('newer'),
    source.newTask('urgent', { priority: 5 }),
    source.newTask('interrupted', { started_at: at('09:00') }),
    source.newTask('rate limited', {
      status: 'waiting',
      waiting_for: { kind: 'rate_limit', until: null, approval_id: null },
    }),
    source.newTask('asks', {
      status: 'waiting',
      waiting_for: { kind: 'approval', until: null, approval_id: 'a' },
    }),
    source.newTask('running', { status: 'in_progress' }),
  ]
  expect(tasks.toSorted(inListOrder).map(({ prompt }) => prompt)).toEqual([
    'running',
    'asks',
    'rate limited',
    'interrupted',
    'urgent',
    'older',
    'newer',
    'tonight',
    'tomorrow',
    'blocked',
    'paused',
    'done late',
    'done early',
  ])
})
