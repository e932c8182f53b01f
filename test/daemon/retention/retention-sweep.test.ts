import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { RetentionSweep, type RetentionSweepOptions } from '../../../src/daemon/retention/retention-sweep.ts'
import type { Store } from '../../../src/daemon/store/store.ts'
import type { Retention } from '../../../src/config/settings.ts'
import { addFinished } from '../../support/store-fixtures.ts'
import { addTaskBody } from '../../../src/protocol/new-task.ts'
import { openQueue, type TestQueue } from '../../support/queue.ts'

const soon = { timeout: 10_000, interval: 10 }

const open = async () => {
  const test = await openQueue()
  const kept: { -readonly [K in keyof Retention]: Retention[K] } = { tasks: null, days: null }
  const messages: string[] = []
  const start = (options: Partial<RetentionSweepOptions> = {}): RetentionSweep => {
    const sweep = new RetentionSweep({
      store: test.store,
      queue: test.queue,
      retention: () => kept,
      deliveredUpTo: () => test.store.lastSeq,
      log: { info: (_: object, message = '') => void messages.push(message), warn: () => undefined } as never,
      ...options,
    })
    onTestFinished(() => sweep.close())
    return sweep
  }
  return { ...test, kept, messages, start }
}

const numbersIn = async (store: Store): Promise<number[]> =>
  (await store.tasks({ limit: 10_000 })).tasks.map(({ number }) => number)

const runNext = async ({ queue }: TestQueue): Promise<void> => {
  const attempt = await queue.claim()
  await attempt?.settle({ kind: 'completed', answer: 'yes', data: null })
}

describe('the sweep', () => {
  it('removes what is past retention at the start, in more than one batch, and says how many', async () => {
    const test = await open()
    await addFinished(test.store, 1, 1300)
    test.kept.tasks = 3
    test.start()
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([1300, 1299, 1298]), soon)
    await vi.waitFor(() => expect(test.messages).toEqual(['Removed 1297 tasks past retention']), soon)
  })

  it('follows the ends of tasks and a changed configuration', async () => {
    const test = await open()
    const sweep = test.start()
    for (const prompt of ['one', 'two', 'three', 'four']) await test.add(prompt)
    for (let count = 0; count < 3; count += 1) await runNext(test)
    test.kept.tasks = 2
    sweep.nudge()
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([4, 3, 2]), soon)
    await runNext(test)
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([4, 3]), soon)
  })

  it('keeps the order of ends, not of numbers', async () => {
    const test = await open()
    await test.add('slow')
    await test.add('quick', { priority: 1 })
    await test.add('quick too', { priority: 1 })
    for (let count = 0; count < 3; count += 1) await runNext(test)
    test.kept.tasks = 1
    test.start()
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([1]), soon)
  })

  it('removes a task at the moment when it comes of age, also the first that ends', async () => {
    const test = await open()
    test.kept.days = 1.2 / 86_400
    const looks = vi.spyOn(test.store, 'oldestFinished')
    test.start()
    await vi.waitFor(() => expect(looks).toHaveBeenCalled(), soon)
    await test.add('one')
    await runNext(test)
    const finishedMs = Date.parse(test.store.resolve('1').finished_at ?? '')
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([]), soon)
    expect(Date.now() - finishedMs).toBeGreaterThanOrEqual(1200)
    expect(Date.now() - finishedMs).toBeLessThan(6000)
  })

  it('leaves a task that an unfinished one waits for, until that has ended', async () => {
    const test = await open()
    await test.add('one')
    await test.add('two', { after: ['1'] })
    await test.add('three')
    await test.queue.pause('2')
    await runNext(test)
    await runNext(test)
    test.kept.tasks = 0
    test.start()
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([2, 1]), soon)
    await test.queue.resume('2')
    await runNext(test)
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([]), soon)
  })

  it('leaves what an unfinished task has delegated, until that has ended', async () => {
    const test = await open()
    const whole = await test.add('the whole')
    const running = await test.queue.claim()
    const part = await test.queue.add(addTaskBody.parse({ prompt: 'a part', parent_id: whole.id }), {
      kind: 'agent',
      payload: { delegation: { depth: 1 } },
    })
    await (await test.queue.claimDelegated(part.id))?.settle({ kind: 'completed', answer: '', data: null })
    const other = await test.add('another')
    await runNext(test)
    test.kept.tasks = 0
    test.start()
    await vi.waitFor(async () => expect(await numbersIn(test.store)).not.toContain(other.number), soon)
    expect(await numbersIn(test.store)).toEqual([2, 1])
    await running?.settle({ kind: 'completed', answer: '', data: null })
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([]), soon)
  })

  it('leaves a task whose hook has not been called, until it has', async () => {
    const test = await open()
    await addFinished(test.store, 1, 2)
    let deliveredUpTo = 2
    test.kept.tasks = 0
    const sweep = test.start({ deliveredUpTo: () => deliveredUpTo })
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([2]), soon)
    deliveredUpTo = 4
    sweep.lookAgain()
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([]), soon)
  })

  it('gives a number to one task only, also after all have been removed', async () => {
    const test = await open()
    await addFinished(test.store, 1, 5)
    test.kept.tasks = 0
    test.start()
    await vi.waitFor(async () => expect(await numbersIn(test.store)).toEqual([]), soon)
    expect((await test.add('next')).number).toBe(6)
  })

  it('tells the store to look for old tasks only where there may be some', async () => {
    const test = await open()
    await addFinished(test.store, 1, 20)
    const looks = vi.spyOn(test.store, 'oldestFinished')
    test.kept.tasks = 30
    test.kept.days = 365
    test.start()
    await vi.waitFor(() => expect(looks).toHaveBeenCalledTimes(1), soon)
    await addFinished(test.store, 21, 29)
    test.kept.days = null
    await addFinished(test.store, 30, 31)
    await vi.waitFor(async () => expect((await numbersIn(test.store)).at(-1)).toBe(2), soon)
    expect(looks).toHaveBeenCalledTimes(2)
  })
})
