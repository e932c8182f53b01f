import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import type { ChatAgents, ChatTurn } from '../../src/daemon/server/chat-agents.ts'
import { Hub } from '../../src/daemon/server/delivery/hub.ts'
import type { ChatDelta, ChatReply } from '../../src/protocol/frames.ts'
import { presentedKinds, replyPartsOf } from '../../src/protocol/presentation.ts'
import { useUnifiedAgentChat } from '../../src/react/react.ts'
import { runServer, token } from '../daemon/server/running-server.ts'
import { agentTypes } from '../support/agent-types.ts'
import { hookInInk, soon } from './hook-in-ink.ts'

const insights = { type: 'liaison', pillar: 'insights' } as const

/** Agents that say what a test wants behind the real server; `turns` is what they were asked. */
const scriptedAgents = (
  answer: (turn: ChatTurn, say: ReturnType<typeof saying>) => AsyncIterable<ChatReply | ChatDelta>,
): ChatAgents & { readonly turns: ChatTurn[] } => {
  const turns: ChatTurn[] = []
  return {
    turns,
    agentTypes,
    answer: (turn) => {
      turns.push(turn)
      return answer(turn, saying(turn, turns.length))
    },
  }
}

const saying = ({ agentType, pillar, conversationId }: ChatTurn, number: number) => {
  const turn = { agent_type: agentType, pillar, conversation_id: conversationId, task_id: `task-${number}` }
  return {
    reply: (message: string, changes: object = {}) =>
      ({ type: 'message', ...turn, message, data: null, visualization: null, ...changes }) as ChatReply,
    delta: (text: string, offset: number): ChatDelta => ({
      type: 'message_delta',
      ...turn,
      data: { text, offset },
    }),
  }
}

const echo = () =>
  scriptedAgents(async function* ({ agentType, pillar, message }, { reply }) {
    yield reply(`${pillar ?? agentType} heard: ${message}`)
  })

const running = async (chat?: ChatAgents) => {
  const daemon = await runServer(chat === undefined ? {} : { chat })
  return { ...daemon, client: createClient({ url: daemon.server.url, token }) }
}

const lines = (messages: readonly { role: string; content: string; state: string }[]): string[] =>
  messages.map(({ role, content, state }) => `${role}: ${content} (${state})`)

test('each agent has its own conversation, over one connection, and switching keeps them', async () => {
  const chat = echo()
  const daemon = await running(chat)
  const hook = hookInInk(() => useUnifiedAgentChat({ client: daemon.client, userId: 'ada', sessionId: 's1' }))
  expect(hook.current).toMatchObject({ activeAgent: { type: 'guide' }, messages: [], isConnected: false })
  await hook.until(({ isConnected }) => expect(isConnected).toBe(true))
  hook.current.sendMessage('Hello', { metadata: { file_id: 7 } })
  hook.current.switchAgent(insights)
  hook.current.sendMessage('Show me')
  await hook.until(({ messages }) =>
    expect(lines(messages)).toEqual([
      'user: Show me (answered)',
      'assistant: insights heard: Show me (complete)',
    ]),
  )
  const withGuide = ['user: Hello (answered)', 'assistant: guide heard: Hello (complete)']
  expect(lines(hook.current.getConversationHistory({ type: 'guide' }))).toEqual(withGuide)
  expect(lines(hook.current.getConversationHistory({ type: 'liaison', pillar: 'content' }))).toEqual([])
  hook.current.switchAgent({ type: 'guide' })
  await hook.until(({ messages }) => expect(lines(messages)).toEqual(withGuide))
  expect(daemon.server.sessionCount).toBe(1)
  expect(chat.turns).toEqual([
    expect.objectContaining({ userId: 'ada', conversationId: 'guide_s1', metadata: { file_id: 7 } }),
    expect.objectContaining({ userId: 'ada', conversationId: 'liaison_insights_s1', pillar: 'insights' }),
  ])
})

test('an answer streams into its message, with what is drawn beside it', async () => {
  const shown = { title: 'Sales', chart: 'bar' as const, data: [{ month: 'Jan', sales: 42 }] }
  let goOn = (): void => {}
  const held = new Promise<void>((resolve) => (goOn = resolve))
  const daemon = await running(
    scriptedAgents(async function* (_, { delta, reply }) {
      yield delta('For', 0)
      yield delta('ty-t', 3)
      await held
      for (const kind of presentedKinds) yield reply('', replyPartsOf({ ...shown, kind }))
      yield reply('Forty-two')
    }),
  )
  const hook = hookInInk(() => useUnifiedAgentChat({ client: daemon.client }))
  hook.current.sendMessage('What is it?')
  await hook.until(({ messages }) =>
    expect(lines(messages)).toEqual(['user: What is it? (answered)', 'assistant: Forty-t (streaming)']),
  )
  const { id } = hook.current.messages[1] ?? {}
  goOn()
  await hook.until(({ messages }) => expect(messages).toHaveLength(2 + presentedKinds.length))
  await hook.until(({ messages }) =>
    expect(messages[1]).toMatchObject({ id, content: 'Forty-two', state: 'complete' }),
  )
  const drawn = { chart: 'bar', title: 'Sales', columns: ['month', 'sales'], rows: [['Jan', 42]] }
  expect(hook.current.messages.slice(2)).toMatchObject(
    presentedKinds.map((kind) => ({
      type: kind,
      role: 'assistant',
      content: 'Sales',
      state: 'complete',
      data: shown.data,
      visualization: { kind, ...drawn },
    })),
  )
})

