import { describe, expect, it } from 'vitest'
import type { Event, EventPayload, EventType } from '../../src/protocol/event.ts'
import { applyEvent, isNewsOnly } from '../../src/protocol/fold.ts'
import type { Task } from '../../src/protocol/task.ts'
import { aTask } from '../support/task.ts'

const event = <T extends EventType>(seq: number, type: T, data: EventPayload<T>): Event =>
  ({
    v: 1,
    seq,
    ts: `2026-01-01T00:00:${String(seq).padStart(2, '0')}.000Z`,
    task_id: aTask().id,
    attempt: 1,
    step: 1,
    type,
    data,
  }) as Event

const foldAll = (events: readonly Event[], start?: Task): Task | undefined => events.reduce(applyEvent, start)

const usage = (cost_usd: number | null): EventPayload<'usage'> => ({
  model: 'm',
  input_tokens: 10,
  output_tokens: 5,
  cached_tokens: 0,
  cost_usd,
})

describe('applyEvent', () => {
  it('makes the task that task_added holds', () => {
    const task = aTask()
    expect(foldAll([event(1, 'task_added', { task })])).toEqual(task)
  })

  it('sets status, error and every change that a status event names, and nothing else', () => {
    const task = aTask()
    const error = { code: 'limit_steps', message: 'too many', retryable: false } as const
    const changes = { finished_at: '2026-01-01T00:00:02.000Z' }
    const failed = foldAll(
      [
        event(2, 'status', {
          status: 'failed',
          previous: 'in_progress',
          message: 'Task failed',
          error,
          changes,
        }),
      ],
      task,
    )
    expect(failed).toEqual({
      ...task,
      status: 'failed',
      error,
      ...changes,
      updated_at: '2026-01-01T00:00:02.000Z',
      last_seq: 2,
    })
  })

  it('forgets the error with the next status', () => {
    const failed = aTask({ status: 'failed', error: { code: 'internal', message: 'x', retryable: false } })
    const again = foldAll(
      [event(2, 'status', { status: 'pending', previous: 'failed', message: 'again', changes: {} })],
      failed,
    )
    expect(again?.error).toBeNull()
  })

  it('adds up model calls and counts tool calls', () => {
    const after = foldAll(
      [
        event(2, 'usage', usage(0.5)),
        event(3, 'tool_use', { call_id: 'c', name: 'current_time', args: {} }),
        event(4, 'usage', usage(0.25)),
      ],
      aTask(),
    )
    expect(after?.usage).toEqual({
      input_tokens: 20,
      output_tokens: 10,
      total_tokens: 30,
      cost_usd: 0.75,
      model_calls: 2,
      tool_calls: 1,
    })
  })

  it('keeps the cost unknown once one call had no known price', () => {
    for (const costs of [[0.5, null, 0.5], [null, 0.5], [null]]) {
      const events = costs.map((cost, index) => event(index + 2, 'usage', usage(cost)))
      expect(foldAll(events, aTask())?.usage.cost_usd).toBeNull()
    }
  })

  it('ignores what is not newer than the task, so that a replay may overlap', () => {
    const events = [event(2, 'usage', usage(1)), event(3, 'progress', { step: 1, max_steps: 5, note: null })]
    const once = foldAll(events, aTask())
    expect(foldAll([...events, ...events], aTask())).toEqual(once)
  })

  it('ends with task_removed', () => {
    expect(foldAll([event(2, 'task_removed', {})], aTask())).toBeUndefined()
  })
})

describe('isNewsOnly', () => {
  const message = event(2, 'message', { role: 'assistant', text: 'x' })

  it('names what need not be folded where another event of the task follows', () => {
    const next = event(3, 'usage', usage(1))
    expect(isNewsOnly(message)).toBe(true)
    expect(foldAll([message, next], aTask())).toEqual(foldAll([next], aTask()))
  })

  it.each([
    event(2, 'status', { status: 'in_progress', previous: 'pending', message: 'x', changes: {} }),
    event(2, 'task_updated', { changes: { priority: 5 } }),
    event(2, 'progress', { step: 1, max_steps: 5, note: null }),
    event(2, 'usage', usage(1)),
    event(2, 'tool_use', { call_id: 'c', name: 'current_time', args: {} }),
  ])('does not name $type, which changes more of its task', (change) => {
    expect(isNewsOnly(change)).toBe(false)
  })
})
