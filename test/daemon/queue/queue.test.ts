import { describe, expect, it } from 'vitest'
import { Queue } from '../../../src/daemon/queue/queue.ts'
import type { RunningAttempt } from '../../../src/daemon/queue/running-attempt.ts'
import type { StoredEvent } from '../../../src/protocol/event.ts'
import { addTaskBody } from '../../../src/protocol/new-task.ts'
import { openQueue, statusesOf, type TestQueue } from '../../support/queue.ts'

const claim = async ({ queue }: TestQueue): Promise<RunningAttempt> => {
  const attempt = await queue.claim()
  if (attempt === undefined) throw new Error('expected a task to claim, found none')
  return attempt
}

const complete = (attempt: RunningAttempt): Promise<void> =>
  attempt.settle({ kind: 'completed', answer: 'yes', data: null })

const failed = { code: 'internal', message: 'no', retryable: false } as const

describe('add', () => {
  it('numbers tasks from 1 and returns them as they stand', async () => {
    const { add, settings } = await openQueue()
    const [first, second] = [await add('one'), await add('two')]
    expect([first.number, second.number]).toEqual([1, 2])
    expect(first).toMatchObject({
      status: 'pending',
      prompt: 'one',
      cwd: settings.taskDefaults.cwd,
      attempt: 1,
      first_seq: 1,
      last_seq: 1,
    })
  })

  it('returns the task that is there for an id that is there', async () => {
    const { add } = await openQueue()
    const id = '01980000-0000-7000-8000-000000000001'
    const first = await add('one', { id })
    expect(await add('another prompt', { id })).toEqual(first)
  })

  it('with dedupe returns the unfinished task with equal agent, cwd, prompt and context', async () => {
    const test = await openQueue()
    const first = await test.add('one', { context: { a: 1 } })
    expect((await test.add('one', { context: { a: 1 }, dedupe: true })).id).toBe(first.id)
    expect((await test.add('one', { context: { a: 2 }, dedupe: true })).id).not.toBe(first.id)
    const other = await test.add('one', { context: { a: 1 }, pillar: 'insights', dedupe: true })
    expect(other.id).not.toBe(first.id)
    const said = await test.add('one', { context: { a: 1 }, conversation_id: 'c', dedupe: true })
    expect(said.id).not.toBe(first.id)
    expect((await test.add('one', { context: { a: 1 }, conversation_id: 'c', dedupe: true })).id).toBe(
      said.id,
    )
    await test.queue.cancel(first.id, { by: 'test', reason: null })
    expect((await test.add('one', { context: { a: 1 }, dedupe: true })).id).not.toBe(first.id)
  })

  it('with dedupe tells one workflow from another, and a simulation from the real thing', async () => {
    const { queue } = await openQueue()
    const run = (workflow: string, simulate: boolean) =>
      queue.add(addTaskBody.parse({ prompt: 'one', dedupe: true }), {
        kind: 'workflow',
        payload: { workflow, input: 'one', simulate },
      })
    const first = await run('search', false)
    expect((await run('search', false)).id).toBe(first.id)
    expect((await run('day-plan', false)).id).not.toBe(first.id)
    expect((await run('search', true)).id).not.toBe(first.id)
  })

  it('is blocked by what it comes after, scheduled by its time', async () => {
    const { add } = await openQueue()
    const first = await add('one')
    expect((await add('two', { after: [first.number] })).status).toBe('blocked')
    expect((await add('three', { at: '1h' })).status).toBe('scheduled')
  })

  it('refuses a dependency or a folder that is not there, and adds nothing', async () => {
    const { add, store } = await openQueue()
    await expect(add('x', { after: ['99'] })).rejects.toMatchObject({ code: 'not_found' })
    await expect(add('x', { cwd: '/no/such/folder' })).rejects.toMatchObject({ code: 'usage' })
    await expect(add('x', { cwd: 'relative' })).rejects.toMatchObject({ code: 'usage' })
    expect(store.lastSeq).toBe(0)
  })
})

