import { describe, expect, onTestFinished, test } from 'vitest'
import { AgentLoop, type AgentLoopOptions, type LoopMoment } from '../../../src/daemon/agent/agent-loop.ts'
import { runAttempt } from '../../../src/daemon/agent/attempt.ts'
import type { AttemptParts } from '../../../src/daemon/agent/attempt-parts.ts'
import type { Model } from '../../../src/daemon/models/model.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openAgent, type TestAgent } from './open-agent.ts'
import { answers, call, calls, scriptedModel } from './scripted-model.ts'

interface TestLoop extends TestAgent {
  readonly loop: AgentLoop
  readonly moments: LoopMoment[]
  /** Resolves when this has been said. */
  said(kind: LoopMoment['kind'], times?: number): Promise<void>
}

const openLoop = async (
  model: Model,
  fields: Partial<AgentLoopOptions> = {},
  parts: Partial<AttemptParts> = {},
): Promise<TestLoop> => {
  const agent = await openAgent(model, parts)
  const moments: LoopMoment[] = []
  const watchers: (() => void)[] = []
  const loop = new AgentLoop({
    queue: agent.queue,
    store: agent.store,
    run: (attempt, hardStop) => runAttempt(attempt, agent.parts, hardStop),
    pollIntervalMs: () => 60_000,
    onMoment: (moment) => {
      moments.push(moment)
      for (const look of watchers) look()
    },
    log: agent.parts.log,
    ...fields,
  })
  onTestFinished(() => loop.stop({ timeoutMs: 0, now: true }))
  return {
    ...agent,
    loop,
    moments,
    said: (kind, times = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (moments.filter((moment) => moment.kind === kind).length >= times) resolve()
        }
        watchers.push(look)
        look()
      }),
  }
}

const endedTasks = (moments: readonly LoopMoment[]): Task[] =>
  moments.flatMap((moment) => (moment.kind === 'ended' ? [moment.task] : []))

