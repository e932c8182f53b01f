import { describe, expect, test } from 'vitest'
import { ModelFailure } from '../../../src/daemon/models/model-failure.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openAgent, told, type TestAgent } from './open-agent.ts'
import { answers, call, calls, scriptedModel, type Scripted } from './scripted-model.ts'

const limited = (retryAfterMs: number): Scripted => ({
  fail: new ModelFailure('model_rate_limited', 'too many requests', { retryable: true, retryAfterMs }),
})

/** Sets the clock of the queue to when the task goes on, and runs it. */
const goOn = (agent: TestAgent, { waiting_for, not_before }: Task): Promise<Task> => {
  agent.setNow(new Date(waiting_for?.until ?? not_before ?? ''))
  return agent.run()
}

describe('a provider that asks for more than a minute', () => {
  test('gets it: the task waits without a slot, and goes on after its last finished step', async () => {
    const model = scriptedModel([
      calls(call('strike', { what: 'x' }, 'a')),
      limited(61_000),
      answers('Done.'),
    ])
    const agent = await openAgent(model)
    await agent.add('Strike')
    const before = Date.now()
    const waiting = await agent.run()
    expect(waiting).toMatchObject({ status: 'waiting', attempt: 1, error: null })
    expect(waiting.waiting_for?.kind).toBe('rate_limit')
    const waitMs = Date.parse(waiting.waiting_for?.until ?? '') - before
    expect(waitMs).toBeGreaterThanOrEqual(61_000)
    expect(waitMs).toBeLessThan(71_000)

    const done = await goOn(agent, waiting)
    expect(done).toMatchObject({ status: 'completed', attempt: 1, usage: { model_calls: 2 } })
    expect(agent.tally).toEqual(['strike x'])
    expect(JSON.stringify(model.requests[2]?.prompt)).toContain('struck x')
  })

  test('and for exactly a minute is waited for in the slot', async () => {
    const agent = await openAgent(scriptedModel([limited(60_000), answers('Done.')]))
    await agent.add('Strike')
    expect(await agent.run()).toMatchObject({ status: 'completed' })
  })

  test('bit by bit gets it as well', async () => {
    const agent = await openAgent(scriptedModel(() => limited(30_000)))
    await agent.add('Strike')
    const waiting = await agent.run()
    expect(waiting).toMatchObject({ status: 'waiting', waiting_for: { kind: 'rate_limit' } })
    expect(told(await agent.eventsOf(waiting)).filter((line) => line.startsWith('error'))).toHaveLength(4)
  })

  test('ten times in a row without an answer has failed', async () => {
    const agent = await openAgent(scriptedModel(() => limited(3_600_000)))
    await agent.add('Strike')
    let task = await agent.run()
    const messages: string[] = []
    for (let nth = 2; task.status === 'waiting'; nth += 1) {
      expect(nth).toBeLessThan(12)
      task = await goOn(agent, task)
    }
    for (const event of await agent.eventsOf(task))
      if (event.type === 'status') messages.push(event.data.message)
    expect(messages.filter((message) => message.includes('for time 10 of 10 in a row'))).toHaveLength(1)
    expect(task).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'model_rate_limited', message: expect.stringContaining('has waited 10 times in a row') },
    })
  })

  test('for a year is asked again after a day', async () => {
    const agent = await openAgent(scriptedModel([limited(365 * 86_400_000)]))
    await agent.add('Strike')
    const { waiting_for } = await agent.run()
    expect(Date.parse(waiting_for?.until ?? '') - Date.now()).toBeLessThanOrEqual(86_400_000)
  })
})