describe('claim', () => {
  it('takes each task once, up to the number of slots', async () => {
    const test = await openQueue({ concurrency: 2 })
    for (const prompt of ['one', 'two', 'three']) await test.add(prompt)
    const attempts = await Promise.all([test.queue.claim(), test.queue.claim(), test.queue.claim()])
    expect(attempts.map((attempt) => attempt?.task.number)).toEqual([1, 2, undefined])
    expect(attempts[0]?.task.status).toBe('in_progress')
  })

  it('lets a scheduled task start by way of pending when its time has come', async () => {
    const test = await openQueue()
    const task = await test.add('later', { at: '1h' })
    expect(await test.queue.claim()).toBeUndefined()
    expect(test.queue.nextDue()?.toISOString()).toBe(task.not_before)
    test.setNow(new Date(Date.now() + 3_700_000))
    await complete(await claim(test))
    expect(await statusesOf(test.store, task)).toEqual(['scheduled', 'pending', 'in_progress', 'completed'])
  })

  it('is worth trying only while something has come due or may start', async () => {
    const test = await openQueue({ concurrency: 1 })
    expect(test.queue.mayClaim()).toBe(false)
    await test.add('later', { at: '1h' })
    expect(test.queue.mayClaim()).toBe(false)
    test.setNow(new Date(Date.now() + 3_700_000))
    expect(test.queue.mayClaim()).toBe(true)
    const attempt = await claim(test)
    await test.add('no slot')
    expect(test.queue.mayClaim()).toBe(false)
    await complete(attempt)
    expect(test.queue.mayClaim()).toBe(true)
    await test.queue.setPaused(true)
    expect(test.queue.mayClaim()).toBe(false)
  })

  it('is worth trying when a budget that a task waits for has been raised', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const used = { message: 'the daily budget of 1 step is used up', until }
    let over: typeof used | null = used
    const test = await openQueue({
      budgets: { over: (group) => (group === 'night' ? over : null), reset: null },
    })
    over = null
    const task = await test.add('much to do', { group: 'night' })
    const attempt = await claim(test)
    over = used
    await attempt.settle({ kind: 'waiting', for: 'budget', until, message: used.message })
    expect(test.queue.why(task.id).reasons).toEqual([
      {
        code: 'budget',
        message: `it waits for: budget, until ${until}; the daily budget of 1 step is used up`,
      },
    ])
    expect(test.queue.mayClaim()).toBe(false)
    over = null
    expect(test.queue.mayClaim()).toBe(true)
    expect((await claim(test)).task.id).toBe(task.id)
  })

  it('starts a dependant after its dependency has completed', async () => {
    const test = await openQueue()
    const first = await test.add('one')
    const second = await test.add('two', { after: [first.id] })
    const attempt = await claim(test)
    expect(await test.queue.claim()).toBeUndefined()
    await complete(attempt)
    expect((await claim(test)).task.id).toBe(second.id)
  })
})

describe('settle', () => {
  it('fails what waits for a failed task, and what waits for that', async () => {
    const test = await openQueue()
    const first = await test.add('one')
    const second = await test.add('two', { after: [first.id] })
    const third = await test.add('three', { after: [second.id] })
    await (await claim(test)).settle({ kind: 'failed', error: failed })
    for (const { id } of [second, third]) {
      expect(test.store.task(id)).toMatchObject({ status: 'failed', error: { code: 'dependency_failed' } })
    }
  })

  it('starts another attempt after a failure that may pass, while attempts are left', async () => {
    const test = await openQueue()
    const task = await test.add('flaky', { attempts: 2 })
    const retryable = { code: 'model_unavailable', message: 'down', retryable: true } as const
    await (await claim(test)).settle({ kind: 'failed', error: retryable })
    expect(test.store.task(task.id)).toMatchObject({ status: 'pending', attempt: 2 })
    test.setNow(new Date(Date.now() + 600_000))
    await (await claim(test)).settle({ kind: 'failed', error: retryable })
    expect(test.store.task(task.id)).toMatchObject({ status: 'failed', attempt: 2, error: retryable })
  })

  it('parks an attempt first in line', async () => {
    const test = await openQueue({ concurrency: 1 })
    await test.add('one')
    await test.add('urgent', { priority: 9 })
    const urgent = await claim(test)
    expect(urgent.task.number).toBe(2)
    await urgent.settle({ kind: 'parked', message: 'stopped' })
    await test.add('more urgent', { priority: 99 })
    expect((await claim(test)).task.number).toBe(2)
  })
})

describe('cancel', () => {
  it('tells a running attempt to stop and resolves when it has settled', async () => {
    const test = await openQueue()
    const task = await test.add('one')
    const attempt = await claim(test)
    attempt.signal.addEventListener('abort', () => void attempt.settle({ kind: 'cancelled', reason: null }))
    expect((await test.queue.cancel(task.id, { by: 'test', reason: null })).status).toBe('cancelled')
    expect(attempt.signal.reason).toMatchObject({ kind: 'cancel' })
    expect(await statusesOf(test.store, task)).toEqual(['pending', 'in_progress', 'cancelled'])
  })

  it('wins over a claim at the same moment, whichever comes first', async () => {
    for (let round = 0; round < 20; round += 1) {
      const test = await openQueue()
      const task = await test.add('one')
      const [attempt] = await Promise.all([
        test.queue.claim().then((claimed) => {
          claimed?.signal.addEventListener(
            'abort',
            () => void claimed.settle({ kind: 'cancelled', reason: null }),
          )
          if (claimed?.signal.aborted === true) void claimed.settle({ kind: 'cancelled', reason: null })
          return claimed
        }),
        test.queue.cancel(task.id, { by: 'test', reason: null }),
      ])
      await attempt?.settled
      expect(test.store.task(task.id)?.status).toBe('cancelled')
    }
  })

  it('refuses what is final, naming both states', async () => {
    const test = await openQueue()
    const task = await test.add('one')
    await complete(await claim(test))
    await expect(test.queue.cancel(task.id, { by: 'test', reason: null })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/completed.*cancelled/),
    })
  })
})

