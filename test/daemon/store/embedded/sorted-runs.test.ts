import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SortedRuns } from '../../../../src/daemon/store/embedded/sorted-runs.ts'

const ascending = (one: number, other: number): number => one - other

test('holds what a sorted set would hold, however it is changed', () => {
  const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3000 }))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2000 }), fc.array(change, { maxLength: 400 }), (size, changes) => {
      const initial = Array.from({ length: size }, (_, at) => at * 2)
      const runs = new SortedRuns(ascending, initial)
      const model = new Set(initial)
      for (const [isAdded, item] of changes) {
        if (isAdded) runs.add(item)
        else runs.delete(item)
        if (isAdded) model.add(item)
        else model.delete(item)
      }
      const sorted = [...model].sort(ascending)
      expect([...runs]).toEqual(sorted)
      expect([...runs.from(1500)]).toEqual(sorted.filter((item) => item >= 1500))
      expect(runs.isEmpty).toBe(sorted.length === 0)
    }),
  )
})

test('takes items that come in order, in reverse and all over the place', () => {
  const inOrder = Array.from({ length: 5000 }, (_, at) => at)
  const shuffled = inOrder.map((at) => (at * 2741) % 5000)
  for (const items of [inOrder, inOrder.toReversed(), shuffled]) {
    const runs = new SortedRuns(ascending)
    for (const item of items) runs.add(item)
    expect([...runs]).toEqual(inOrder)
    for (const item of items) runs.delete(item)
    expect([...runs]).toEqual([])
  }
})

test('puts an item in the place of its equal', () => {
  const runs = new SortedRuns<{ key: number; text: string }>((one, other) => one.key - other.key)
  runs.add({ key: 1, text: 'a' })
  runs.add({ key: 2, text: 'b' })
  runs.exchange({ key: 1, text: 'a' }, { key: 1, text: 'c' })
  expect([...runs].map(({ text }) => text)).toEqual(['c', 'b'])
  runs.exchange({ key: 1, text: 'c' }, { key: 3, text: 'd' })
  expect([...runs].map(({ text }) => text)).toEqual(['b', 'd'])
  runs.exchange({ key: 2, text: 'b' }, undefined)
  expect([...runs].map(({ text }) => text)).toEqual(['d'])
})
