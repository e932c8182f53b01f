import { describe, expect, test } from 'vitest'
import { runAttempt } from '../../../src/daemon/agent/attempt.ts'
import { ModelFailure } from '../../../src/daemon/models/model-failure.ts'
import { Queue } from '../../../src/daemon/queue/queue.ts'
import type { AttemptDraft } from '../../../src/daemon/queue/running-attempt.ts'
import { delegate } from '../../../src/daemon/tools/delegate.ts'
import type { EventDraft } from '../../../src/protocol/event.ts'
import { isFinal, type Json } from '../../../src/protocol/task.ts'
import { allEvents } from '../../support/store-fixtures.ts'
import { eventsOf, told } from './open-agent.ts'
import { guide, openDelegation } from './open-delegation.ts'
import { answers, call, calls } from './scripted-model.ts'

const toInsights = { agent: 'liaison', pillar: 'insights', message: 'Look into it' }
const delegates = (input: Json = toInsights, callId = 'd') => calls(call('delegate', input, callId))

/** What a caller says when it takes up again what it has delegated. */
const noted: AttemptDraft = {
  type: 'progress',
  step: 1,
  data: { step: 1, max_steps: 50, note: 'delegated to task 2 (liaison/insights)' },
  private: { kind: 'noted', callId: 'd' },
}

