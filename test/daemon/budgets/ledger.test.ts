import { describe, expect, it, onTestFinished } from 'vitest'
import { Ledger } from '../../../src/daemon/budgets/ledger.ts'
import type { Spend } from '../../../src/daemon/budgets/spend.ts'
import type { Store } from '../../../src/daemon/store/store.ts'
import type { ViewFile } from '../../../src/daemon/store/view-checkpoint.ts'
import type { EventDraft } from '../../../src/protocol/event.ts'
import type { TaskStatus } from '../../../src/protocol/task.ts'
import { added, moved, openStore, removed, taskId, thought } from '../../support/store-fixtures.ts'
import { memoryFile } from '../../support/view-file.ts'

interface Bench {
  readonly store: Store
  readonly file: ReturnType<typeof memoryFile>
  /** Opens a ledger as a start of the daemon does. */
  open(file?: ViewFile): Promise<Ledger>
  at(time: string): void
}

const bench = async (): Promise<Bench> => {
  let now = new Date(2026, 5, 10, 12)
  const { store } = await openStore({ now: () => now })
  const file = memoryFile()
  return {
    store,
    file,
    at: (time) => (now = new Date(time)),
    open: async (kept = file) => {
      const ledger = new Ledger({
        store,
        file: kept,
        now: () => now,
        onTrouble: (error) => {
          throw error
        },
      })
      onTestFinished(() => ledger.close())
      await ledger.ready
      return ledger
    },
  }
}

const call = (nth: number, tokens: number, cost: number | null = 0): EventDraft => ({
  type: 'usage',
  task_id: taskId(nth),
  attempt: 1,
  step: 1,
  data: { model: 'test/x', input_tokens: tokens, output_tokens: 0, cached_tokens: 0, cost_usd: cost },
})

const turn = (nth: number, status: TaskStatus, previous: TaskStatus = 'pending'): EventDraft =>
  moved(nth, status, previous)

const spend = (fields: Partial<Spend>): Spend => ({ steps: 0, tokens: 0, costUsd: 0, timeMs: 0, ...fields })