test('what an agent says goes to the conversation that it belongs to, whoever is active by then', async () => {
  const answers = new Map<string, () => void>()
  const daemon = await running(
    scriptedAgents(async function* ({ conversationId }, { reply }) {
      await new Promise<void>((resolve) => answers.set(conversationId, resolve))
      yield reply(`for ${conversationId}`)
    }),
  )
  const hook = hookInInk(() => useUnifiedAgentChat({ client: daemon.client, sessionId: 's1' }))
  hook.current.sendMessage('slow')
  hook.current.switchAgent(insights)
  hook.current.sendMessage('quick')
  await soon(() => expect(answers.size).toBe(2))
  answers.get('liaison_insights_s1')?.()
  await hook.until(({ messages }) => expect(messages).toHaveLength(2))
  answers.get('guide_s1')?.()
  await hook.until(({ getConversationHistory }) =>
    expect(getConversationHistory({ type: 'guide' }).at(-1)?.content).toBe('for guide_s1'),
  )
  expect(hook.current.messages.at(-1)?.content).toBe('for liaison_insights_s1')
})

describe('what cannot be answered', () => {
  test('by anybody is an error in the conversation', async () => {
    const daemon = await running()
    const hook = hookInInk(() => useUnifiedAgentChat({ client: daemon.client }))
    hook.current.sendMessage(' ')
    await hook.until(({ messages }) => expect(messages).toHaveLength(2))
    expect(hook.current.messages[0]).toMatchObject({ state: 'answered' })
    expect(hook.current.messages[1]).toMatchObject({
      role: 'assistant',
      type: 'error',
      error: { code: expect.any(String), message: hook.current.messages[1]?.content },
    })
  })

  test('because the frame is refused is an error after the message that it is about', async () => {
    const daemon = await running(echo())
    const hook = hookInInk(() =>
      useUnifiedAgentChat({ client: daemon.client, initialAgent: { type: 'liaison' } }),
    )
    hook.current.sendMessage('Of which pillar?')
    await hook.until(({ messages }) =>
      expect(lines(messages)).toEqual([
        'user: Of which pillar? (refused)',
        'assistant: pillar is required for liaison agent (complete)',
      ]),
    )
    expect(hook.current.error).toBeNull()
  })

  test('because the token is wrong says so at once', async () => {
    const daemon = await running(echo())
    const hook = hookInInk(() => useUnifiedAgentChat({ client: daemon.client, token: 'wrong' }))
    hook.current.sendMessage('Early')
    await hook.until(({ error }) => expect(error).toMatchObject({ code: 'unauthorized' }))
    hook.current.sendMessage('Late')
    await hook.until(({ messages }) => expect(messages).toHaveLength(4))
    expect(hook.current.messages.map(({ state, error }) => [state, error?.code])).toEqual([
      ['refused', undefined],
      ['complete', 'unauthorized'],
      ['refused', undefined],
      ['complete', 'unauthorized'],
    ])
  })
})

test('what is written without a connection waits for one, in order; what was on its way is not sent twice', async () => {
  const chat = scriptedAgents(async function* ({ message }, { reply }) {
    if (message === 'lost') await new Promise(() => {})
    yield reply(`heard: ${message}`)
  })
  const daemon = await running(chat)
  const hook = hookInInk(() => useUnifiedAgentChat({ client: daemon.client, sessionId: 's1' }))
  hook.current.sendMessage('lost')
  await soon(() => expect(chat.turns).toHaveLength(1))
  const { port } = daemon.server
  await daemon.server.close({ code: 1001, reason: 'shutdown' })
  await hook.until(({ messages }) => expect(lines(messages)).toEqual(['user: lost (unanswered)']))
  hook.current.sendMessage('one')
  hook.current.sendMessage('two')
  await hook.until(({ messages }) =>
    expect(messages.map(({ state }) => state)).toEqual(['unanswered', 'queued', 'queued']),
  )
  await runServer({ chat, queue: daemon.queue, store: daemon.store, hub: new Hub(daemon.store), port })
  await hook.until(({ messages }) => expect(messages).toHaveLength(5))
  expect(chat.turns.map(({ message }) => message)).toEqual(['lost', 'one', 'two'])
  expect(new Set(chat.turns.map(({ conversationId }) => conversationId))).toEqual(new Set(['guide_s1']))
})

test('more than a hundred messages do not wait: the next one is refused', async () => {
  const client = createClient({ url: 'http://127.0.0.1:9' })
  const hook = hookInInk(() => useUnifiedAgentChat({ client }))
  for (let count = 0; count < 101; count += 1) hook.current.sendMessage(String(count))
  await hook.until(({ messages }) => expect(messages).toHaveLength(102))
  expect(hook.current.messages.slice(99).map(({ state, error }) => [state, error?.code])).toEqual([
    ['queued', undefined],
    ['refused', undefined],
    ['complete', 'rate_limited'],
  ])
})

test('a component that leaves closes the connection', async () => {
  const daemon = await running(echo())
  const hook = hookInInk(() => useUnifiedAgentChat({ client: daemon.client }))
  await hook.until(({ isConnected }) => expect(isConnected).toBe(true))
  hook.unmount()
  const renders = hook.renders.length
  await soon(() => expect(daemon.server.sessionCount).toBe(0))
  hook.current.sendMessage('nobody')
  expect(hook.renders).toHaveLength(renders)
})
