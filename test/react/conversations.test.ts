import { describe, expect, test } from 'vitest'
import type { ChatDelta, ChatReply } from '../../src/protocol/frames.ts'
import {
  conversationIdOf,
  withChatDelta,
  withMessage,
  withReply,
  withState,
  type Conversations,
} from '../../src/react/conversations.ts'

const turn = { agent_type: 'guide', pillar: null, conversation_id: 'c', task_id: 't1' } as const

const aReply = (changes: Partial<ChatReply> = {}): ChatReply =>
  ({ ...turn, type: 'message', message: 'Hello', data: null, visualization: null, ...changes }) as ChatReply

const aDelta = (text: string, offset: number, changes: Partial<ChatDelta> = {}): ChatDelta =>
  ({ ...turn, type: 'message_delta', data: { text, offset }, ...changes }) as ChatDelta

const asked = (...contents: string[]): Conversations =>
  contents.reduce<Conversations>(
    (conversations, content, index) =>
      withMessage(conversations, 'c', { id: `u${index}`, role: 'user', content, state: 'sent' }),
    new Map(),
  )

const shown = (conversations: Conversations) =>
  conversations.get('c')?.map(({ role, content, state }) => `${role}: ${content} (${state})`)

test('each agent has a conversation of its own in each session', () => {
  expect(conversationIdOf({ type: 'guide' }, 's')).toBe('guide_s')
  expect(conversationIdOf({ type: 'liaison', pillar: 'insights' }, 's')).toBe('liaison_insights_s')
})

describe('an answer', () => {
  test('streams into one message, whose place the whole answer takes', () => {
    let conversations = asked('Hi')
    for (const delta of [aDelta('Hel', 0), aDelta('lo the', 3)]) {
      conversations = withChatDelta(conversations, delta, 'a1')
    }
    expect(shown(conversations)).toEqual(['user: Hi (answered)', 'assistant: Hello the (streaming)'])
    const { id } = conversations.get('c')?.at(-1) ?? {}
    conversations = withReply(conversations, aReply({ message: 'Hello there' }), 'a2')
    expect(shown(conversations)).toEqual(['user: Hi (answered)', 'assistant: Hello there (complete)'])
    expect(conversations.get('c')?.at(-1)?.id).toBe(id)
  })

  test('begins anew where a model call is tried again', () => {
    let conversations = asked('Hi')
    for (const delta of [aDelta('Wrong', 0), aDelta('Ri', 0), aDelta('ght', 2)]) {
      conversations = withChatDelta(conversations, delta, 'a1')
    }
    expect(shown(conversations)?.at(-1)).toBe('assistant: Right (streaming)')
  })

  test('of several parts is one turn: the next question still waits', () => {
    let conversations = asked('Show me', 'And then?')
    conversations = withReply(conversations, aReply({ message: 'Here' }), 'a1')
    conversations = withReply(
      conversations,
      aReply({ type: 'visualization', visualization: { bars: [1] } }),
      'a2',
    )
    expect(shown(conversations)).toEqual([
      'user: Show me (answered)',
      'user: And then? (sent)',
      'assistant: Here (complete)',
      'assistant: Hello (complete)',
    ])
    expect(conversations.get('c')?.at(-1)).toMatchObject({
      type: 'visualization',
      visualization: { bars: [1] },
    })
  })

  test('to a message whose connection was lost is taken when it comes after all', () => {
    const lost = withState(asked('Hi'), new Set(['u0']), 'unanswered')
    expect(shown(withReply(lost, aReply(), 'a1'))).toEqual([
      'user: Hi (answered)',
      'assistant: Hello (complete)',
    ])
  })

  test('that is an error is marked as one, with its code and hint', () => {
    const conversations = withReply(
      asked('Hi'),
      aReply({ type: 'error', message: 'no key', code: 'model_not_configured', hint: 'set one' }),
      'a1',
    )
    expect(conversations.get('c')?.at(-1)).toMatchObject({
      type: 'error',
      content: 'no key',
      error: { code: 'model_not_configured', message: 'no key', hint: 'set one' },
    })
  })
})

test('thoughts and the output of tools are not taken for an answer', () => {
  const conversations = asked('Hi')
  expect(withChatDelta(conversations, aDelta('hm', 0, { type: 'thought_delta' }), 'a1')).toBe(conversations)
})

test('a conversation keeps its newest thousand messages', () => {
  let conversations: Conversations = new Map()
  for (let index = 0; index < 1005; index += 1) {
    conversations = withReply(conversations, aReply({ message: String(index), task_id: null }), String(index))
  }
  expect(conversations.get('c')).toHaveLength(1000)
  expect(conversations.get('c')?.at(-1)?.content).toBe('1004')
})
