import { describe, expect, test } from 'vitest'
import type { ReplyPart } from '../../../src/daemon/models/model.ts'
import { openAgent, told } from './open-agent.ts'
import { answers, call, calls, reply, scriptedModel, text, type Scripted } from './scripted-model.ts'

const noJson: ReplyPart = { type: 'tool_call', callId: 'bad', name: 'look', rawInput: '{"what": ' }

const runScript = async (script: readonly Scripted[] | (() => Scripted)) => {
  const model = scriptedModel(script)
  const agent = await openAgent(model)
  await agent.add('Look')
  const task = await agent.run()
  return { agent, model, task, events: told(await agent.eventsOf(task)).slice(2, -1) }
}

describe('a model that answers garbage', () => {
  test('is told of a tool that there is not', async () => {
    const { model, task, events } = await runScript([calls(call('fly', {}, 'a')), answers('I cannot fly.')])
    expect(task.status).toBe('completed')
    expect(events).toEqual([
      'progress 1',
      'usage',
      'tool_use a fly {}',
      'tool_result a error "there is no tool named \\"fly\\"; there are look, put, strike, wait, stuck, shell"',
      'progress 2',
      'message I cannot fly.',
      'usage',
    ])
    expect(model.requests[1]?.prompt.at(-1)).toMatchObject({ content: [{ output: { type: 'error-text' } }] })
  })

  test('is told of arguments that are wrong or no JSON', async () => {
    const { events } = await runScript([
      calls(call('look', { what: 5 }, 'a')),
      calls(noJson),
      answers('Sorry.'),
    ])
    expect(events[2]).toBe('tool_use a look {"what":5}')
    expect(events[3]).toContain('tool_result a error "look: expected what to be a string, found 5')
    expect(events[6]).toBe('tool_use bad look "{\\"what\\": "')
    expect(events[7]).toContain('found no valid JSON')
  })

  test('is told that its calls were not run where the reply was cut', async () => {
    const { agent, events } = await runScript([
      reply([call('strike', { what: 'a' }, 'a')], 'length'),
      answers('Sorry.'),
    ])
    expect(agent.tally).toEqual([])
    expect(events[3]).toContain('tool_result a error "Not run: your reply reached the limit')
  })

  test('is told that an empty or a cut reply does not count', async () => {
    const { model, events } = await runScript([
      answers(''),
      reply([text('Half an ans')], 'length'),
      answers('A whole answer.'),
    ])
    expect(events).toEqual([
      'progress 1',
      'usage',
      'progress 2',
      'thought Half an ans',
      'usage',
      'progress 3',
      'message A whole answer.',
      'usage',
    ])
    expect(model.requests[2]?.prompt.slice(2)).toMatchObject([
      { role: 'user', content: [{ text: expect.stringContaining('empty') }] },
      { role: 'assistant', content: [{ text: 'Half an ans' }] },
      { role: 'user', content: [{ text: expect.stringContaining('cut') }] },
    ])
  })

  test.each([
    ['nothing', () => answers(' \n'), 'it was empty'],
    ['unknown tools', () => calls(call('fly')), 'there is no tool named "fly"'],
    ['arguments that are no JSON', () => calls(noJson), 'found no valid JSON'],
    ['cut text', () => reply([text('…')], 'length'), 'it was cut'],
  ])('fails honestly when it gives %s four times in a row', async (_what, script, said) => {
    const { task, model } = await runScript(script)
    expect(model.requests).toHaveLength(4)
    expect(task).toMatchObject({ status: 'failed', response_payload: null })
    expect(task.error).toMatchObject({ code: 'model_protocol', message: expect.stringContaining(said) })
  })

  test('may err again after it has done something right', async () => {
    const bad = calls(call('fly'))
    const good = calls(call('look', { what: 'up' }))
    const { task } = await runScript([bad, bad, bad, good, bad, bad, bad, answers('Done.')])
    expect(task.status).toBe('completed')
  })

  test('fails at once where the provider filtered its reply', async () => {
    const { task, agent } = await runScript([reply([text('I'), call('strike')], 'content_filter')])
    expect(task.error).toMatchObject({
      code: 'model_protocol',
      message: expect.stringContaining('content filter'),
    })
    expect(agent.tally).toEqual([])
  })
})

test('a reply that is too large to be kept fails the task, whose events tell of nothing that was not kept', async () => {
  const signature = 'x'.repeat(33 * 1024 * 1024)
  const signed = { ...call('strike', { what: 'a' }, 'a'), providerMetadata: { test: { signature } } }
  const { agent, task, events } = await runScript([calls(signed)])
  expect(task).toMatchObject({ status: 'failed', error: { code: 'too_large', retryable: false } })
  expect(task.usage).toMatchObject({ model_calls: 0, tool_calls: 0 })
  expect(events).toEqual(['progress 1'])
  expect(agent.tally).toEqual([])
})