describe('what is delegated', () => {
  test('is a task of its own, in the slot and with the settings of the one that delegates, and its answer is the result', async () => {
    const agent = await openDelegation({
      guide: [delegates(), answers('All is well.')],
      liaison: [calls(call('look', { what: 'x' }, 'a')), answers('Numbers are up.')],
    })
    await agent.add('What is up?', { group: 'g', priority: 3, environment: { AGENT_MODEL: 'test/other' } })
    const parent = await agent.run()
    expect(parent).toMatchObject({ status: 'completed', response_payload: { answer: 'All is well.' } })
    const child = agent.task(2)
    expect(child).toMatchObject({
      kind: 'agent',
      status: 'completed',
      agent: 'liaison',
      prompt: 'Look into it',
      parent_id: parent.id,
      cwd: parent.cwd,
      group: 'g',
      model: parent.model,
      response_payload: { answer: 'Numbers are up.' },
      request_payload: {
        pillar: 'insights',
        delegation: { call_id: 'd', depth: 1, with_history: false, read_only: false },
      },
    })
    expect(told(await agent.eventsOf(parent)).filter((line) => !line.startsWith('usage'))).toEqual([
      'task_added',
      'status in_progress',
      'progress 1',
      `tool_use d delegate ${JSON.stringify(toInsights)}`,
      'progress 1 delegated to task 2 (liaison/insights)',
      'tool_result d ok "Numbers are up."',
      'progress 2',
      'message All is well.',
      'status completed',
    ])
    expect(told(await agent.eventsOf(child)).slice(0, 5)).toEqual([
      'task_added',
      'status in_progress',
      'progress 1',
      'usage',
      'tool_use a look {"what":"x"}',
    ])
    expect(JSON.stringify(agent.askedAs('guide')[1]?.prompt)).toContain('Numbers are up.')
    expect(agent.tally).toEqual(['look x'])
    // Each model call is counted where it was made, and once.
    expect([parent, child].map(({ usage }) => [usage.model_calls, usage.total_tokens])).toEqual([
      [2, 30],
      [2, 30],
    ])
  })

  test('is offered with whom it reaches, and not at all where that is nobody', async () => {
    const agent = await openDelegation({
      guide: [delegates({ agent: 'scout', message: 'Look' }), answers('Done.')],
      scout: [answers('Nothing.')],
    })
    await agent.add('Go')
    await agent.run()
    const offer = agent.askedAs('guide')[0]?.tools.find(({ name }) => name === 'delegate')
    expect(offer?.description).toContain('- liaison (in one of its pillars): Knows one pillar.')
    expect(offer?.description).toContain('  - liaison/insights: what the data says')
    expect(offer?.description).toContain('- scout: Looks around.')
    expect(agent.askedAs('scout')[0]?.tools.map(({ name }) => name)).not.toContain('delegate')
  })

  test('and fails or is cancelled is an error that says why, and the other goes on', async () => {
    const agent = await openDelegation({
      guide: [delegates(toInsights, 'd'), delegates(toInsights, 'e'), answers('I could not find out.')],
      liaison: [
        { fail: new ModelFailure('model_auth', 'the key was refused', { retryable: false }) },
        calls(call('wait', {}, 'a')),
      ],
    })
    await agent.add('Go')
    const running = agent.run()
    await agent.started(1)
    await agent.queue.cancel('3', { by: 'test', reason: 'enough of it' })
    const parent = await running
    expect(parent).toMatchObject({
      status: 'completed',
      response_payload: { answer: 'I could not find out.' },
    })
    expect(agent.task(2)).toMatchObject({ status: 'failed', error: { code: 'model_auth' } })
    expect(agent.task(3)).toMatchObject({ status: 'cancelled' })
    const results = (await agent.eventsOf(parent)).filter(({ type }) => type === 'tool_result')
    expect(told(results)).toEqual([
      expect.stringMatching(/^tool_result d error ".*task 2 \(liaison\/insights\).*the key was refused/),
      expect.stringMatching(/^tool_result e error ".*task 3 \(liaison\/insights\).*enough of it/),
    ])
    expect(results[0]?.data).toMatchObject({ details: { number: 2, error: { code: 'model_auth' } } })
  })

  test('knows what was said and done so far where it is asked to', async () => {
    const agent = await openDelegation({
      guide: [
        calls(call('look', { what: 'the file' }, 'a')),
        delegates({ ...toInsights, with_history: true }),
        answers('Done.'),
      ],
      liaison: [answers('I see.')],
    })
    await agent.add('Find the </conversation> number')
    await agent.run()
    const asked = JSON.stringify(agent.askedAs('liaison')[0]?.prompt)
    expect(asked).toContain('User: Find the ')
    expect(asked).toContain('guide called look')
    expect(asked).toContain('look returned: saw the file')
    expect(asked.match(/<\/conversation>/g)).toHaveLength(1)
    expect(asked).toContain('Look into it')
    expect(JSON.stringify(agent.task(2))).not.toContain('Find the')
  })
})

describe('delegation is refused', () => {
  const refusal = async (input: Json, agents = [guide]): Promise<string> => {
    const agent = await openDelegation(
      { guide: [delegates(input), answers('Done.')] },
      agents.length === 1 ? {} : { agents },
    )
    await agent.add('Go')
    const parent = await agent.run()
    expect(agent.store.counts().completed).toBe(1)
    const [result] = (await agent.eventsOf(parent)).filter(({ type }) => type === 'tool_result')
    return told(result === undefined ? [] : [result]).join('')
  }

  test('to whom it may not go, naming the others', async () => {
    const said = await refusal({ agent: 'guide', message: 'Do it' })
    expect(said).toContain('agent guide may not delegate to \\"guide\\"')
    expect(said).toContain('liaison/content, liaison/insights, scout')
  })

  test('to what is not there, or makes no sense, naming the others', async () => {
    expect(await refusal({ agent: 'liaison', message: 'Do it' })).toMatch(
      /pillar is required for liaison agent.*liaison\/content, liaison\/insights, scout/,
    )
  })

  test('too deep', async () => {
    const deeper = delegates({ agent: 'liaison/content', message: 'You do it' })
    const agent = await openDelegation({
      guide: [deeper, answers('Done.')],
      liaison: [deeper, deeper, deeper, answers('I did it.'), answers('It did.'), answers('They did.')],
    })
    await agent.add('Go')
    expect(await agent.run()).toMatchObject({ status: 'completed' })
    expect([2, 3, 4].map((number) => agent.task(number).parent_id)).toEqual(
      [1, 2, 3].map((number) => agent.task(number).id),
    )
    expect(agent.store.counts().completed).toBe(4)
    expect(told(await agent.eventsOf(agent.task(4))).join('\n')).toContain(
      '3 deep, and may not be delegated further: do it yourself',
    )
  })
})

describe('limits reach down', () => {
  test('to what is left, and what was used counts for both', async () => {
    const look = (what: string) => calls(call('look', { what }, what))
    const agent = await openDelegation({
      guide: [look('1'), delegates(), look('2'), answers('Done.')],
      liaison: [look('a'), look('b'), answers('I see.')],
    })
    await agent.add('Go', { limits: { max_steps: 6, max_tokens: 1000, max_cost_usd: 5 } })
    const parent = await agent.run()
    // Two steps of its own, 15 tokens and 1.5 cents each, and one kept for its answer.
    expect(agent.task(2).limits).toMatchObject({ max_steps: 3, max_tokens: 970 })
    expect(agent.task(2).limits.max_cost_usd).toBeCloseTo(4.97)
    expect(agent.task(2).status).toBe('completed')
    expect(parent).toMatchObject({
      status: 'failed',
      error: { code: 'limit_steps' },
      usage: { model_calls: 3 },
    })
  })

  test('and where nothing is left, nothing is delegated', async () => {
    const agent = await openDelegation({ guide: [delegates(), answers('I did it myself.')] })
    await agent.add('Go', { max_steps: 2 })
    const parent = await agent.run()
    expect(parent).toMatchObject({ status: 'completed' })
    expect(told(await agent.eventsOf(parent)).join('\n')).toContain('too little is left of this task')
  })

  test('as do permissions', async () => {
    const seen: string[] = []
    const agent = await openDelegation(
      {
        guide: [delegates({ agent: 'liaison/content', message: 'x' }), answers('Done.')],
        liaison: [answers('Done.')],
      },
      {
        agents: [
          { ...guide, permissions: 'read-only' },
          { ...guide, name: 'liaison', pillars: ['content'] },
        ],
        fields: {
          tools: async (task, { name, permissions }) => {
            seen.push(`${task.number} ${name} ${permissions}`)
            return { tools: [delegate], problems: [] }
          },
        },
      },
    )
    await agent.add('Go')
    expect(await agent.run()).toMatchObject({ status: 'completed' })
    expect(seen).toEqual(['1 guide read-only', '2 liaison read-only'])
  })
})

describe('while it waits', () => {
  test('for a rate limit or its next attempt, the one that delegates waits with it, and has not stalled', async () => {
    const agent = await openDelegation(
      {
        guide: [delegates(), answers('Done.')],
        liaison: [
          {
            fail: new ModelFailure('model_rate_limited', 'slow down', {
              retryable: true,
              retryAfterMs: 61_000,
            }),
          },
          { fail: new ModelFailure('model_unavailable', 'out', { retryable: false }) },
          answers('I see.'),
        ],
      },
      { fields: { stallTimeoutMs: () => 100 } },
    )
    await agent.add('Go')
    const seen: string[] = []
    const waits = new Promise<void>((resolve) => {
      agent.store.onAppend((events) => {
        for (const { type, data, task_id } of events) {
          if (type !== 'status' || agent.store.task(task_id ?? '')?.number !== 2) continue
          seen.push(data.status)
          if (data.status === 'waiting') resolve()
        }
      })
    })
    const running = agent.run()
    await waits
    // Long enough for it to have stalled, were it not known what it waits for.
    await new Promise((resolve) => {
      setTimeout(resolve, 300)
    })
    expect(agent.task(1).status).toBe('in_progress')
    agent.setNow(new Date(Date.now() + 62_000))
    expect(await agent.queue.claim()).toBeUndefined()
    expect(await running).toMatchObject({ status: 'completed', attempt: 1 })
    expect(seen.slice(0, 3)).toEqual(['in_progress', 'waiting', 'pending'])
    expect(agent.task(2)).toMatchObject({ status: 'failed' })
  })
})

describe('the end of the one that delegates', () => {
  test('by a cancel is the end of both: the running call first, then what was delegated, then the other', async () => {
    const agent = await openDelegation({
      guide: [delegates()],
      liaison: [calls(call('wait', {}, 'a'))],
    })
    await agent.add('Go')
    const running = agent.run()
    await agent.started(1)
    await agent.queue.cancel('1', { by: 'test', reason: 'enough' })
    const parent = await running
    const child = agent.task(2)
    expect([parent.status, child.status]).toEqual(['cancelled', 'cancelled'])
    expect(child.last_seq).toBeLessThan(parent.last_seq)
    expect(told(await agent.eventsOf(child)).slice(-2)).toEqual([
      expect.stringContaining('tool_result a interrupted'),
      'status cancelled',
    ])
    expect(told(await agent.eventsOf(parent)).slice(-2)).toEqual([
      expect.stringContaining('tool_result d interrupted'),
      'status cancelled',
    ])
  })

  test('by its time limit ends what was delegated, and its next attempt begins another', async () => {
    const agent = await openDelegation({
      guide: [delegates(toInsights, 'd'), answers('Never mind.')],
      liaison: [calls(call('wait', {}, 'a'))],
    })
    await agent.add('Go', { timeout: 0.3, attempts: 2 })
    const first = await agent.run()
    expect(first).toMatchObject({
      status: 'pending',
      attempt: 2,
      attempts: [{ error: { code: 'limit_time' } }],
    })
    expect(agent.task(2)).toMatchObject({ status: 'failed', error: { code: 'limit_time' } })
    agent.setNow(new Date(first.not_before ?? ''))
    expect(await agent.run()).toMatchObject({ status: 'completed' })
    expect(agent.store.active()).toEqual([])
  })

  test('does not wait for a tool of what was delegated that does not care', async () => {
    const agent = await openDelegation({ guide: [delegates()], liaison: [calls(call('stuck', {}, 'a'))] })
    await agent.add('Go')
    const running = agent.run()
    await agent.started(1)
    const since = performance.now()
    await agent.queue.cancel('1', { by: 'test', reason: null })
    expect(performance.now() - since).toBeLessThan(2_700)
    await running
    expect(agent.task(2).status).toBe('cancelled')
  })
})

describe('a stop of the daemon', () => {
  test('parks both, and the next start takes the same task up again after its last finished step', async () => {
    const agent = await openDelegation({
      guide: [delegates({ ...toInsights, with_history: true }), answers('Done.')],
      liaison: [
        calls(call('strike', { what: '1' }, 'a'), call('wait', {}, 'b'), call('strike', { what: '2' }, 'c')),
        answers('I see.'),
      ],
    })
    await agent.add('Go')
    const attempt = await agent.claim()
    const running = runAttempt(attempt, agent.parts, new AbortController().signal)
    await agent.started(2)
    attempt.stop({ kind: 'shutdown' })
    agent.open()
    await running
    expect([1, 2].map((number) => agent.task(number).status)).toEqual(['pending', 'pending'])
    expect(told(await agent.eventsOf(agent.task(1))).slice(-2)).toEqual(['progress 1', 'status pending'])
    expect(agent.queue.why('2').reasons).toEqual([
      { code: 'parent', message: 'it is a part of task 1, and runs when that does' },
    ])
    const parent = await agent.run()
    expect(parent).toMatchObject({ status: 'completed', attempt: 1 })
    expect(agent.tally).toEqual(['strike 1', 'wait', 'strike 2'])
    expect(agent.store.counts().completed).toBe(2)
    expect(JSON.stringify(agent.askedAs('liaison')[1]?.prompt.slice(0, 2))).toEqual(
      JSON.stringify(agent.askedAs('liaison')[0]?.prompt),
    )
    const uses = (await eventsOf(agent.store, parent)).filter(({ type }) => type === 'tool_use')
    expect(uses).toHaveLength(1)
  })
})

describe('what was delegated and waits when the daemon stops', () => {
  test('waits on, and its caller takes it up again with the next start', async () => {
    const limited = new ModelFailure('model_rate_limited', 'slow down', {
      retryable: true,
      retryAfterMs: 61_000,
    })
    const agent = await openDelegation({
      guide: [delegates(), answers('Done.')],
      liaison: [{ fail: limited }, answers('I see.')],
    })
    await agent.add('Go')
    const attempt = await agent.claim()
    agent.store.onAppend((events) => {
      if (events.some(({ type, data }) => type === 'status' && data.status === 'waiting')) {
        attempt.stop({ kind: 'shutdown' })
      }
    })
    await agent.finish(attempt)
    expect([1, 2].map((number) => agent.task(number).status)).toEqual(['pending', 'waiting'])
    agent.setNow(new Date(Date.now() + 62_000))
    expect(await agent.run()).toMatchObject({ status: 'completed', attempt: 1 })
    expect(agent.task(2)).toMatchObject({ status: 'completed', attempt: 1 })
  })
})

describe('what was delegated and ends the daemon each time', () => {
  test('is given up itself, while its caller goes on', async () => {
    const agent = await openDelegation({
      guide: [delegates(), answers('It could not be done.')],
      liaison: [{ hang: true }],
    })
    await agent.add('Go')
    const first = await agent.claim()
    void agent.finish(first)
    await agent.model.called(2)
    let queue = agent.queue
    for (let kill = 0; kill < 11; kill += 1) {
      // The attempts of the daemon that was killed are nobody's any more.
      queue = new Queue({ store: agent.store, settings: () => agent.settings })
      await queue.recover()
      if (kill === 10) break
      const parent = await queue.claim()
      await parent?.record([noted])
      await queue.claimDelegated(agent.task(2).id)
    }
    const parent = await queue.claim()
    if (parent === undefined) throw new Error('expected the caller to be claimed')
    await runAttempt(parent, { ...agent.parts, queue }, new AbortController().signal)
    expect(agent.task(2)).toMatchObject({ status: 'failed', error: { code: 'internal' } })
    expect(agent.task(1)).toMatchObject({ response_payload: { answer: 'It could not be done.' } })
  })
})

describe('a daemon', () => {
  const scripts = {
    guide: [
      calls(call('strike', { what: '0' }, 'a')),
      delegates({ ...toInsights, with_history: true }),
      answers('Done.'),
    ],
    liaison: [
      calls(call('strike', { what: '1' }, 'a'), call('look', { what: '2' }, 'b')),
      delegates({ agent: 'scout', message: 'Look around' }, 'c'),
      answers('I see.'),
    ],
    scout: [calls(call('look', { what: '3' }, 'a')), answers('Nothing.')],
  }

  test('that is killed at whatever moment: there is one task of each call, nothing finished is done again, and the answer is the same', async () => {
    const whole = await openDelegation(scripts, { bySpeech: true })
    await whole.add('Go', { max_steps: 20 })
    await whole.run()
    const all = await allEvents(whole.store)
    const prompts = new Set(whole.model.requests.map(({ prompt }) => JSON.stringify(prompt)))
    const from = all.findIndex(({ type }) => type === 'progress')
    expect(all.length - from).toBeGreaterThan(30)
    for (let length = from; length < all.length; length += 1) {
      const agent = await openDelegation(scripts, { bySpeech: true })
      const prefix = all.slice(0, length)
      await agent.store.append(() =>
        prefix.map(({ v: _v, seq: _seq, ts: _ts, ...draft }) => draft as EventDraft),
      )
      await agent.queue.recover()
      const parent = await agent.run()
      expect([length, parent.status, parent.response_payload?.answer]).toEqual([length, 'completed', 'Done.'])
      expect([2, 3].map((number) => agent.task(number).status)).toEqual(['completed', 'completed'])
      expect(agent.store.counts()).toMatchObject({ completed: 3, pending: 0, cancelled: 0 })
      const events = await allEvents(agent.store)
      const idsOf = (type: 'tool_use' | 'tool_result'): string[] =>
        events
          .flatMap((event) => (event.type === type ? [`${event.task_id} ${event.data.call_id}`] : []))
          .sort()
      expect(idsOf('tool_use')).toEqual(idsOf('tool_result'))
      expect(idsOf('tool_use')).toEqual([...new Set(idsOf('tool_use'))])
      expect(new Set(agent.tally).size).toBe(agent.tally.length)
      const lost = events.filter(
        (event) => event.type === 'tool_result' && event.data.status === 'interrupted',
      )
      expect(lost.every((event) => event.type === 'tool_result' && event.data.name === 'strike')).toBe(true)
      // What the models are asked is what they would have been asked, so with_history is the same too.
      if (lost.length > 0) continue
      expect(agent.model.requests.filter(({ prompt }) => !prompts.has(JSON.stringify(prompt)))).toEqual([])
    }
  })

  test('that is stopped at whatever moment parks all of them, or lets them end, and goes on', async () => {
    for (let nth = 3; ; nth += 1) {
      const agent = await openDelegation(scripts, { bySpeech: true })
      await agent.add('Go', { max_steps: 20 })
      const attempt = await agent.claim()
      let batches = 0
      agent.store.onAppend(() => {
        batches += 1
        if (batches === nth) attempt.stop({ kind: 'shutdown' })
      })
      await agent.finish(attempt)
      const tasks = (await agent.store.tasks({ limit: 9 })).tasks
      expect(tasks.every(({ status }) => status === 'pending' || status === 'completed')).toBe(true)
      if (batches < nth) return
      if (agent.task(1).status === 'pending') await agent.run()
      expect(agent.store.counts()).toMatchObject({ completed: 3, pending: 0 })
      expect([...agent.tally].sort()).toEqual(['look 2', 'look 3', 'strike 0', 'strike 1'])
      expect(agent.model.requests).toHaveLength(8)
    }
  })

  test('in which the caller is cancelled at whatever moment is left with nothing that runs, and no call without its result', async () => {
    for (let nth = 2; ; nth += 1) {
      const agent = await openDelegation(scripts, { bySpeech: true })
      await agent.add('Go', { max_steps: 20 })
      const attempt = await agent.claim()
      let batches = 0
      let cancelled: Promise<unknown> = Promise.resolve()
      agent.store.onAppend(() => {
        batches += 1
        if (batches === nth) cancelled = agent.queue.cancel('1', { by: 'test', reason: null }).catch(() => {})
      })
      await agent.finish(attempt)
      await cancelled
      expect(agent.store.active()).toEqual([])
      const events = await allEvents(agent.store)
      const idsOf = (type: 'tool_use' | 'tool_result'): string[] =>
        events
          .flatMap((event) => (event.type === type ? [`${event.task_id} ${event.data.call_id}`] : []))
          .sort()
      expect(idsOf('tool_use')).toEqual(idsOf('tool_result'))
      const ends = events.filter(({ type, data }) => type === 'status' && isFinal(data.status))
      expect(new Set(ends.map(({ task_id }) => task_id)).size).toBe(ends.length)
      if (batches < nth) return
      expect(agent.task(1).status).not.toBe('failed')
    }
  })
})
