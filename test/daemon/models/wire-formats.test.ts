import { LLMock } from '@copilotkit/aimock'
import { expect, onTestFinished, test } from 'vitest'
import { aRequest, modelAt, readAll, wireApis } from './wire-models.ts'

/** The formats as somebody else wrote them, so that our own model server and our models cannot be wrong together. */
test.each(wireApis)('%s: a reply of a server that is not ours is read the same way', async (api) => {
  const server = new LLMock({ port: 0 })
  server.onMessage('What time is it?', {
    content: 'Let me look at the clock.',
    toolCalls: [{ name: 'current_time', arguments: '{"timezone":"UTC"}' }],
  })
  await server.start()
  onTestFinished(() => server.stop())
  const model = await modelAt(api, server.url)

  const { text, replies, error } = await readAll(model.stream(aRequest()))

  expect(error).toBeUndefined()
  expect(text).toBe('Let me look at the clock.')
  expect(replies).toMatchObject([{ finish: 'tool_calls' }])
  expect(replies[0]?.parts.filter(({ type }) => type !== 'reasoning')).toMatchObject([
    { type: 'text', text: 'Let me look at the clock.' },
    { type: 'tool_call', name: 'current_time', input: { timezone: 'UTC' } },
  ])
})
