import { expect, onTestFinished, test } from 'vitest'
import { ChatReplies } from '../../../src/daemon/conversations/chat-replies.ts'
import { ModelFailure } from '../../../src/daemon/models/model-failure.ts'
import type { Model } from '../../../src/daemon/models/model.ts'
import { present } from '../../../src/daemon/tools/present.ts'
import type { ChatTurn } from '../../../src/daemon/server/chat-agents.ts'
import { chatReplySchema, chatStatusSchema, type ChatFrame } from '../../../src/protocol/frames.ts'
import type { Delta } from '../../../src/protocol/event.ts'
import { answers, call, calls, scriptedModel } from '../agent/scripted-model.ts'
import { smallTools } from '../agent/small-tools.ts'
import { openConversations } from './open-conversations.ts'

const turn: ChatTurn = {
  agentType: 'guide',
  namesAgent: false,
  pillar: null,
  conversationId: 'c',
  userId: 'ann',
  message: 'Hello',
  metadata: null,
  cwd: null,
  model: null,
  environment: null,
}

const openChat = async (model: Model) => {
  let deliver: (delta: Delta) => void = () => {}
  const conversations = await openConversations(model, {
    onDelta: (delta) => deliver(delta),
    tools: async () => ({ tools: [...smallTools().tools, present], problems: [] }),
  })
  const replies = new ChatReplies({
    ...conversations,
    agentTypes: (cwd) => ['guide', cwd ?? 'everywhere'].map((name) => ({ name, pillars: [] })),
  })
  onTestFinished(() => replies.close())
  deliver = (delta) => replies.deliverDelta(delta)
  const ask = (fields: Partial<ChatTurn> = {}) => {
    const frames: ChatFrame[] = []
    const read = async (): Promise<void> => {
      for await (const frame of replies.answer({ ...turn, ...fields })) frames.push(frame)
    }
    return { frames, end: read() }
  }
  /** Runs so many turns, one after the other, as soon as they are there. */
  const run = async (turns: number): Promise<void> => {
    for (let nth = 0; nth < turns; nth += 1) {
      await expect.poll(() => conversations.queue.mayClaim('chat')).toBe(true)
      await conversations.finish(await conversations.claimChat())
    }
  }
  return { ...conversations, replies, ask, run }
}

const shown = (frames: readonly ChatFrame[]): string[] =>
  frames.map((frame) => {
    if ('message' in frame) return `${frame.type}: ${frame.message}`
    return `${frame.type}: ${'text' in frame.data ? frame.data.text : ''}`
  })

test('an answer streams, and what is presented on the way is a reply of its own', async () => {
  const args = { kind: 'analysis', title: 'Sales', data: [{ month: 'May', sum: 7 }], chart: 'bar' }
  const model = scriptedModel([
    calls(call('present', args), call('present', { kind: 'no such kind' })),
    { ...answers('As you see.'), deltas: ['As you', ' see.'] },
  ])
  const { ask, run, store, desk } = await openChat(model)
  const { frames, end } = ask({ metadata: { page: 3 } })
  await run(1)
  await end
  const text = frames.filter(({ type }) => type === 'message_delta')
  expect(shown(text).join('').replaceAll('message_delta: ', '')).toBe('As you see.')
  const replies = frames.filter(({ type }) => !type.endsWith('_delta'))
  for (const frame of replies) expect(chatReplySchema.parse(frame)).toEqual(frame)
  expect(replies).toMatchObject([
    { type: 'analysis', message: 'Sales', data: args.data, visualization: { title: 'Sales' } },
    { type: 'message', message: 'As you see.', visualization: null },
  ])
  const { id, request_payload } = store.resolve('1')
  expect(new Set(frames.map(({ task_id }) => task_id))).toEqual(new Set([id]))
  expect(request_payload).toMatchObject({ user_id: 'ann', metadata: { page: 3 } })
  expect((await desk.show('c')).history).toMatchObject([{ presented: [args], answer: 'As you see.' }])
})

