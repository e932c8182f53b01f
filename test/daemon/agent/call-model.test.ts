import { describe, expect, test } from 'vitest'
import { ModelFailure } from '../../../src/daemon/models/model-failure.ts'
import { openAgent, told } from './open-agent.ts'
import { answers, scriptedModel } from './scripted-model.ts'

const overloaded = new ModelFailure('model_unavailable', 'the provider is overloaded (503)', {
  retryable: true,
})

describe('a model call that fails', () => {
  test('is tried again, shown, and its text starts anew', async () => {
    const model = scriptedModel([
      { deltas: ['Hel'], fail: overloaded },
      { deltas: ['Hello'], ...answers('Hello') },
    ])
    const agent = await openAgent(model)
    await agent.add('Greet')
    const task = await agent.run()
    expect(told(await agent.eventsOf(task)).slice(2)).toEqual([
      'progress 1',
      'error model_unavailable the provider is overloaded (503); trying again in 1 s (2 of 5)',
      'message Hello',
      'usage',
      'status completed',
    ])
    expect(agent.deltas.map(({ type, step, data }) => ({ type, step, ...data }))).toEqual([
      { type: 'message_delta', step: 1, text: 'Hel', offset: 0 },
      { type: 'message_delta', step: 1, text: 'Hello', offset: 0 },
    ])
    expect(task.usage.model_calls).toBe(1)
  })

  test('waits as long as the provider asks', async () => {
    const waits: number[] = []
    const limited = new ModelFailure('model_rate_limited', 'too many requests', {
      retryable: true,
      retryAfterMs: 7000,
    })
    const agent = await openAgent(scriptedModel([{ fail: limited }, answers('Hello')]), {
      retryTiming: {
        backoff: () => 1,
        wait: async (ms) => {
          waits.push(ms)
        },
      },
    })
    await agent.add('Greet')
    expect((await agent.run()).status).toBe('completed')
    expect(waits).toEqual([7000])
  })

  test('fails the task after five tries, and never completes it', async () => {
    const model = scriptedModel(() => ({ fail: overloaded }))
    const agent = await openAgent(model)
    await agent.add('Greet')
    const task = await agent.run()
    expect(model.requests).toHaveLength(5)
    expect(task).toMatchObject({
      status: 'failed',
      response_payload: null,
      error: {
        code: 'model_unavailable',
        message: expect.stringContaining('tried 5 times'),
        retryable: true,
      },
    })
  })

  test('is not tried again where that cannot help, and says what to do', async () => {
    const wrongKey = new ModelFailure('model_auth', 'the key was refused (401)', {
      retryable: false,
      hint: 'Set OPENAI_API_KEY to a valid key.',
    })
    const model = scriptedModel([{ fail: wrongKey }])
    const agent = await openAgent(model)
    await agent.add('Greet')
    const task = await agent.run()
    expect(model.requests).toHaveLength(1)
    expect(told(await agent.eventsOf(task)).slice(2)).toEqual(['progress 1', 'status failed'])
    expect(task.error).toEqual({
      code: 'model_auth',
      message: 'the key was refused (401). Set OPENAI_API_KEY to a valid key.',
      retryable: false,
    })
  })

  test('gives up waiting at once when the task is cancelled', async () => {
    const agent = await openAgent(scriptedModel([{ fail: overloaded }]), {
      retryTiming: {
        backoff: () => 50_000,
        wait: (_ms, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')))
          }),
      },
    })
    const { id } = await agent.add('Greet')
    agent.store.onAppend((events) => {
      if (events.some(({ type }) => type === 'error'))
        void agent.queue.cancel(id, { by: 'test', reason: null })
    })
    expect((await agent.run()).status).toBe('cancelled')
  })
})

test('a task whose model is not configured fails and says so', async () => {
  const agent = await openAgent(scriptedModel([]), {
    modelFor: () => Promise.reject(new ModelFailure('model_not_configured', 'no key', { retryable: false })),
  })
  await agent.add('Greet')
  expect((await agent.run()).error).toMatchObject({ code: 'model_not_configured', message: 'no key' })
})

test('a fault in a model is an internal failure, not a lost task', async () => {
  const agent = await openAgent(scriptedModel([{ fail: new TypeError('boom') }]))
  await agent.add('Greet')
  expect((await agent.run()).error).toMatchObject({
    code: 'internal',
    message: expect.stringContaining('boom'),
  })
})
