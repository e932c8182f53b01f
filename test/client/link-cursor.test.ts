import { expect, test } from 'vitest'
import { LinkCursor } from '../../src/client/link-cursor.ts'
import type { Delta, Event } from '../../src/protocol/event.ts'

const event = (seq: number): Event =>
  ({ v: 1, seq, ts: '', task_id: null, attempt: null, step: null, type: 'queue_changed', data: {} }) as const
const delta: Delta = {
  v: 1,
  ts: '',
  task_id: 't',
  attempt: 1,
  step: 1,
  type: 'thought_delta',
  data: { text: '', offset: 0 },
}

test('a cursor takes each event once, and subscribes anew after the newest', () => {
  const cursor = new LinkCursor()
  cursor.select({ tasks: ['1'], after: 4, deltas: true })
  expect(cursor.frame).toEqual({ type: 'subscribe', id: 1, tasks: ['1'], deltas: true, after: 4 })
  expect([4, 5, 5, 7, 6].map((seq) => cursor.takes(event(seq)))).toEqual([false, true, false, true, false])
  expect([cursor.takes(delta), cursor.takes(delta)]).toEqual([true, true])
  expect(cursor.frame).toMatchObject({ after: 7 })
  expect(cursor.reach(9)).toBe(9)
  expect(cursor.reach(8)).toBe(9)
  expect(cursor.takes(event(9))).toBe(false)
})

test('a cursor that begins now learns where that is, and keeps it over a reconnect', () => {
  const cursor = new LinkCursor()
  cursor.select({})
  expect(cursor.frame).toEqual({ type: 'subscribe', id: 1, tasks: 'all' })
  cursor.begin(12)
  expect([cursor.isSubscribed, cursor.received]).toEqual([true, 12])
  cursor.reconnect()
  expect([cursor.isSubscribed, cursor.received]).toEqual([false, 12])
  cursor.begin(20)
  expect(cursor.frame).toMatchObject({ after: 12 })
})

test('another selection begins anew, and knows what is about the one before', () => {
  const cursor = new LinkCursor()
  cursor.select({ after: 4 })
  cursor.begin(4)
  cursor.select({ after: 0 })
  expect([cursor.owns({ id: 1 }), cursor.owns({ id: 2 }), cursor.isSubscribed]).toEqual([false, true, false])
  expect(cursor.takes(event(1))).toBe(true)
  cursor.select(undefined)
  expect(cursor.frame).toEqual({ type: 'unsubscribe' })
})