test('a turn that fails or is cancelled ends with an error that says which', async () => {
  const model = scriptedModel([
    { fail: new ModelFailure('model_auth', 'the key is wrong', { retryable: false }) },
    { hang: true },
  ])
  const { ask, run, queue } = await openChat(model)
  const failing = ask()
  await run(1)
  await failing.end
  expect(failing.frames).toMatchObject([{ type: 'error', code: 'model_auth', message: 'the key is wrong' }])
  const cancelled = ask()
  const running = run(1)
  await model.called(2)
  await queue.cancel('2', { by: 'ann', reason: null })
  await Promise.all([running, cancelled.end])
  expect(cancelled.frames).toMatchObject([{ type: 'error', code: 'cancelled', task_id: expect.any(String) }])
})

test('turns of a conversation run in the order in which they were sent, and say that they wait', async () => {
  const model = scriptedModel((nth) => answers(`Answer ${nth}`))
  const { ask, run, settings, store } = await openChat(model)
  // To look whether a folder is there takes its time.
  const asked = [
    ask({ message: 'One', cwd: settings.taskDefaults.cwd }),
    ask({ message: 'Two' }),
    ask({ message: 'Three', conversationId: 'other' }),
    ask({ message: 'Four' }),
  ]
  await run(4)
  await Promise.all(asked.map(({ end }) => end))
  const inOrder = ['One', 'Two', 'Four']
  const prompts = ['1', '2', '3', '4'].map((ref) => store.resolve(ref).prompt)
  expect(prompts.filter((prompt) => inOrder.includes(prompt))).toEqual(inOrder)
  expect(shown(asked[1]?.frames ?? [])[0]).toBe('turn_status: it waits for the turn before it')
  expect(shown(asked[3]?.frames ?? [])[0]).toMatch(/^turn_status: it waits for the (2 turns|turn) before it$/)
  for (const frame of asked.flatMap(({ frames }) => frames)) {
    if (frame.type === 'turn_status') expect(chatStatusSchema.parse(frame)).toEqual(frame)
  }
  expect(asked[2]?.frames.map(({ type }) => type)).toEqual(['message'])
  expect(model.requests.map(({ prompt }) => prompt.length).toSorted((a, b) => a - b)).toEqual([2, 2, 4, 6])
})

test('a provider that asks for patience is told of', async () => {
  const model = scriptedModel([
    { fail: new ModelFailure('model_unavailable', 'overloaded', { retryable: true }) },
    {
      fail: new ModelFailure('model_rate_limited', 'slow down', { retryable: true, retryAfterMs: 3_600_000 }),
    },
    answers('At last.'),
  ])
  const { ask, run, setNow } = await openChat(model)
  const { frames, end } = ask()
  await run(1)
  setNow(new Date(Date.now() + 2 * 3_600_000))
  await run(1)
  await end
  expect(shown(frames)).toEqual([
    expect.stringMatching(/^turn_status: overloaded; trying again in/),
    expect.stringMatching(/^turn_status: Waiting until .*slow down/),
    expect.stringMatching(/^turn_status: /),
    expect.stringMatching(/^turn_status: /),
    'message: At last.',
  ])
})

test('a message that cannot be a turn is an error without one', async () => {
  const { ask, say, store, replies, settings } = await openChat(scriptedModel([answers('Hi.')]))
  await say('Hello', { agent_type: 'liaison', pillar: 'content' })
  for (const [fields, code, message] of [
    [
      { namesAgent: true },
      'conflict',
      'conversation "c" is with liaison/content, so it cannot go on with guide',
    ],
    [{ message: '\n' }, 'usage', 'expected a message with text in it, found only white space'],
    [{ conversationId: 'd', cwd: '/no/such/folder' }, 'usage', expect.stringContaining('/no/such/folder')],
    [{ conversationId: 'd', namesAgent: true, agentType: 'nobody' }, 'not_found', expect.any(String)],
  ] as const) {
    const { frames, end } = ask(fields)
    await end
    expect(frames).toMatchObject([{ type: 'error', code, message, task_id: null }])
  }
  expect(store.counts().completed).toBe(1)
  expect(store.active()).toEqual([])
  const { cwd } = settings.taskDefaults
  for (const [place, folder] of [
    [{ cwd: null, conversationId: 'c' }, cwd],
    [{ cwd: '/x', conversationId: 'new' }, '/x'],
  ] as const) {
    expect(await replies.agentTypes(place)).toMatchObject([{ name: 'guide' }, { name: folder }])
  }
})