describe('the agent loop', () => {
  test('takes up what waits when it starts, and what is added later at once', async () => {
    const agent = await openLoop(scriptedModel(() => answers('Hello')))
    await agent.add('One')
    expect(agent.loop.isOn).toBe(false)
    agent.loop.start()
    await agent.said('ended')
    await agent.add('Two')
    await agent.said('ended', 2)
    expect(agent.loop.isOn).toBe(true)
    expect(endedTasks(agent.moments).map(({ prompt, status }) => [prompt, status])).toEqual([
      ['One', 'completed'],
      ['Two', 'completed'],
    ])
  })

  test('runs as many attempts side by side as there are slots, and the next when one is free', async () => {
    const agent = await openLoop(
      scriptedModel((_nth, { prompt }) =>
        prompt.length === 2 ? calls(call('wait', {}, 'a')) : answers('Waited'),
      ),
    )
    for (const prompt of ['One', 'Two', 'Three']) await agent.add(prompt)
    agent.loop.start()
    await agent.started(2)
    expect(agent.queue.counts()).toMatchObject({ in_progress: 2, pending: 1 })
    agent.open()
    await agent.said('ended', 3)
    expect(agent.queue.counts()).toMatchObject({ completed: 3 })
  })

  test('runs many attempts side by side without a warning of a leak', async () => {
    const warnings: string[] = []
    const warned = ({ message }: Error): void => void warnings.push(message)
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const agent = await openLoop(
      scriptedModel((_nth, { prompt }) =>
        prompt.length === 2 ? calls(call('wait', {}, 'a')) : answers('Waited'),
      ),
    )
    Object.assign(agent.settings, { concurrency: 12 })
    for (let nth = 0; nth < 12; nth += 1) await agent.add('One')
    agent.loop.start()
    await agent.started(12)
    agent.open()
    await agent.said('ended', 12)
    expect(warnings).toEqual([])
  })

  test('goes on after an attempt that failed', async () => {
    const agent = await openLoop(scriptedModel([{ fail: new Error('boom') }, answers('Fine')]))
    agent.loop.start()
    await agent.add('One')
    await agent.said('ended')
    await agent.add('Two')
    await agent.said('ended', 2)
    expect(endedTasks(agent.moments).map(({ status }) => status)).toEqual(['failed', 'completed'])
  })

  test('starts a task when it comes due, without a poll', async () => {
    const agent = await openLoop(scriptedModel([answers('Hello')]))
    agent.loop.start()
    const added = await agent.add('Later', { at: new Date(Date.now() + 100).toISOString() })
    expect(added.status).toBe('scheduled')
    await agent.said('ended')
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(added.not_before ?? ''))
  })

  test('looks again after the poll interval where a claim could not be written', async () => {
    let claims = 0
    const agent = await openAgent(scriptedModel([answers('Hello')]))
    const failing: AgentLoopOptions['queue'] = {
      claim: () => {
        claims += 1
        return claims === 1 ? Promise.reject(new Error('disk full')) : agent.queue.claim()
      },
      mayClaim: () => true,
      nextDue: () => null,
    }
    await agent.add('One')
    const ended = new Promise<void>((resolve) => {
      const loop = new AgentLoop({
        queue: failing,
        store: agent.store,
        run: (attempt, hardStop) => runAttempt(attempt, agent.parts, hardStop),
        pollIntervalMs: () => 5,
        onMoment: ({ kind }) => kind === 'ended' && resolve(),
        log: agent.parts.log,
      })
      onTestFinished(() => loop.stop({ timeoutMs: 0 }))
      loop.start()
    })
    await ended
    expect(agent.queue.counts()).toMatchObject({ completed: 1 })
  })

  test('beats, and remembers when', async () => {
    const agent = await openLoop(scriptedModel([]), { heartbeatMs: 5 })
    expect(agent.loop.lastHeartbeat).toBeNull()
    agent.loop.start()
    await agent.said('heartbeat', 2)
    expect(Date.now() - (agent.loop.lastHeartbeat?.getTime() ?? 0)).toBeLessThan(5_000)
  })

  test('stops at a safe point and takes the task up again, first of all, when it starts', async () => {
    const twoCalls = calls(call('wait', {}, 'a'), call('strike', {}, 'b'))
    const agent = await openLoop(scriptedModel((nth) => (nth === 1 ? twoCalls : answers('Done.'))))
    await agent.add('Wait')
    agent.loop.start()
    await agent.started(1)
    const stopped = agent.loop.stop({ timeoutMs: 10_000 })
    await agent.add('Not now', { priority: 10 })
    agent.open()
    await stopped
    expect(agent.queue.counts()).toMatchObject({ in_progress: 0, pending: 2 })
    expect(agent.tally).toEqual(['wait'])
    agent.loop.start()
    await agent.said('ended', 3)
    expect(agent.moments.flatMap((moment) => (moment.kind === 'found' ? [moment.task.prompt] : []))).toEqual([
      'Wait',
      'Wait',
      'Not now',
    ])
    expect(agent.queue.counts()).toMatchObject({ completed: 2 })
    expect(agent.tally).toEqual(['wait', 'strike'])
  })

  test('interrupts what runs when its time is up, and at once when it is told to', async () => {
    for (const options of [{ timeoutMs: 20 }, { timeoutMs: 60_000, now: true }]) {
      const agent = await openLoop(scriptedModel([calls(call('wait', {}, 'a'))]))
      const { id } = await agent.add('Wait')
      agent.loop.start()
      await agent.started(1)
      await agent.loop.stop(options)
      expect(agent.store.task(id)?.status).toBe('pending')
      const result = (await agent.eventsOf({ id })).find(({ type }) => type === 'tool_result')
      expect(result?.data).toMatchObject({ status: 'interrupted' })
    }
  })

  test('ends a model call at once when it stops', async () => {
    const model = scriptedModel([{ hang: true }])
    const agent = await openLoop(model)
    const { id } = await agent.add('Think')
    agent.loop.start()
    await model.called(1)
    await agent.loop.stop({ timeoutMs: 60_000 })
    expect(agent.store.task(id)?.status).toBe('pending')
  })
})
