import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { streamOf } from '../../support/model-streams.ts'
import { aRequest, aServer, modelAt, readAll, replyOf, wireApis } from './wire-models.ts'

describe.each(wireApis)('a call of %s', (api) => {
  test('that goes silent in the middle is stalled and may be tried again', async () => {
    const server = await aServer([{ text: 'Let me think about it.', stallAfterBytes: 200 }])
    const model = await modelAt(api, server.url, { idleMs: 60 })

    const { error, replies } = await readAll(model.stream(aRequest()))

    expect(error).toMatchObject({ code: 'stalled', retryable: true })
    expect(error).toHaveProperty('message', expect.stringMatching(/sent nothing for 0\.06 s/))
    expect(replies).toHaveLength(0)
  })

  test('that is aborted throws the reason, at once and whatever it is', async () => {
    const server = await aServer([{ text: 'Let me think about it.', stallAfterBytes: 100 }])
    const model = await modelAt(api, server.url)
    const controller = new AbortController()
    const reading = readAll(model.stream(aRequest({ signal: controller.signal })))
    await expect.poll(() => server.requests.length).toBe(1)

    const reason = { why: 'cancelled by the user' }
    controller.abort(reason)

    expect((await reading).error).toBe(reason)
    await expect.poll(() => server.requests[0]?.aborted).toBe(true)
  })

  test('that never ends is ended by its size and not tried again', async () => {
    const server = await aServer([{ text: 'again and again and again and again ', endless: true }])
    const model = await modelAt(api, server.url, { replyChars: 10_000 })

    const { error, replies, text } = await readAll(model.stream(aRequest()))

    expect(error).toMatchObject({ code: 'model_protocol', retryable: false })
    expect(text.length).toBeLessThan(20_000)
    expect(replies).toHaveLength(0)
    await expect.poll(() => server.requests[0]?.aborted).toBe(true)
  })
})

test('a call that nobody answers is stalled', async () => {
  const server = await aServer([{ after: new Promise(() => {}) }])
  const model = await modelAt('google', server.url, { idleMs: 50 })

  expect((await readAll(model.stream(aRequest()))).error).toMatchObject({ code: 'stalled', retryable: true })
})

test('a call is not stalled because this process stood still', async () => {
  let answer = (): void => {}
  const server = await aServer([
    { text: 'Awake.', after: new Promise<void>((resolve) => (answer = resolve)) },
  ])
  const model = await modelAt('google', server.url, { idleMs: 300 })
  const reading = readAll(model.stream(aRequest()))
  await expect.poll(() => server.requests.length).toBe(1)
  answer()
  const until = performance.now() + 1600
  while (performance.now() < until);
  expect(await reading).toMatchObject({ text: 'Awake.' })
})

test('a call that drips for ever ends when its whole time is over', async () => {
  const server = await aServer([{ text: 'hm', endless: true }])
  const model = await modelAt('anthropic', server.url, { totalMs: 100, replyChars: 1e12, wireBytes: 1e12 })

  const { error } = await readAll(model.stream(aRequest()))

  expect(error).toMatchObject({
    code: 'stalled',
    message: expect.stringContaining('did not finish in 0.1 s'),
  })
})

test('bytes that never become an event are bounded too', async () => {
  const server = await aServer([{ rawStream: `data: ${'x'.repeat(200_000)}` }])
  const model = await modelAt('chat', server.url, { wireBytes: 100_000 })

  const { error } = await readAll(model.stream(aRequest()))

  expect(error).toMatchObject({ code: 'model_protocol', retryable: false })
})

test('a server that keeps the connection open after the finish marker is not waited for', async () => {
  const reply = { text: 'Done.' }
  const bytes = Buffer.byteLength(streamOf('anthropic', reply, 'claude-haiku-4-5').join(''))
  const server = await aServer([{ ...reply, stallAfterBytes: bytes }])
  const model = await modelAt('anthropic', server.url, { trailingMs: 20 })

  expect(await replyOf(model.stream(aRequest()))).toMatchObject({ parts: [{ type: 'text', text: 'Done.' }] })
})

test('an aborted signal makes no request', async () => {
  const server = await aServer([])
  const model = await modelAt('google', server.url)

  const { error } = await readAll(model.stream(aRequest({ signal: AbortSignal.abort('too late') })))

  expect(error).toBe('too late')
  expect(server.requests).toHaveLength(0)
})

test('a reader that stops reading ends the call', async () => {
  const server = await aServer([{ text: 'for ever ', endless: true }])
  const model = await modelAt('google', server.url)

  for await (const _ of model.stream(aRequest())) break

  await expect.poll(() => server.requests[0]?.aborted).toBe(true)
})

test('calls one after the other use the same connections and leave no listener on the signal', async () => {
  const server = await aServer(() => ({ text: 'Yes.' }))
  const model = await modelAt('google', server.url)
  const { signal } = new AbortController()

  for (let call = 0; call < 10; call += 1) await replyOf(model.stream(aRequest({ signal })))

  expect(new Set(server.requests.map(({ port }) => port)).size).toBeLessThanOrEqual(2)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})
