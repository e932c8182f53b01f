import { describe, expect, test } from 'vitest'
import { assistantMessage, toolMessage } from '../../../src/daemon/models/reply-to-prompt.ts'
import { aRequest, aServer, modelAt, readAll, replyOf, wireApis } from './wire-models.ts'

describe.each(wireApis)('a reply in the format of %s', (api) => {
  test('arrives as deltas and then whole', async () => {
    const server = await aServer([
      {
        reasoning: 'The user wants to know the time.',
        text: 'It is noon, 12:00 — mittags 🕛.',
        usage: { input: 50, output: 9, cached: 30 },
      },
    ])
    const model = await modelAt(api, server.url)

    const { text, reasoning, replies, error } = await readAll(model.stream(aRequest()))

    expect(error).toBeUndefined()
    expect(text).toBe('It is noon, 12:00 — mittags 🕛.')
    expect(reasoning).toBe('The user wants to know the time.')
    expect(replies).toHaveLength(1)
    expect(replies[0]).toMatchObject({
      finish: 'stop',
      parts: [
        { type: 'reasoning', text: 'The user wants to know the time.' },
        { type: 'text', text: 'It is noon, 12:00 — mittags 🕛.' },
      ],
      usage: { inputTokens: 50, outputTokens: 9, cachedTokens: 30 },
    })
  })

  test('holds several calls in their order, with text before them', async () => {
    const server = await aServer([
      {
        text: 'Let me look.',
        calls: [
          { name: 'current_time', args: { timezone: 'Europe/Berlin' } },
          { name: 'current_time', args: {} },
        ],
      },
    ])
    const model = await modelAt(api, server.url)

    const reply = await replyOf(model.stream(aRequest()))

    expect(reply.finish).toBe('tool_calls')
    expect(reply.parts).toMatchObject([
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_call', name: 'current_time', input: { timezone: 'Europe/Berlin' } },
      { type: 'tool_call', name: 'current_time', input: {} },
    ])
  })

  test('that was cut at its limit says so', async () => {
    const server = await aServer([{ text: 'Once upon a', finish: 'length' }])
    const model = await modelAt(api, server.url)

    expect(await replyOf(model.stream(aRequest()))).toMatchObject({ finish: 'length' })
  })

  test('without anything in it is an empty reply', async () => {
    const server = await aServer([{}])
    const model = await modelAt(api, server.url)

    expect(await replyOf(model.stream(aRequest()))).toMatchObject({ parts: [], finish: 'stop' })
  })

  test('goes back with its results, and with what the provider wants back', async () => {
    const server = await aServer([
      { reasoning: 'Look at the clock.', calls: [{ name: 'current_time', args: { timezone: 'UTC' } }] },
      { text: 'Noon.' },
    ])
    const model = await modelAt(api, server.url)
    const first = aRequest()
    // The reply survives the log, where it is JSON.
    const reply = JSON.parse(JSON.stringify(await replyOf(model.stream(first))))
    const said = assistantMessage(reply, ['call_a'])
    if (said === null) throw new Error('expected a message')

    await replyOf(
      model.stream({
        ...first,
        prompt: [
          ...first.prompt,
          said,
          toolMessage([{ callId: 'call_a', name: 'current_time', text: '12:00', isError: false }]),
        ],
      }),
    )

    const second = server.requests[1]?.text ?? ''
    expect(second).toContain('12:00')
    expect(second).toContain('UTC')
    expect(second).toContain(
      { google: 'c2lnbmF0dXJl', anthropic: 'c2lnbmF0dXJl', responses: 'ZW5jcnlwdGVk', chat: 'call_a' }[api],
    )
  })

  test('is asked for with the tools, their schemas and the system text', async () => {
    const server = await aServer([{ text: 'Yes.' }])
    const model = await modelAt(api, server.url)

    await replyOf(model.stream(aRequest()))

    const [request] = server.requests
    expect(request?.api).toBe(api)
    expect(request?.text).toContain('You are a test.')
    expect(request?.text).toContain('timezone')
    const key =
      request?.headers['x-goog-api-key'] ?? request?.headers['x-api-key'] ?? request?.headers.authorization
    expect(key).toMatch(/test-key$/)
  })
})

test('the Responses API is told to keep nothing and to hand over its reasoning encrypted', async () => {
  const server = await aServer([{ text: 'Yes.' }])
  const model = await modelAt('responses', server.url)

  await replyOf(model.stream(aRequest()))

  expect(server.requests[0]?.body).toMatchObject({
    store: false,
    include: ['reasoning.encrypted_content'],
    tools: [{ strict: false }],
  })
})

test('arguments that are no JSON come with the reply as they were written', async () => {
  const server = await aServer([{ calls: [{ name: 'current_time', args: '{"timezone": ' }] }])
  const model = await modelAt('chat', server.url)

  const { parts } = await replyOf(model.stream(aRequest()))

  expect(parts).toMatchObject([{ type: 'tool_call', rawInput: '{"timezone": ' }])
  expect(parts[0]).not.toHaveProperty('input')
})
