import { expect, test } from 'vitest'
import { present } from '../../../src/daemon/tools/present.ts'
import type { Tool } from '../../../src/daemon/tools/tool.ts'
import { presentationOf } from '../../../src/protocol/presentation.ts'
import type { Json } from '../../../src/protocol/task.ts'
import { openAgent, type TestAgent } from './open-agent.ts'
import { answers, call, calls, scriptedModel, type ScriptedModel } from './scripted-model.ts'

const shows = (title: string, data: Json = [1, 2], callId = '') =>
  call('present', { kind: 'visualization', title, data, chart: 'line' }, callId)

const presenting = (model: ScriptedModel): Promise<TestAgent> =>
  openAgent(model, { tools: async () => ({ tools: [present as unknown as Tool], problems: [] }) })

test('what was presented last stands beside the answer, in the order of the calls', async () => {
  const agent = await presenting(
    scriptedModel([calls(shows('First')), calls(shows('Second'), shows('Third', [3, 4])), answers('There.')]),
  )
  await agent.add('Show it')
  const task = await agent.run()
  expect(task.response_payload).toEqual({
    answer: 'There.',
    data: { kind: 'visualization', title: 'Third', chart: 'line', data: [3, 4] },
  })
  const results = (await agent.eventsOf(task)).filter(({ type }) => type === 'tool_result')
  expect(
    results.map(({ data }) => presentationOf('details' in data ? data.details : undefined)?.title),
  ).toEqual(['First', 'Second', 'Third'])
})

test('a call that could not be understood presents nothing', async () => {
  const agent = await presenting(
    scriptedModel([
      calls(shows('Good')),
      calls(call('present', { kind: 'song', title: 'Bad', data: [] })),
      answers('There.'),
    ]),
  )
  await agent.add('Show it')
  expect((await agent.run()).response_payload?.data).toMatchObject({ title: 'Good' })
})

test('it is the same when the attempt is taken up again by another daemon', async () => {
  const model = scriptedModel([calls(shows('Kept')), { hang: true }, answers('There.')])
  const agent = await presenting(model)
  const { id } = await agent.add('Show it')
  const attempt = await agent.claim()
  const running = agent.finish(attempt)
  await model.called(2)
  attempt.stop({ kind: 'shutdown' })
  await running
  expect(agent.store.resolve(id).status).toBe('pending')
  expect((await agent.run()).response_payload).toMatchObject({ answer: 'There.', data: { title: 'Kept' } })
})

test('and what a user tries again afresh begins with nothing', async () => {
  const agent = await presenting(scriptedModel([calls(shows('Old')), answers('There.'), answers('Again.')]))
  const { id } = await agent.add('Show it')
  await agent.run()
  await agent.queue.retry(id)
  expect((await agent.run()).response_payload).toEqual({ answer: 'Again.', data: null })
})