describe('an attempt from which nothing comes', () => {
  const quick = { stallTimeoutMs: () => 200 }

  test('of a model is ended and tried again, three times in all', async () => {
    const agent = await openAgent(scriptedModel([{ hang: true }, { hang: true }, { hang: true }]), quick)
    await agent.add('Strike')
    const first = await agent.run()
    expect(first).toMatchObject({ status: 'pending', attempt: 2, max_attempts: 3 })
    expect(first.attempts[0]?.error).toMatchObject({
      code: 'stalled',
      message: expect.stringContaining('nothing has come from the model for 0.2 s'),
    })
    const last = await goOn(agent, await goOn(agent, first))
    expect(last).toMatchObject({ status: 'failed', attempt: 3, error: { code: 'stalled' } })
    expect(last.attempts.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed'])
  })

  test('of a tool is ended with it, and the next goes on from there', async () => {
    const model = scriptedModel([
      calls(call('strike', { what: 'x' }, 'a'), call('wait', {}, 'b')),
      answers('Done.'),
    ])
    const agent = await openAgent(model, quick)
    await agent.add('Strike')
    const first = await agent.run()
    expect(first.attempts[0]?.error?.message).toContain('nothing has come from wait for 0.2 s')
    expect(told(await agent.eventsOf(first)).slice(-2)).toEqual([
      expect.stringContaining('tool_result b interrupted'),
      'status pending',
    ])
    expect(await goOn(agent, first)).toMatchObject({ status: 'completed', attempt: 2 })
    expect(agent.tally).toEqual(['strike x', 'wait'])
    expect(JSON.stringify(model.requests[1]?.prompt)).toContain('interrupted: nothing has come from wait')
  })

  test('is none while the provider is waited for as it asked', async () => {
    const agent = await openAgent(scriptedModel([limited(2000), answers('Done.')]), {
      ...quick,
      retryTiming: {
        backoff: () => 1,
        wait: () =>
          new Promise((resolve) => {
            setTimeout(resolve, 700)
          }),
      },
    })
    await agent.add('Strike')
    expect(await agent.run()).toMatchObject({ status: 'completed', attempt: 1 })
  })
})

describe('an attempt that takes too long', () => {
  test('is tried again where the task asks for more, and does nothing twice', async () => {
    const model = scriptedModel([
      calls(call('strike', { what: 'x' }, 'a')),
      calls(call('wait', {}, 'b')),
      answers('Done.'),
    ])
    const agent = await openAgent(model)
    await agent.add('Strike', { timeout: 0.3, attempts: 2 })
    const first = await agent.run()
    expect(first).toMatchObject({ status: 'pending', attempts: [{ error: { code: 'limit_time' } }] })
    expect(await goOn(agent, first)).toMatchObject({ status: 'completed', attempt: 2 })
    expect(agent.tally).toEqual(['strike x', 'wait'])
  })

  test('is ended by the time that it has run over all its resumes', async () => {
    const hanging = scriptedModel(() => ({ hang: true }))
    const agent = await openAgent(hanging)
    await agent.add('Wait', { timeout: 0.4 })
    const attempt = await agent.claim()
    setTimeout(() => attempt.stop({ kind: 'shutdown' }), 250)
    await agent.finish(attempt)
    expect(agent.store.resolve('1')).toMatchObject({ status: 'pending', attempt: 1 })
    const startedMs = performance.now()
    expect(await agent.run()).toMatchObject({ status: 'failed', error: { code: 'limit_time' } })
    expect(performance.now() - startedMs).toBeLessThan(350)
  })
})

describe('a budget', () => {
  const until = '2030-01-02T00:00:00.000Z'

  test('that is used up between two steps parks the task, which goes on when there is one again', async () => {
    let isOver = false
    const model = scriptedModel([calls(call('strike', { what: 'x' }, 'a')), answers('Done.')])
    const asked: unknown[] = []
    const agent = await openAgent(model, {
      budgetStop: async (...what) => {
        asked.push(what)
        return isOver ? { kind: 'over', message: 'the daily budget is used up', until } : null
      },
    })
    agent.store.onAppend((events) => {
      if (events.some(({ type }) => type === 'tool_use')) isOver = true
    })
    await agent.add('Strike', { group: 'night' })
    const waiting = await agent.run()
    expect(waiting).toMatchObject({
      status: 'waiting',
      waiting_for: { kind: 'budget', until },
      usage: { model_calls: 1 },
    })
    expect(asked).toEqual([
      ['night', true],
      ['night', true],
    ])
    isOver = false
    agent.setNow(new Date(until))
    expect(await agent.run()).toMatchObject({ status: 'completed', attempt: 1 })
    expect(agent.tally).toEqual(['strike x'])
  })

  test('of money fails a task whose model has no known price', async () => {
    const model = scriptedModel([], { cost: () => null })
    const agent = await openAgent(model, {
      budgetStop: async (_group, isPriceKnown) =>
        isPriceKnown ? null : { kind: 'unpriced', message: 'the price is not known' },
    })
    await agent.add('Strike')
    expect(await agent.run()).toMatchObject({
      status: 'failed',
      error: { code: 'limit_cost', message: 'the price is not known', retryable: false },
    })
    expect(model.requests).toHaveLength(0)
  })
})
