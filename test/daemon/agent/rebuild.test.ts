import { describe, expect, test } from 'vitest'
import type { EventDraft, StoredEvent } from '../../../src/protocol/event.ts'
import { openAgent, told, type TestAgent } from './open-agent.ts'
import { answers, call, calls, reply, scriptedModel, text } from './scripted-model.ts'
import type { Scripted } from './scripted-model.ts'

const script: readonly Scripted[] = [
  calls(
    call('look', { what: '1' }, 'a'),
    call('look', { what: '2' }, 'b'),
    call('strike', { what: 'x' }, 'c'),
  ),
  reply([text('Half')], 'length'),
  calls(call('put', { what: 'y' }, 'd'), call('fly', {}, 'a'), call('look', { what: '3' }, 'a')),
  answers('Done.'),
]

/** Says what comes next in the script, by what the conversation already has. */
const bySpeech = () =>
  scriptedModel((_nth, { prompt }) => {
    const said = prompt.filter(({ role }) => role === 'assistant').length
    return script[said] ?? answers('Too much.')
  })

const runWhole = async (): Promise<{ events: StoredEvent[]; prompts: string[]; tally: string[] }> => {
  const model = bySpeech()
  const agent = await openAgent(model)
  await agent.add('Go')
  const task = await agent.run()
  return {
    events: await agent.eventsOf(task),
    prompts: model.requests.map(({ prompt }) => JSON.stringify(prompt)),
    tally: [...agent.tally],
  }
}

/** A store in which the task stands as if the daemon had been killed after these events. */
const afterCrash = async (events: readonly StoredEvent[], agent: TestAgent): Promise<void> => {
  const drafts = events.map(({ v: _v, seq: _seq, ts: _ts, ...draft }) => draft as EventDraft)
  for (const draft of drafts) await agent.store.append(() => [draft])
  await agent.queue.recover()
}

describe('an attempt that goes on after a crash', () => {
  test('comes to the same end from every prefix of its events, and never runs a finished call again', async () => {
    const whole = await runWhole()
    expect(whole.tally).toEqual(['look 1', 'look 2', 'strike x', 'put y', 'look 3'])
    const started = whole.events.findIndex(({ type }) => type === 'progress')
    for (let length = started; length < whole.events.length; length += 1) {
      const prefix = whole.events.slice(0, length)
      const model = bySpeech()
      const agent = await openAgent(model)
      await afterCrash(prefix, agent)
      const task = await agent.run()
      expect(task.response_payload).toEqual({ answer: 'Done.', data: null })
      const events = await agent.eventsOf(task)
      expectPaired(events)
      const finished = prefix.filter(({ type }) => type === 'tool_result').length
      expect(agent.tally.length).toBeLessThanOrEqual(whole.tally.length - Math.min(finished, 3))
      expect(agent.tally.filter((entry) => entry === 'strike x').length).toBeLessThanOrEqual(
        prefix.some((event) => event.type === 'tool_use' && event.data.call_id === 'c') ? 0 : 1,
      )
      expect(task.usage.model_calls).toBe(4)
      if (!events.some((event) => event.type === 'tool_result' && event.data.status === 'interrupted')) {
        expect(model.requests.map(({ prompt }) => JSON.stringify(prompt))).toEqual(
          whole.prompts.slice(4 - model.requests.length),
        )
      }
    }
  })

  test('runs a read again under its old id, and tells of a call that must not be run twice', async () => {
    const whole = await runWhole()
    const uses = (id: string) =>
      whole.events.findIndex((event) => event.type === 'tool_use' && event.data.call_id === id)
    const read = await openAgent(bySpeech())
    await afterCrash(whole.events.slice(0, uses('b') + 1), read)
    expect(told(await read.eventsOf(await read.run())).filter((line) => / [ab] /.test(line))).toEqual([
      'tool_use a look {"what":"1"}',
      'tool_use b look {"what":"2"}',
      'tool_result a ok "saw 1"',
      'tool_result b ok "saw 2"',
    ])
    const once = await openAgent(bySpeech())
    await afterCrash(whole.events.slice(0, uses('c') + 1), once)
    expect(told(await once.eventsOf(await once.run())).filter((line) => / c /.test(line))).toEqual([
      'tool_use c strike {"what":"x"}',
      expect.stringMatching(/^tool_result c interrupted .*not known/),
    ])
    expect(once.tally).not.toContain('strike x')
  })

  test('runs a read again also where a stop came before it got to that', async () => {
    const whole = await runWhole()
    const use = whole.events.findIndex((event) => event.type === 'tool_use' && event.data.call_id === 'b')
    const agent = await openAgent(bySpeech())
    await afterCrash(whole.events.slice(0, use + 1), agent)
    const attempt = await agent.claim()
    attempt.stop({ kind: 'shutdown' })
    await agent.finish(attempt)
    expect(agent.store.resolve(attempt.task.id).status).toBe('pending')
    const events = await agent.eventsOf(await agent.run())
    expectPaired(events)
    expect(told(events).filter((line) => /^tool_result [abc] /.test(line))).toEqual([
      'tool_result a ok "saw 1"',
      'tool_result b ok "saw 2"',
      'tool_result c ok "struck x"',
    ])
  })

  test('forgets what was before a retry by the user, but for the ids of calls', async () => {
    const model = scriptedModel([
      calls(call('look', {}, 'a')),
      answers('One.'),
      calls(call('look', {}, 'a')),
      answers('Two.'),
    ])
    const agent = await openAgent(model)
    const { id } = await agent.add('Go')
    await agent.run()
    await agent.queue.retry(id)
    const task = await agent.run()
    expect(task).toMatchObject({
      attempt: 2,
      response_payload: { answer: 'Two.' },
      usage: { model_calls: 2 },
    })
    expect(model.requests[2]?.prompt).toEqual(model.requests[0]?.prompt)
    expectPaired(await agent.eventsOf(task))
  })

  test('is given up after ten times without anything new', async () => {
    const agent = await openAgent(bySpeech())
    const { id } = await agent.add('Go')
    for (let nth = 0; nth < 10; nth += 1) {
      const attempt = await agent.claim()
      await attempt.record([{ type: 'progress', step: 1, data: { step: 1, max_steps: 50, note: null } }])
      await agent.queue.recover()
    }
    const task = await agent.run()
    expect(task.id).toBe(id)
    expect(task.error).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('10 times in a row'),
    })
  })
})

const expectPaired = (events: readonly StoredEvent[]): void => {
  const ids = (type: 'tool_use' | 'tool_result') =>
    events.flatMap((event) => (event.type === type ? [event.data.call_id] : [])).sort()
  expect(ids('tool_result')).toEqual(ids('tool_use'))
  expect(new Set(ids('tool_use')).size).toBe(ids('tool_use').length)
}
