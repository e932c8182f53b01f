import { describe, expect, test, vi } from 'vitest'
import type { ModelPrompt } from '../../../src/daemon/models/model.ts'
import type { ReplyPart } from '../../../src/daemon/models/model.ts'
import { answers, call, calls, reasoning, reply, scriptedModel, text } from '../agent/scripted-model.ts'
import { openConversations } from './open-conversations.ts'

/** A prompt in short lines, without the system's. */
const told = (prompt: ModelPrompt): string[] =>
  prompt.flatMap((message) => {
    if (message.role === 'system') return []
    return [
      `${message.role}: ${message.content
        .map((part) => {
          if (part.type === 'text' || part.type === 'reasoning') return part.text
          if (part.type === 'tool-call')
            return `${part.toolCallId} ${part.toolName} ${JSON.stringify(part.input)}`
          if (part.type === 'tool-result') return `${part.toolCallId} = ${JSON.stringify(part.output)}`
          return part.type
        })
        .join(' | ')}`,
    ]
  })

/** What every provider asks of a prompt: users and assistants in turn, each saying something, each call with its result. */
const checkPrompt = (prompt: ModelPrompt): void => {
  const roles = prompt.map(({ role }) => role).filter((role) => role !== 'system')
  expect(roles[0]).toBe('user')
  expect(roles.at(-1)).not.toBe('assistant')
  const ids = new Set<string>()
  for (const [at, message] of prompt.entries()) {
    const before = prompt[at - 1]
    if (message.role === 'user') expect(['system', 'assistant']).toContain(before?.role)
    if (message.role === 'assistant') expect(['user', 'tool']).toContain(before?.role)
    if (message.role === 'system') continue
    expect(message.content.length).toBeGreaterThan(0)
    for (const part of message.content) {
      if (part.type === 'text') expect(part.text.trim()).not.toBe('')
    }
    const called =
      message.role !== 'assistant'
        ? []
        : message.content.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : []))
    for (const id of called) {
      expect(ids.has(id)).toBe(false)
      ids.add(id)
    }
    const next = prompt[at + 1]
    const answered =
      next?.role !== 'tool'
        ? []
        : next.content.flatMap((part) => (part.type === 'tool-result' ? [part.toolCallId] : []))
    if (message.role === 'assistant') expect(answered).toEqual(called)
  }
}

