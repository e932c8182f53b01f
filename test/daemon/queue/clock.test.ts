import { describe, expect, it } from 'vitest'
import { openQueue, statusesOf } from '../../support/queue.ts'

const noon = new Date('2026-11-20T12:00:00Z')
const later = (hours: number): Date => new Date(noon.getTime() + hours * 3_600_000)

describe('a clock that is set', () => {
  it('a day on starts what was scheduled in between, each once, and leaves alone what runs', async () => {
    const { queue, store, add, setNow } = await openQueue({ concurrency: 3 })
    setNow(noon)
    const running = await add('running')
    const attempt = await queue.claim()
    const due = await add('due', { at: '20h' })
    await add('not yet', { at: '3d' })
    expect(await queue.claim()).toBeUndefined()
    setNow(later(24))
    expect((await queue.claim())?.task.id).toBe(due.id)
    expect(await queue.claim()).toBeUndefined()
    expect(attempt?.signal.aborted).toBe(false)
    expect(await statusesOf(store, running)).toEqual(['pending', 'in_progress'])
    expect(await statusesOf(store, due)).toEqual(['scheduled', 'pending', 'in_progress'])
  })

  it('an hour back does not start anything a second time, and holds up nothing that is asked for from then on', async () => {
    const { queue, store, add, setNow } = await openQueue({ concurrency: 5 })
    setNow(noon)
    const early = await add('early', { at: '30m' })
    setNow(later(1))
    await (await queue.claim())?.settle({ kind: 'completed', answer: '', data: null })
    setNow(noon)
    expect(await queue.claim()).toBeUndefined()
    expect(queue.nextDue()).toBeNull()
    const atOnce = await add('at once')
    const soon = await add('soon', { at: '10m' })
    expect((await queue.claim())?.task.id).toBe(atOnce.id)
    expect(queue.nextDue()).toEqual(new Date(noon.getTime() + 600_000))
    setNow(new Date(noon.getTime() + 600_000))
    expect((await queue.claim())?.task.id).toBe(soon.id)
    expect(await statusesOf(store, early)).toEqual(['scheduled', 'pending', 'in_progress', 'completed'])
  })
})

it('a time that had passed when it was asked for is nothing to wait for, however many ask for it', async () => {
  const { store, queue, add, setNow } = await openQueue({ concurrency: 1 })
  setNow(noon)
  for (const name of ['one', 'two', 'three']) await add(name, { at: '2026-11-20T11:59:00Z' })
  await add('later', { at: '1h' })
  // Each look at the queue goes through what waits for a time.
  expect([...store.timed()].map(({ number }) => number)).toEqual([4])
  expect((await queue.claim())?.task).toMatchObject({ number: 1, not_before: null })
  expect(queue.nextDue()).toEqual(later(1))
})
