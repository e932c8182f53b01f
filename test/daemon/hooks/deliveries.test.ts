import { describe, expect, it } from 'vitest'
import { Deliveries, type Delivery } from '../../../src/daemon/hooks/deliveries.ts'

const of = (seq: number, taskId: string): Delivery => ({ seq, taskId, hook: 'completed' })

const deliveriesOf = (...all: Delivery[]): Deliveries => {
  const deliveries = new Deliveries({ atOnce: 2, limit: 4 })
  for (const delivery of all) deliveries.add(delivery)
  return deliveries
}

describe('deliveries', () => {
  it('begin in the order of events, so many at a time', () => {
    const deliveries = deliveriesOf(of(3, 'a'), of(5, 'b'), of(8, 'c'))
    expect([deliveries.next(), deliveries.next(), deliveries.next()]).toEqual([
      of(3, 'a'),
      of(5, 'b'),
      undefined,
    ])
    deliveries.done(of(5, 'b'))
    expect(deliveries.next()).toEqual(of(8, 'c'))
  })

  it('of one task go one after the other', () => {
    const deliveries = deliveriesOf(of(3, 'a'), of(4, 'a'), of(5, 'b'))
    expect([deliveries.next(), deliveries.next()]).toEqual([of(3, 'a'), of(5, 'b')])
    deliveries.done(of(5, 'b'))
    expect(deliveries.next()).toBeUndefined()
    deliveries.done(of(3, 'a'))
    expect(deliveries.next()).toEqual(of(4, 'a'))
  })

  it('are delivered up to the first that is open, and those after it that are done are named', () => {
    const deliveries = deliveriesOf(of(3, 'a'), of(5, 'b'), of(8, 'c'))
    expect(deliveries.upTo(9)).toEqual({ seq: 2, delivered: [] })
    deliveries.done(of(8, 'c'))
    deliveries.done(of(5, 'b'))
    expect(deliveries.upTo(9)).toEqual({ seq: 2, delivered: [5, 8] })
    deliveries.done(of(3, 'a'))
    expect(deliveries.upTo(9)).toEqual({ seq: 9, delivered: [] })
  })

  it('take no more than there is room for, counting those that are done out of order', () => {
    const deliveries = deliveriesOf(of(1, 'a'), of(2, 'b'), of(3, 'c'), of(4, 'd'))
    expect(deliveries.hasRoom).toBe(false)
    deliveries.done(of(4, 'd'))
    expect(deliveries.hasRoom).toBe(false)
    deliveries.done(of(1, 'a'))
    expect(deliveries.hasRoom).toBe(true)
  })

  it('that an earlier daemon has done out of order stay done, until all before them are', () => {
    const deliveries = new Deliveries({ atOnce: 2, limit: 4, delivered: [5, 8] })
    expect([5, 6, 8].map((seq) => deliveries.isDelivered(seq))).toEqual([true, false, true])
    expect(deliveries.upTo(2)).toEqual({ seq: 2, delivered: [5, 8] })
    deliveries.add(of(3, 'a'))
    deliveries.done(of(3, 'a'))
    expect(deliveries.upTo(4)).toEqual({ seq: 4, delivered: [5, 8] })
    expect(deliveries.upTo(5)).toEqual({ seq: 5, delivered: [8] })
    deliveries.add(of(6, 'b'))
    expect(deliveries.upTo(9)).toEqual({ seq: 5, delivered: [8] })
    deliveries.done(of(6, 'b'))
    expect(deliveries.upTo(9)).toEqual({ seq: 9, delivered: [] })
  })
})
