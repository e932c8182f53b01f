import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { afterEvent, emptyWindow, withPage, type TaskFilter } from '../../src/react/task-window.ts'
import { aTask } from '../support/task.ts'

const task = (number: number, changes: Partial<Task> = {}): Task =>
  aTask({ number, id: `id-${number}`, first_seq: number, last_seq: number, ...changes })

const event = (seq: number, number: number, type: string, data: object): Event =>
  ({
    v: 1,
    seq,
    ts: '2026-01-01T00:00:00.000Z',
    task_id: `id-${number}`,
    attempt: 1,
    step: null,
    type,
    data,
  }) as Event

const added = (seq: number, added: Task): Event => event(seq, added.number, 'task_added', { task: added })

const status = (seq: number, number: number, status: string): Event =>
  event(seq, number, 'status', { status, previous: 'pending', message: '', changes: {} })

const page = (tasks: Task[], next_cursor: string | null = null) => ({ tasks, next_cursor })
const numbers = ({ tasks }: { tasks: readonly Task[] }): number[] => tasks.map(({ number }) => number)

describe('the newest tasks', () => {
  const window = withPage(emptyWindow, page([task(3), task(2), task(1)]))

  test('get a new one at their head, and keep to their limit', () => {
    const filter: TaskFilter = { limit: 3 }
    const after = afterEvent(window, added(9, task(4, { last_seq: 9 })), filter)
    expect(numbers(after)).toEqual([4, 3, 2])
    expect(after).toMatchObject({ hasMore: true, isStale: false })
  })

  test('change with their events, and are the same object where nothing does', () => {
    const after = afterEvent(window, status(9, 2, 'in_progress'), {})
    expect(after.tasks[1]).toMatchObject({ number: 2, status: 'in_progress', last_seq: 9 })
    expect(after.tasks[0]).toBe(window.tasks[0])
    expect(afterEvent(after, status(9, 2, 'completed'), {})).toBe(after)
    expect(afterEvent(after, status(10, 77, 'completed'), {})).toBe(after)
  })

  test('lose one that is removed, and know whether an older one comes in its place', () => {
    expect(afterEvent(window, event(9, 2, 'task_removed', {}), {})).toMatchObject({ isStale: false })
    const cut = withPage(emptyWindow, page([task(3), task(2)], 'more'))
    const after = afterEvent(cut, event(9, 2, 'task_removed', {}), { limit: 2 })
    expect(numbers(after)).toEqual([3])
    expect(after.isStale).toBe(true)
    expect(numbers(afterEvent(window, event(9, 2, 'removed', {}), {}))).toEqual([3, 1])
  })

  test('are not put back by a page that is older than what is known', () => {
    const after = afterEvent(window, status(9, 2, 'completed'), {})
    expect(withPage(after, page([task(3), task(2)])).tasks[1]).toMatchObject({ status: 'completed' })
  })
})

describe('a filter', () => {
  const filter: TaskFilter = { status: ['pending', 'in_progress'], group: 'docs', labels: { area: 'api' } }
  const fitting = { group: 'docs', labels: { area: 'api', more: 'yes' }, status: 'pending' } as const
  const window = withPage(emptyWindow, page([task(2, fitting)]))

  test('lets in what fits, and out what does not any more', () => {
    expect(numbers(afterEvent(window, added(9, task(3, { ...fitting, last_seq: 9 })), filter))).toEqual([
      3, 2,
    ])
    for (const other of [{ group: 'other' }, { labels: {} }, { status: 'paused' as const }]) {
      expect(afterEvent(window, added(9, task(3, { ...fitting, ...other })), filter)).toBe(window)
    }
    expect(numbers(afterEvent(window, status(9, 2, 'completed'), filter))).toEqual([])
  })

  test('makes the daemon be asked where a task that is not shown may fit now', () => {
    const after = afterEvent(window, status(9, 77, 'pending'), filter)
    expect(after.isStale).toBe(true)
    // Once is enough.
    expect(afterEvent(after, status(10, 78, 'pending'), filter)).toBe(after)
    expect(withPage(after, page([task(2, fitting)])).isStale).toBe(false)
  })
})
