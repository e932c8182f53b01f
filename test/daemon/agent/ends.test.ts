import { describe, expect, test } from 'vitest'
import { openAgent, told } from './open-agent.ts'
import { answers, call, calls, scriptedModel } from './scripted-model.ts'

/** A model that never comes to an end, and never repeats itself. */
const tireless = () => scriptedModel((nth) => calls(call('look', { what: String(nth) })))

describe('limits', () => {
  test('stop a task after its steps', async () => {
    const model = tireless()
    const agent = await openAgent(model)
    await agent.add('Go on', { max_steps: 3 })
    const task = await agent.run()
    expect(model.requests).toHaveLength(3)
    expect(task.error).toEqual({
      code: 'limit_steps',
      message: 'the limit of 3 steps is used up; --max-steps raises it',
      retryable: false,
    })
    expect(told(await agent.eventsOf(task)).at(-2)).toMatch(/^tool_result/)
  })

  test('do not stop an answer that came in time', async () => {
    const agent = await openAgent(scriptedModel([answers('Done.')]))
    await agent.add('Go on', { max_steps: 1, max_tokens: 1, max_cost: 0.001 })
    expect((await agent.run()).status).toBe('completed')
  })

  test('stop a task after its tokens and after its money', async () => {
    const agent = await openAgent(tireless())
    await agent.add('Go on', { max_tokens: 31 })
    const byTokens = await agent.run()
    expect(byTokens.error).toMatchObject({
      code: 'limit_tokens',
      message: expect.stringContaining('45 used'),
    })
    await agent.add('Go on', { max_cost: 0.03 })
    const byCost = await agent.run()
    expect(byCost.usage.model_calls).toBe(2)
    expect(byCost.error).toMatchObject({
      code: 'limit_cost',
      message: expect.stringContaining('$0.03 spent'),
    })
  })

  test('refuse a limit of money where the price is not known, before anything is spent', async () => {
    const model = scriptedModel([], { cost: () => null })
    const agent = await openAgent(model)
    await agent.add('Go on', { max_cost: 1 })
    const task = await agent.run()
    expect(model.requests).toHaveLength(0)
    expect(task.error).toMatchObject({
      code: 'limit_cost',
      message: expect.stringContaining('price of this model is not known'),
    })
  })

  test('stop an attempt after its time, with the call that runs', async () => {
    const agent = await openAgent(scriptedModel([calls(call('wait', {}, 'a'))]))
    await agent.add('Wait', { timeout: 0.05 })
    const task = await agent.run()
    expect(task.error).toMatchObject({ code: 'limit_time', message: expect.stringContaining('--timeout') })
    expect(told(await agent.eventsOf(task)).slice(-2)).toEqual([
      expect.stringContaining('tool_result a interrupted'),
      'status failed',
    ])
  })
})

describe('a loop', () => {
  test('of the same call is warned of, then ends the task', async () => {
    const model = scriptedModel(() => calls(call('look', { what: 'up' })))
    const agent = await openAgent(model)
    await agent.add('Look')
    const task = await agent.run()
    expect(model.requests).toHaveLength(5)
    expect(JSON.stringify(model.requests[2]?.prompt)).not.toContain('times in a row')
    expect(JSON.stringify(model.requests[3]?.prompt)).toContain('3 times in a row')
    expect(task.error).toEqual({
      code: 'loop_detected',
      message: 'the task goes round in circles: look with {"what":"up"} was called 5 times in a row',
      retryable: false,
    })
  })

  test('of two calls in turn, with the same results, ends the task', async () => {
    const model = scriptedModel((nth) => calls(call('look', { what: nth % 2 === 0 ? 'up' : 'down' })))
    const agent = await openAgent(model)
    await agent.add('Look')
    expect((await agent.run()).error).toMatchObject({
      code: 'loop_detected',
      message: expect.stringContaining('8 times'),
    })
  })
})
