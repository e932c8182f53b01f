import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../../../src/protocol/event.ts'
import { runAttempt } from '../../../src/daemon/agent/attempt.ts'
import type { StopReason } from '../../../src/daemon/queue/running-attempt.ts'
import { eventsOf, openAgent, told, type TestAgent } from './open-agent.ts'
import { answers, call, calls, scriptedModel } from './scripted-model.ts'

const cancel: StopReason = { kind: 'cancel', by: 'test', reason: null }
const shutdown: StopReason = { kind: 'shutdown' }

/** What holds for the events of every attempt, whatever ended it. */
const expectWhole = (events: readonly StoredEvent[]): void => {
  const idsOf = (type: 'tool_use' | 'tool_result'): string[] =>
    events.flatMap((event) => (event.type === type ? [event.data.call_id] : [])).sort()
  expect(idsOf('tool_result')).toEqual(idsOf('tool_use'))
  const ends = events.filter((event) => event.type === 'status' && event.data.status !== 'in_progress')
  expect(ends).toHaveLength(1)
  expect(events.at(-1)).toBe(ends[0])
}

const script = [
  calls(
    call('look', { what: '1' }, 'a'),
    call('look', { what: '2' }, 'b'),
    call('strike', { what: 'x' }, 'c'),
  ),
  calls(call('strike', { what: 'y' }, 'd'), call('fly', {}, 'e')),
  answers('Done.'),
]

/** Runs the script's task and stops it at the nth moment that anything comes to pass. */
const stopAt = async (nth: number, reason: StopReason): Promise<{ agent: TestAgent; happened: number }> => {
  let happened = 0
  let stop = (): void => {}
  const happens = (): void => {
    happened += 1
    if (happened === nth) stop()
  }
  const scripted = scriptedModel(script)
  const agent = await openAgent({
    ...scripted,
    async *stream(request) {
      happens()
      await setImmediate()
      request.signal.throwIfAborted()
      for await (const part of scripted.stream(request)) {
        happens()
        yield part
      }
    },
  })
  await agent.add('Go')
  const attempt = await agent.claim()
  stop = () => attempt.stop(reason)
  const record = attempt.record.bind(attempt)
  Object.defineProperty(attempt, 'record', {
    value: async (drafts: Parameters<typeof record>[0]) => {
      happens()
      await record(drafts)
      happens()
    },
  })
  await runAttempt(attempt, agent.parts, new AbortController().signal)
  return { agent, happened }
}

describe('an attempt that is told to stop', () => {
  test('is cancelled whole at whatever moment that is', async () => {
    for (let nth = 1; ; nth += 1) {
      const { agent, happened } = await stopAt(nth, cancel)
      const [task] = (await agent.store.tasks({ limit: 1 })).tasks
      const events = await eventsOf(agent.store, { id: task?.id ?? '' })
      expectWhole(events)
      if (happened < nth) {
        expect(nth).toBeGreaterThan(10)
        expect(task?.status).toBe('completed')
        return
      }
      expect(task?.status).toBe('cancelled')
    }
  })

  test('is parked whole at whatever moment the daemon stops, and goes on without doing anything twice', async () => {
    for (let nth = 1; ; nth += 1) {
      const { agent, happened } = await stopAt(nth, shutdown)
      const [parked] = (await agent.store.tasks({ limit: 1 })).tasks
      expectWhole(await eventsOf(agent.store, { id: parked?.id ?? '' }))
      if (parked?.status === 'pending') await agent.run()
      const [task] = (await agent.store.tasks({ limit: 1 })).tasks
      expect(task).toMatchObject({ status: 'completed', response_payload: { answer: 'Done.' } })
      expect([...agent.tally].sort()).toEqual(['look 1', 'look 2', 'strike x', 'strike y'])
      if (happened < nth) return
    }
  })

  test('interrupts its calls at once when it is cancelled', async () => {
    const agent = await openAgent(scriptedModel([calls(call('wait', {}, 'a'), call('wait', {}, 'b'))]))
    const { id } = await agent.add('Wait')
    const running = agent.run()
    await agent.started(2)
    await agent.queue.cancel(id, { by: 'test', reason: 'enough' })
    const task = await running
    expect(task).toMatchObject({ status: 'cancelled', error: null })
    expect(told(await agent.eventsOf(task)).slice(-3)).toEqual([
      expect.stringMatching(/^tool_result [ab] interrupted "interrupted: the task was cancelled/),
      expect.stringMatching(/^tool_result [ab] interrupted/),
      'status cancelled',
    ])
  })

  test('does not wait for a tool that does not care', async () => {
    const agent = await openAgent(scriptedModel([calls(call('stuck', {}, 'a'))]))
    const { id } = await agent.add('Get stuck')
    const running = agent.run()
    await agent.started(1)
    const since = performance.now()
    await agent.queue.cancel(id, { by: 'test', reason: null })
    expect(performance.now() - since).toBeLessThan(2500)
    expect(told(await agent.eventsOf(await running)).slice(-2)).toEqual([
      expect.stringContaining('tool_result a interrupted'),
      'status cancelled',
    ])
  })

  test('lets a running call finish when the daemon stops, and starts no other', async () => {
    const model = scriptedModel([
      calls(call('wait', { what: '1' }, 'a'), call('strike', {}, 'b')),
      answers('Done.'),
    ])
    const agent = await openAgent(model)
    await agent.add('Wait')
    const attempt = await agent.claim()
    const running = runAttempt(attempt, agent.parts, new AbortController().signal)
    await agent.started(1)
    attempt.stop(shutdown)
    agent.open()
    await running
    expect(told(await agent.eventsOf(attempt.task)).slice(-3)).toEqual([
      'tool_result a ok "waited 1"',
      'progress 1',
      'status pending',
    ])
    expect((await agent.run()).status).toBe('completed')
    expect(agent.tally).toEqual(['wait 1', 'strike'])
  })

  test('ends a running call when the time of the stop is up', async () => {
    const agent = await openAgent(scriptedModel([calls(call('wait', {}, 'a'))]))
    await agent.add('Wait')
    const attempt = await agent.claim()
    const hardStop = new AbortController()
    const running = runAttempt(attempt, agent.parts, hardStop.signal)
    await agent.started(1)
    attempt.stop(shutdown)
    hardStop.abort()
    await running
    expect(told(await agent.eventsOf(attempt.task)).slice(-3)).toEqual([
      'tool_result a interrupted "interrupted: the daemon was stopped"',
      'progress 1',
      'status pending',
    ])
  })

  test('ends without throwing, and says so in the log, where its end cannot be written any more', async () => {
    const errors: string[] = []
    const agent = await openAgent(scriptedModel([calls(call('wait', {}, 'a'))]), {
      log: { info: () => {}, warn: () => {}, error: (_fields, message) => errors.push(message) },
    })
    await agent.add('Wait')
    const running = agent.run()
    await agent.started(1)
    await agent.store.close()
    agent.open()
    await running
    expect(errors).toEqual(['The end of an attempt could not be recorded'])
  })
})