describe('cancel of what a dead daemon left', () => {
  it('gives the calls that were open their results, and is the last event', async () => {
    const test = await openQueue()
    const task = await test.add('one')
    const attempt = await claim(test)
    await attempt.record([
      { type: 'tool_use', step: 1, data: { call_id: 'a', name: 'run_command', args: {} } },
    ])
    await test.queue.recover()
    const afterRestart = new Queue({ store: test.store, settings: () => test.settings })
    await afterRestart.cancel(task.id, { by: 'test', reason: null })
    const events: StoredEvent[] = []
    for await (const chunk of test.store.events({ after: 0, taskId: task.id })) events.push(...chunk)
    expect(events.slice(-2)).toMatchObject([
      { type: 'tool_result', step: 1, data: { call_id: 'a', name: 'run_command', status: 'interrupted' } },
      { type: 'status', data: { status: 'cancelled' } },
    ])
  })
})

describe('retry', () => {
  it('starts a finished task afresh as its next attempt', async () => {
    const test = await openQueue()
    const task = await test.add('one', { model: 'openai/gpt-x' })
    await (await claim(test)).settle({ kind: 'failed', error: failed })
    expect(await test.queue.retry(task.id)).toMatchObject({
      status: 'pending',
      attempt: 2,
      model: 'openai/gpt-x',
      error: null,
      started_at: null,
      finished_at: null,
      usage: { model_calls: 0 },
    })
  })

  it('refuses what is not finished', async () => {
    const test = await openQueue()
    const task = await test.add('one')
    await expect(test.queue.retry(task.id)).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('pause and resume', () => {
  it('keeps a task from starting and lets it go on', async () => {
    const test = await openQueue()
    const task = await test.add('one')
    expect((await test.queue.pause('1')).status).toBe('paused')
    expect(await test.queue.claim()).toBeUndefined()
    expect(test.queue.why('1').reasons.map(({ code }) => code)).toEqual(['paused'])
    expect((await test.queue.resume('1')).status).toBe('pending')
    expect((await claim(test)).task.id).toBe(task.id)
    await expect(test.queue.pause('1')).rejects.toMatchObject({ code: 'conflict' })
  })

  it('of the whole queue is durable and stops claims only', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.queue.setPaused(true)
    expect(test.queue.paused).toBe(true)
    expect(await test.queue.claim()).toBeUndefined()
    await test.queue.setPaused(false)
    expect(await test.queue.claim()).toBeDefined()
  })
})

describe('edit', () => {
  it('changes what has not started, and its status with it', async () => {
    const test = await openQueue()
    const first = await test.add('one')
    await test.add('two')
    const edited = await test.queue.edit('2', { id: '2', prompt: 'new', priority: 3, after: [first.id] })
    expect(edited).toMatchObject({ prompt: 'new', priority: 3, status: 'blocked', depends_on: [first.id] })
    expect(edited.request_payload.prompt).toBe('new')
  })

  it('changes what a workflow works on, too', async () => {
    const { queue } = await openQueue()
    const { id } = await queue.add(addTaskBody.parse({ prompt: 'old' }), {
      kind: 'workflow',
      payload: { workflow: 'search', input: 'old', simulate: false },
    })
    const { request_payload: payload } = await queue.edit(id, { id, prompt: 'new' })
    expect(payload).toMatchObject({ prompt: 'new', workflow: 'search', input: 'new', simulate: false })
  })

  it('refuses a cycle, a task that has started, and nothing to change', async () => {
    const test = await openQueue()
    await test.add('one')
    await test.add('two', { after: ['1'] })
    await expect(test.queue.edit('1', { id: '1', after: ['2'] })).rejects.toMatchObject({ code: 'conflict' })
    await expect(test.queue.edit('1', { id: '1' })).rejects.toMatchObject({ code: 'usage' })
    await claim(test)
    await expect(test.queue.edit('1', { id: '1', prompt: 'x' })).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('remove and clear', () => {
  it('remove only what is finished, and never reuse a number', async () => {
    const test = await openQueue()
    await test.add('one')
    await expect(test.queue.remove('1')).rejects.toMatchObject({ code: 'conflict' })
    await test.queue.cancel('1', { by: 'test', reason: null })
    await test.queue.remove('1')
    expect(() => test.store.resolve('1')).toThrow(expect.objectContaining({ code: 'not_found' }))
    expect((await test.add('two')).number).toBe(2)
  })

  it('clears what the filter fits', async () => {
    const test = await openQueue()
    for (const prompt of ['one', 'two', 'three']) await test.add(prompt)
    await complete(await claim(test))
    await test.queue.cancel('2', { by: 'test', reason: null })
    expect(await test.queue.clear({ statuses: new Set(['cancelled']) })).toEqual({ removed: 1 })
    expect(await test.queue.clear({})).toEqual({ removed: 1 })
    expect(test.queue.counts()).toMatchObject({ pending: 1, completed: 0, cancelled: 0 })
  })
})

describe('recover', () => {
  it('takes back what a dead daemon left in progress', async () => {
    const test = await openQueue()
    const task = await test.add('one')
    await claim(test)
    expect((await test.queue.recover()).map(({ id }) => id)).toEqual([task.id])
    expect(test.store.task(task.id)).toMatchObject({ status: 'pending', attempt: 1 })
  })
})