describe('the ledger of a day', () => {
  it('adds up calls, tokens, money and time, of all tasks and of each group', async () => {
    const { store, open, at } = await bench()
    const ledger = await open()
    await store.append(() => [added(1), added(2, { group: 'night' })])
    await store.append(() => [turn(1, 'in_progress'), call(1, 100, 0.5)])
    at('2026-06-10T12:01:00')
    await store.append(() => [turn(2, 'in_progress'), call(2, 10, null), thought(2)])
    at('2026-06-10T12:02:00')
    expect(ledger.used(null)).toEqual(spend({ steps: 2, tokens: 110, costUsd: 0.5, timeMs: 180_000 }))
    expect(ledger.used('night')).toEqual(spend({ steps: 1, tokens: 10, timeMs: 60_000 }))
    await store.append(() => [turn(2, 'completed', 'in_progress')])
    at('2026-06-10T13:00:00')
    expect(ledger.used('night')).toEqual(spend({ steps: 1, tokens: 10, timeMs: 60_000 }))
    expect(ledger.used('none')).toEqual(spend({}))
  })

  it('begins anew at midnight, with what still runs', async () => {
    const { store, open, at } = await bench()
    const ledger = await open()
    at('2026-06-10T23:59:00')
    await store.append(() => [added(1), turn(1, 'in_progress'), call(1, 100)])
    at('2026-06-11T00:00:30')
    expect(ledger.used(null)).toEqual(spend({ timeMs: 30_000 }))
    expect(ledger.day.endMs).toBe(new Date('2026-06-12T00:00:00').getTime())
    await store.append(() => [call(1, 7), turn(1, 'completed', 'in_progress')])
    expect(ledger.used(null)).toEqual(spend({ steps: 1, tokens: 7, timeMs: 30_000 }))
  })

  it('does not bring a day back when the clock is set back', async () => {
    const { store, open, at } = await bench()
    const ledger = await open()
    at('2026-06-11T00:00:30')
    await store.append(() => [added(1), call(1, 100)])
    at('2026-06-10T12:00:00')
    await store.append(() => [call(1, 1)])
    expect(ledger.used(null)).toEqual(spend({ steps: 2, tokens: 101 }))
  })

  it('does not begin a day because a clock was ahead for a while', async () => {
    const { store, open, at } = await bench()
    const ledger = await open()
    await store.append(() => [added(1), call(1, 100)])
    at('2026-06-11T12:00:00')
    expect(ledger.used(null)).toEqual(spend({}))
    at('2026-06-10T12:00:00')
    await store.append(() => [call(1, 1)])
    expect(ledger.used(null)).toEqual(spend({ steps: 2, tokens: 101 }))
  })

  it('knows after a kill what it knew before, whatever its file holds', async () => {
    const { store, file, open, at } = await bench()
    const first = await open()
    at('2026-06-10T00:00:01')
    await store.append(() => [added(1), added(2, { group: 'night' }), call(1, 1), turn(1, 'in_progress')])
    const early = file.text
    await first.keep()
    const middle = file.text
    at('2026-06-10T00:10:00')
    await store.append(() => [call(2, 20), turn(1, 'completed', 'in_progress'), turn(2, 'in_progress')])
    at('2026-06-10T00:20:00')
    const expected = spend({ steps: 2, tokens: 21, timeMs: 599_000 + 600_000 })
    expect(first.used(null)).toEqual(expected)
    for (const text of [undefined, early, middle, '', '{"v":1}', `{"v":1,"store_id":"other","seq":1}`]) {
      const ledger = await open({ ...memoryFile(), read: async () => text ?? Promise.reject(new Error()) })
      expect(ledger.used(null), text).toEqual(expected)
      expect(ledger.used('night'), text).toEqual(spend({ steps: 1, tokens: 20, timeMs: 600_000 }))
    }
  })

  it('reads no more of a long log than today', async () => {
    const { store, open, at } = await bench()
    at('2026-06-09T12:00:00')
    for (let nth = 1; nth <= 300; nth += 1) await store.append(() => [added(nth), call(nth, 5)])
    at('2026-06-10T12:00:00')
    await store.append(() => [call(1, 100)])
    let read = 0
    const counting: Pick<Store, 'storeId' | 'lastSeq' | 'events' | 'onAppend' | 'task'> = {
      storeId: store.storeId,
      lastSeq: store.lastSeq,
      onAppend: (listener) => store.onAppend(listener),
      task: (id) => store.task(id),
      events: async function* (query) {
        for await (const events of store.events(query)) {
          read += events.length
          yield events
        }
      },
    }
    const ledger = new Ledger({
      store: counting,
      file: memoryFile(),
      now: () => new Date('2026-06-10T12:00:00'),
      onTrouble: () => {},
    })
    onTestFinished(() => ledger.close())
    await ledger.ready
    expect(ledger.used(null)).toEqual(spend({ steps: 1, tokens: 100 }))
    expect(read).toBeLessThan(20)
    expect((await open()).used(null)).toEqual(ledger.used(null))
  })

  it('still counts what removed tasks have used', async () => {
    const { store, open } = await bench()
    const ledger = await open()
    await store.append(() => [
      added(1),
      turn(1, 'in_progress'),
      call(1, 100),
      turn(1, 'completed', 'in_progress'),
    ])
    await ledger.keep()
    await store.append(() => [removed(1)])
    expect(ledger.used(null)).toMatchObject({ steps: 1, tokens: 100 })
    expect((await open()).used(null)).toMatchObject({ steps: 1, tokens: 100 })
  })

  it('counts what comes in while it reads the log', async () => {
    const { store, file } = await bench()
    await store.append(() => [added(1), call(1, 1)])
    const ledger = new Ledger({
      store,
      file,
      now: () => new Date(2026, 5, 10, 12),
      onTrouble: () => {},
    })
    onTestFinished(() => ledger.close())
    await store.append(() => [call(1, 10)])
    await ledger.ready
    await store.append(() => [call(1, 100)])
    expect(ledger.used(null)).toMatchObject({ steps: 3, tokens: 111 })
  })

  it('does not count the time in which the daemon was gone', async () => {
    const { store, open, at } = await bench()
    await store.append(() => [added(1), turn(1, 'in_progress')])
    at('2026-06-10T12:00:10')
    await store.append(() => [call(1, 1)])
    const endedAt = new Date('2026-06-10T12:00:10').toISOString()
    at('2026-06-10T18:00:00')
    await store.append(() => [{ ...turn(1, 'pending', 'in_progress'), private: { endedAt } }])
    expect((await open()).used(null)).toMatchObject({ timeMs: 10_000 })
  })

  it('says so where its file cannot be written, and tries again', async () => {
    const { store } = await bench()
    const troubles: string[] = []
    let isFull = true
    const file = memoryFile()
    const ledger = new Ledger({
      store,
      file: {
        read: file.read,
        write: (text) => (isFull ? Promise.reject(new Error('ENOSPC')) : file.write(text)),
      },
      now: () => new Date(2026, 5, 10, 12),
      onTrouble: (_error, message) => troubles.push(message),
    })
    await store.append(() => [added(1), call(1, 1)])
    await ledger.keep()
    expect(troubles).toHaveLength(1)
    isFull = false
    await ledger.close()
    expect(file.text).toContain('"tokens":1')
  })
})