describe('what a model is told of earlier turns', () => {
  test('is what was said and done in them, in order, and nothing of other conversations', async () => {
    const model = scriptedModel([
      calls(text('Let me look.'), call('look', { what: 'one' }, 'call_1')),
      answers('It is one.'),
      answers('Elsewhere.'),
      calls(call('look', { what: 'two' }, 'call_1')),
      answers('It is two.'),
    ])
    const { say } = await openConversations(model)
    await say('First', { metadata: { file: 'a.txt' } })
    await say('Of another', { conversation_id: 'd' })
    await say('Second')
    const last = model.requests.at(-1)?.prompt ?? []
    checkPrompt(last)
    expect(told(last)).toEqual([
      expect.stringMatching(/^user: First \| .*<context>\n\{\n {2}"file": "a.txt"/s),
      'assistant: Let me look. | call_1 look {"what":"one"}',
      expect.stringMatching(/^tool: call_1 = \{/),
      'assistant: It is one.',
      'user: Second',
      // The provider has used this id before.
      expect.stringMatching(/^assistant: call_2 look \{"what":"two"\}/),
      expect.stringMatching(/^tool: call_2 = \{/),
    ])
  })

  test('has a result with words in it for every call, also those that an interrupted turn never came to', async () => {
    const model = scriptedModel([
      calls(call('wait', {}, 'a'), call('strike', {}, 'b'), call('strike', {}, 'c')),
      answers('Here I am.'),
    ])
    const { say, send, claimChat, finish, queue, store } = await openConversations(model)
    const { id } = await send('Three')
    const running = finish(await claimChat())
    await vi.waitFor(() => expect(store.resolve(id).usage.tool_calls).toBe(1))
    await queue.cancel(id, { by: 'user', reason: null })
    await running
    await say('Still there?')
    const last = model.requests.at(-1)?.prompt ?? []
    checkPrompt(last)
    const results = last.flatMap((message) =>
      message.role === 'tool'
        ? message.content.flatMap((part) => (part.type === 'tool-result' ? [part.output] : []))
        : [],
    )
    expect(results).toEqual([
      { type: 'error-text', value: expect.stringMatching(/./) },
      { type: 'error-text', value: 'Not run: the turn ended before this started.' },
      { type: 'error-text', value: 'Not run: the turn ended before this started.' },
    ])
  })

  test('says of a turn that failed or was interrupted what was done and that it has no answer', async () => {
    const model = scriptedModel([
      calls(call('look', { what: 'x' }, 'c1')),
      { fail: new Error('broken') },
      { hang: true },
      reply([], 'content_filter'),
      answers(''),
      answers(' '),
      answers('Better.'),
      answers('Here I am.'),
    ])
    const { say, send, claimChat, finish, queue } = await openConversations(model)
    await say('Fails after a call')
    const { id } = await send('Is interrupted')
    const running = finish(await claimChat())
    await model.called(3)
    await queue.cancel(id, { by: 'user', reason: null })
    await running
    const queued = await send('Is taken back before it begins')
    await queue.cancel(queued.id, { by: 'user', reason: null })
    await say('Is filtered')
    await say('Is empty at first')
    await say('Still there?')
    const last = model.requests.at(-1)?.prompt ?? []
    checkPrompt(last)
    expect(told(last)).toEqual([
      'user: Fails after a call',
      'assistant: c1 look {"what":"x"}',
      expect.stringMatching(/^tool: c1 = /),
      expect.stringMatching(/^assistant: \(This turn failed here: .*broken\)$/),
      'user: Is interrupted',
      'assistant: (The user interrupted this turn here.)',
      'user: Is filtered',
      expect.stringMatching(/^assistant: \(This turn failed here: the provider's content filter/),
      'user: Is empty at first',
      'assistant: Better.',
      'user: Still there?',
    ])
  })

  test('gives a model what is its own, and another one nothing that only its provider understands', async () => {
    const signed = (part: ReplyPart, provider: string): ReplyPart =>
      ({ ...part, providerMetadata: { [provider]: { signature: 'SECRET' } } }) as ReplyPart
    const first = scriptedModel(
      [
        calls(signed(reasoning('Hm.'), 'one'), signed(call('no such tool!', {}, 'functions.x:0'), 'one')),
        answers('So it is.'),
        answers('Again.'),
      ],
      { name: 'one/model' },
    )
    const second = scriptedModel([answers('From another.')], { name: 'two/model' })
    const { say } = await openConversations(first, {
      modelFor: async ({ model }) => (model === 'two/model' ? second : first),
    })
    await say('First')
    await say('Second', { model: 'two/model' })
    await say('Third', { model: 'one/model' })
    const [prompt = []] = second.requests.map((request) => request.prompt)
    checkPrompt(prompt)
    expect(JSON.stringify(prompt)).not.toMatch(/SECRET|Hm\.|functions\.x|"no such tool!"/)
    expect(told(prompt).slice(0, 4)).toEqual([
      'user: First',
      'assistant: t1 no_such_tool_ {}',
      expect.stringMatching(/^tool: t1 = /),
      'assistant: So it is.',
    ])
    const own = first.requests.at(-1)?.prompt ?? []
    checkPrompt(own)
    expect(JSON.stringify(own).match(/SECRET/g)).toHaveLength(2)
    expect(told(own).at(-2)).toBe('assistant: From another.')
  })

  test('counts tasks that were added to the conversation, and turns in the order in which they ended', async () => {
    const model = scriptedModel((nth) => answers(`Answer ${nth}`))
    const { say, add, run, conversations, send, claimChat, finish } = await openConversations(model)
    await say('One')
    const task = await add('Two, as a task', { conversation_id: 'c', after: '1' })
    expect(task).toMatchObject({ kind: 'agent', agent: 'guide', locks: ['conversation:c'] })
    await send('Three')
    const attempt = await claimChat()
    expect(attempt.task.prompt).toBe('Three')
    await finish(attempt)
    await run()
    await say('Four')
    expect(told(model.requests.at(-1)?.prompt ?? [])).toEqual([
      'user: One',
      'assistant: Answer 1',
      'user: Three',
      'assistant: Answer 2',
      'user: Two, as a task',
      'assistant: Answer 3',
      'user: Four',
    ])
    expect((await conversations.resolve('c')).turns.size).toBe(4)
  })
})
