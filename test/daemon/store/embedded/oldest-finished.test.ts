import { describe, expect, it } from 'vitest'
import type { Store } from '../../../../src/daemon/store/store.ts'
import { addFinished, added, moved, openStore, removed } from '../../../support/store-fixtures.ts'

const numbersOf = (store: Store, limit: number, skipped: readonly number[] = []): number[] =>
  store.oldestFinished(limit, (number) => skipped.includes(number)).map(({ number }) => number)

describe('the oldest finished tasks', () => {
  it('come in the order of their ends, whatever their numbers', async () => {
    const { store } = await openStore()
    await store.append(() => [added(1), added(2), added(3), added(4)])
    await store.append(() => [moved(3, 'failed'), moved(1, 'cancelled'), moved(4, 'completed')])
    expect(numbersOf(store, 10)).toEqual([3, 1, 4])
    expect(numbersOf(store, 2)).toEqual([3, 1])
    expect(numbersOf(store, 2, [3])).toEqual([1, 4])
    expect(store.oldestFinished(1, () => false)).toEqual([
      { id: store.resolve('3').id, number: 3, lastSeq: store.resolve('3').last_seq },
    ])
  })

  it('leave out those that were removed, or began again', async () => {
    const { store } = await openStore()
    await addFinished(store, 1, 4)
    await store.append(() => [removed(1), moved(2, 'pending', 'completed')])
    expect(numbersOf(store, 10)).toEqual([3, 4])
  })

  it('are the same after the store was opened again', async () => {
    const first = await openStore()
    await addFinished(first.store, 1, 2500)
    await first.store.close()
    const { store } = await openStore({ directory: first.directory })
    expect(numbersOf(store, 3, [2])).toEqual([1, 3, 4])
    expect(numbersOf(store, 5000)).toHaveLength(2500)
  })
})
