import { beforeEach, describe, expect, test } from 'vitest'
import type { Store, TaskQuery } from '../../../../src/daemon/store/store.ts'
import { SparkyError } from '../../../../src/protocol/failure.ts'
import { added, addFinished, moved, openStore, removed, taskId } from '../../../support/store-fixtures.ts'

describe('listing tasks', () => {
  const listed = async (store: Store, query: Partial<TaskQuery>) => {
    const { tasks, nextBefore } = await store.tasks({ limit: 100, ...query })
    return { numbers: tasks.map(({ number }) => number), nextBefore }
  }

  /** Eight tasks, of which the third is removed; most of them only in the snapshot. */
  const eightTasks = async () => {
    const { store, directory } = await openStore()
    await addFinished(store, 1, 4)
    await store.append(() => [
      removed(3),
      added(5, { group: 'night' }),
      added(6, { labels: { team: 'a', of: 'x' } }),
      moved(6, 'failed'),
    ])
    await store.append(() => [
      added(7, { group: 'night', labels: { team: 'a' } }),
      moved(7, 'completed'),
      added(8),
    ])
    await store.close()
    return openStore({ directory })
  }

  test('gives the newest first, in pages', async () => {
    const { store } = await eightTasks()
    expect(await listed(store, {})).toEqual({ numbers: [8, 7, 6, 5, 4, 2, 1], nextBefore: null })
    expect(await listed(store, { limit: 3 })).toEqual({ numbers: [8, 7, 6], nextBefore: 6 })
    expect(await listed(store, { limit: 3, before: 6 })).toEqual({ numbers: [5, 4, 2], nextBefore: 2 })
    expect(await listed(store, { limit: 1, before: 2 })).toEqual({ numbers: [1], nextBefore: null })
    expect(await listed(store, { before: 1 })).toEqual({ numbers: [], nextBefore: null })
  })

  test('filters by status, group and labels', async () => {
    const { store } = await eightTasks()
    expect((await listed(store, { statuses: new Set(['pending', 'failed'] as const) })).numbers).toEqual([
      8, 6, 5,
    ])
    expect((await listed(store, { group: 'night' })).numbers).toEqual([7, 5])
    expect((await listed(store, { labels: { team: 'a' } })).numbers).toEqual([7, 6])
    expect((await listed(store, { labels: { team: 'a', of: 'x' } })).numbers).toEqual([6])
    expect(
      (await listed(store, { group: 'night', labels: { team: 'a' }, statuses: new Set(['failed'] as const) }))
        .numbers,
    ).toEqual([])
    expect(await listed(store, { labels: { team: 'a' }, limit: 1 })).toEqual({ numbers: [7], nextBefore: 7 })
  })

  test('counts tasks by status', async () => {
    const { store } = await eightTasks()
    expect(store.counts()).toMatchObject({ completed: 4, failed: 1, pending: 2, cancelled: 0 })
  })
})

describe('naming a task', () => {
  let store: Store
  beforeEach(async () => {
    ;({ store } = await openStore())
    await addFinished(store, 1, 12)
    await store.append(() => [removed(4)])
  })

  const failure = (find: () => unknown) => {
    try {
      return find()
    } catch (error) {
      return error instanceof SparkyError ? [error.code, error.message] : error
    }
  }

  test('goes by number, id and unique prefix', () => {
    expect(store.resolve('12').id).toBe(taskId(12))
    expect(store.resolve(taskId(7)).number).toBe(7)
    expect(store.resolve(taskId(7).slice(0, -1) + '7').number).toBe(7)
    expect(store.resolve(taskId(12).slice(0, -1) + '2').number).toBe(12)
  })

  test.each(['13', '0', '012', 'x', 'zzzzzz', taskId(4), '4', '99999999999999999999'])(
    'finds nothing for %j',
    (ref) => {
      expect(failure(() => store.resolve(ref))).toEqual(['not_found', `no task "${ref}"`])
    },
  )

  test('takes prefixes of at least four characters, and says when several begin with one', () => {
    expect(failure(() => store.resolve('000'))).toEqual(['not_found', 'no task "000"'])
    expect(failure(() => store.resolve('0000'))).toMatchObject(['usage', expect.stringContaining('11 ids')])
  })

  test('sees in a decision what that batch has added and removed', async () => {
    const seen: unknown[] = []
    await Promise.all([
      store.append(() => [added(13), removed(12)]),
      store.append((view) => {
        seen.push(
          view.resolve('13').id,
          failure(() => view.resolve('12')),
          failure(() => view.resolve(taskId(12))),
          view.resolve(taskId(13)).number,
        )
        seen.push(view.active().map(({ number }) => number))
        return []
      }),
    ])
    expect(seen).toEqual([
      taskId(13),
      ['not_found', 'no task "12"'],
      ['not_found', `no task "${taskId(12)}"`],
      13,
      [13],
    ])
  })
})
