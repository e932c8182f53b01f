import { describe, expect, it, test } from 'vitest'
import { retrySettings } from '../../../src/config/retry-settings.ts'
import { Queue } from '../../../src/daemon/queue/queue.ts'
import type { AttemptOutcome, RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import type { Task, TaskError } from '../../../src/protocol/task.ts'
import { openQueue, statusesOf, type TestQueue } from '../../support/queue.ts'

const outage: TaskError = { code: 'model_unavailable', message: 'the provider is down', retryable: true }

const claim = async ({ queue }: TestQueue): Promise<RunningAttempt> => {
  const attempt = await queue.claim()
  if (attempt === undefined) throw new Error('expected a task to claim, found none')
  return attempt
}

/** Claims the next task, begins a step, and ends the attempt like this. */
const attempt = async (test: TestQueue, outcome: AttemptOutcome, step = 1): Promise<Task> => {
  const running = await claim(test)
  await running.record([{ type: 'progress', step, data: { step, max_steps: null, note: null } }])
  await running.settle(outcome)
  return test.store.resolve(running.task.id)
}

const failing: AttemptOutcome = { kind: 'failed', error: outage }
const answered: AttemptOutcome = { kind: 'completed', answer: 'yes', data: null }

/** Sets the clock to when the task may start. */
const due = (test: TestQueue, { not_before, waiting_for }: Task): void =>
  test.setNow(new Date(waiting_for?.until ?? not_before ?? ''))

const lines = ({ attempts }: Task): string[] =>
  attempts.map(
    ({ number, status, error, step }) => `${number} ${status} ${error?.message ?? '-'} step ${step}`,
  )

describe('attempts', () => {
  it('stand side by side, each with how it ended', async () => {
    const test = await openQueue()
    await test.add('one', { attempts: 3 })
    const first = await attempt(test, failing, 2)
    expect(first).toMatchObject({ status: 'pending', attempt: 2, max_attempts: 3, error: null })
    expect(lines(first)).toEqual(['1 failed the provider is down step 2'])
    due(test, first)
    const second = await claim(test)
    expect(lines(second.task)).toEqual(['1 failed the provider is down step 2', '2 in_progress - step null'])
    await second.settle(answered)
    const done = test.store.resolve('1')
    expect(lines(done)).toEqual(['1 failed the provider is down step 2', '2 completed - step 2'])
    expect(done.attempts.map(({ started_at, finished_at }) => started_at <= (finished_at ?? ''))).toEqual([
      true,
      true,
    ])
  })

  it('that are used up end with the last error', async () => {
    const test = await openQueue()
    await test.add('one', { attempts: 2 })
    due(test, await attempt(test, failing))
    const last = await attempt(test, { kind: 'failed', error: { ...outage, message: 'still down' } })
    expect(last).toMatchObject({ status: 'failed', attempt: 2, error: { message: 'still down' } })
    expect(lines(last)).toEqual(['1 failed the provider is down step 1', '2 failed still down step 1'])
  })

  it('beyond those that a task asks for are shown as allowed', async () => {
    const test = await openQueue()
    await test.add('one')
    const parked = await attempt(test, {
      kind: 'failed',
      error: { code: 'stalled', message: 'nothing came', retryable: true },
    })
    expect(parked).toMatchObject({ status: 'pending', attempt: 2, max_attempts: 3 })
    // What the task itself asks for is still one.
    due(test, parked)
    expect(await attempt(test, failing)).toMatchObject({ status: 'failed', attempt: 2 })
  })

  it('go on as the same attempt after a stop and after a crash', async () => {
    const test = await openQueue()
    await test.add('one')
    const parked = await attempt(test, { kind: 'parked', message: 'The daemon stops' })
    expect(lines(parked)).toEqual(['1 in_progress - step null'])
    await claim(test)
    // The next daemon.
    const queue = new Queue({ store: test.store, settings: () => test.settings })
    await queue.recover()
    const [begun] = parked.attempts
    expect(test.store.resolve('1')).toMatchObject({ status: 'pending', attempt: 1, attempts: [begun] })
    const cancelled = await queue.cancel('1', { by: 'test', reason: null })
    expect(lines(cancelled)).toEqual(['1 cancelled - step 1'])
  })

  it('that never began leave no record', async () => {
    const test = await openQueue()
    const { number } = await test.add('one')
    await test.add('two', { after: [number] })
    expect((await test.queue.cancel('1', { by: 'test', reason: null })).attempts).toEqual([])
    expect(test.store.resolve('2')).toMatchObject({ error: { code: 'dependency_failed' }, attempts: [] })
  })

  it('are all given again when a user retries, and the old ones stay', async () => {
    const test = await openQueue()
    await test.add('one', { attempts: 2 })
    due(test, await attempt(test, failing))
    await attempt(test, failing)
    const retried = await test.queue.retry('1')
    expect(retried).toMatchObject({ status: 'pending', attempt: 3, max_attempts: 4 })
    due(test, await attempt(test, failing))
    const last = await attempt(test, failing)
    expect(last).toMatchObject({ status: 'failed', attempt: 4, max_attempts: 4 })
    expect(last.attempts.map(({ number, try: tried, tries }) => [number, tried, tries])).toEqual([
      [1, 1, 2],
      [2, 2, 2],
      [3, 1, 2],
      [4, 2, 2],
    ])
  })

  it('can be edited before they begin, also after a retry', async () => {
    const test = await openQueue()
    await test.add('one')
    await attempt(test, failing)
    await test.queue.retry('1')
    expect(await test.queue.edit('1', { id: '1', attempts: 2 })).toMatchObject({
      attempt: 2,
      max_attempts: 3,
    })
    due(test, await attempt(test, failing))
    expect(await attempt(test, failing)).toMatchObject({ status: 'failed', attempt: 3 })
  })

  it('are kept to the newest fifty', async () => {
    const test = await openQueue({ retries: retrySettings({ provider: { attempts: 60 } }) })
    await test.add('one')
    for (let nth = 1; nth < 60; nth += 1) due(test, await attempt(test, failing))
    const last = await attempt(test, failing)
    expect(last).toMatchObject({ status: 'failed', attempt: 60 })
    expect(last.attempts).toHaveLength(50)
    expect(last.attempts.map(({ number }) => number).slice(0, 2)).toEqual([11, 12])
  })

  it('are as many as the configuration says where the task does not', async () => {
    const test = await openQueue()
    Object.assign(test.settings.taskDefaults, { maxAttempts: 4 })
    expect(await test.add('one')).toMatchObject({ max_attempts: 4 })
    expect(await test.add('two', { attempts: 1 })).toMatchObject({ max_attempts: 1 })
  })
})

describe('a task that waits for a rate limit', () => {
  const until = '2030-01-01T12:00:00.000Z'
  const limited: AttemptOutcome = { kind: 'waiting', for: 'rate_limit', until, message: 'Waiting' }

  it('gives its slot back, keeps its locks, and goes on first in line when the time has come', async () => {
    const test = await openQueue({ concurrency: 1 })
    await test.add('one', { lock: 'a' })
    await test.add('two', { lock: 'a' })
    await test.add('three', { priority: 9 })
    // "three" comes first by its priority.
    await (await claim(test)).settle(answered)
    const waiting = await attempt(test, limited)
    expect(waiting).toMatchObject({
      number: 1,
      status: 'waiting',
      waiting_for: { kind: 'rate_limit', until, approval_id: null },
      attempt: 1,
    })
    expect(test.queue.why('2').reasons.map(({ code }) => code)).toEqual(['lock'])
    expect(await test.queue.claim()).toBeUndefined()
    await test.add('four', { priority: 9 })
    await (await claim(test)).settle(answered)
    expect(test.queue.nextDue()).toEqual(new Date(until))
    await test.add('five', { priority: 9 })
    test.setNow(new Date(until))
    const again = await claim(test)
    expect(again.task).toMatchObject({ number: 1, attempt: 1, waiting_for: null })
    expect(again.task.attempts).toHaveLength(1)
    await again.settle(answered)
    expect(await statusesOf(test.store, again.task)).toEqual([
      'pending',
      'in_progress',
      'waiting',
      'pending',
      'in_progress',
      'completed',
    ])
  })

  it('says so, can be cancelled, and is not taken for one that was lost', async () => {
    const test = await openQueue()
    await test.add('one')
    await attempt(test, limited)
    expect(await test.queue.recover()).toEqual([])
    expect(test.queue.why('1').reasons).toEqual([
      { code: 'rate_limit', message: `it waits for: rate limit, until ${until}` },
    ])
    const cancelled = await test.queue.cancel('1', { by: 'test', reason: null })
    expect(cancelled).toMatchObject({ status: 'cancelled', waiting_for: null })
    expect(lines(cancelled)).toEqual(['1 cancelled - step 1'])
  })
})

describe('limits', () => {
  it('of a group stand before those for all, and flags before both', async () => {
    const test = await openQueue()
    Object.assign(test.settings.taskDefaults, {
      groupLimits: { night: { max_steps: 7, timeout_s: 60 } },
    })
    expect((await test.add('one')).limits).toMatchObject({ max_steps: 50, timeout_s: null })
    const night = await test.add('two', { group: 'night', max_steps: 9 })
    expect(night.limits).toMatchObject({ max_steps: 9, timeout_s: 60 })
    expect((await test.add('three', { group: 'constructor' })).limits).toMatchObject({ max_steps: 50 })
  })
})

describe('a budget', () => {
  const until = '2030-01-02T00:00:00.000Z'

  /** A queue whose budgets are used up for the groups named; null is that of all tasks. */
  const overBudget = async (...groups: (string | null)[]) => {
    const over = new Set(groups)
    const test = await openQueue({
      budgets: {
        over: (group) => (over.has(group) ? { message: `nothing left for ${group}`, until } : null),
        reset: new Date(until),
      },
    })
    return { ...test, over }
  }

  const waiting: AttemptOutcome = { kind: 'waiting', for: 'budget', until, message: 'Waiting' }

  it('that is used up keeps the tasks of its group from starting, and says so', async () => {
    const test = await overBudget('night')
    await test.add('one', { group: 'night' })
    await test.add('two')
    expect((await claim(test)).task.number).toBe(2)
    expect(await test.queue.claim()).toBeUndefined()
    expect(test.queue.why('1').reasons).toEqual([{ code: 'budget', message: 'nothing left for night' }])
    expect(test.queue.nextDue()).toEqual(new Date(until))
  })

  it('of all tasks keeps all from starting', async () => {
    const test = await overBudget(null)
    await test.add('one')
    expect(await test.queue.claim()).toBeUndefined()
    expect(test.queue.why('1').reasons).toEqual([{ code: 'budget', message: 'nothing left for null' }])
  })

  it('that was raised lets those go on at once that wait for it', async () => {
    const test = await overBudget()
    await test.add('one', { group: 'night' })
    await test.add('two', { group: 'day' })
    const running = [await claim(test), await claim(test)]
    test.over.add('night')
    test.over.add('day')
    for (const each of running) await each.settle(waiting)
    expect(await test.queue.claim()).toBeUndefined()
    expect(test.queue.why('1').reasons).toEqual([
      { code: 'budget', message: `it waits for: budget, until ${until}; nothing left for night` },
    ])
    expect(test.queue.mayClaim()).toBe(false)
    test.over.delete('day')
    // Nothing else is queued: the loop claims only where this says that it may.
    expect(test.queue.mayClaim()).toBe(true)
    expect((await claim(test)).task).toMatchObject({ number: 2, attempt: 1, waiting_for: null })
    expect(test.store.resolve('1').status).toBe('waiting')
  })

  it('of another day lets those go on that wait for it', async () => {
    const test = await overBudget()
    await test.add('one')
    await attempt(test, waiting)
    test.over.add(null)
    test.setNow(new Date(until))
    test.over.delete(null)
    expect((await claim(test)).task).toMatchObject({ number: 1, attempt: 1 })
  })
})

test('what must be remembered of a task is kept before it is removed', async () => {
  const { store, settings, add } = await openQueue()
  const kept: string[] = []
  const queue = new Queue({
    store,
    settings: () => settings,
    beforeRemoval: async () => {
      kept.push(store.resolve('1').status)
    },
  })
  await add('one')
  await queue.cancel('1', { by: 'test', reason: null })
  await queue.remove('1')
  await add('two')
  expect(kept).toEqual(['cancelled'])
})
