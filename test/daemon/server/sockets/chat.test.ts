import type { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import type { ChatAgents, ChatTurn } from '../../../../src/daemon/server/chat-agents.ts'
import { chatReplySchema, serverFrameSchema, type ChatFrame } from '../../../../src/protocol/frames.ts'
import { agentTypes } from '../../../support/agent-types.ts'
import { runServer, type Client } from '../running-server.ts'

/** Says back what it was asked, in two fragments and a reply; "break" breaks it, "wait" waits to be let go on. */
const echoAgents = () => {
  const turns: ChatTurn[] = []
  const ended: string[] = []
  let letGo = (): void => {}
  const gate = new Promise<void>((resolve) => (letGo = resolve))
  const chat: ChatAgents = {
    agentTypes,
    answer: async function* (turn) {
      turns.push(turn)
      const { agentType: agent_type, pillar, conversationId: conversation_id, message } = turn
      const about = { agent_type, pillar, conversation_id, task_id: null }
      if (message === 'break') throw new Error('the agent broke')
      for (const [offset, text] of message.split('').entries()) {
        yield { type: 'message_delta', ...about, data: { text, offset } }
      }
      if (message === 'wait') await gate
      yield { type: 'message', ...about, message, data: null, visualization: null }
      ended.push(conversation_id)
    },
  }
  return { chat, turns, ended, letGo }
}

const replyTo = async (client: Client, frame: object): Promise<ChatFrame> => {
  client.clear()
  client.send(frame)
  return (await client.find((found) => 'conversation_id' in found && !found.type.includes('_'))) as ChatFrame
}

test('a message reaches the agent that it names, in the session’s own conversation with it', async () => {
  const { chat, turns } = echoAgents()
  const { connect } = await runServer({ chat })
  const client = await connect()
  const { session_id } = await client.ask({ type: 'hello', user_id: 'Ann' }, 'connected')
  for (const [frame, expected] of [
    [{ message: 'hi' }, { agent_type: 'guide', pillar: null, conversation_id: `guide_${session_id}` }],
    [{ message: 'hi', agent_type: null, pillar: null, conversation_id: null }, { agent_type: 'guide' }],
    [
      { type: 'message', message: 'hi', agent_type: 'liaison', pillar: 'insights' },
      { agent_type: 'liaison', pillar: 'insights', conversation_id: `liaison_insights_${session_id}` },
    ],
    [
      { message: 'hi', agent_type: 'liaison', pillar: 'content' },
      { pillar: 'content', conversation_id: `liaison_content_${session_id}` },
    ],
    [
      { message: 'hi', agent: 'liaison', pillar: 'operations' },
      { agent_type: 'liaison', conversation_id: `liaison_operations_${session_id}` },
    ],
    [{ message: 'hi', agent: 'liaison', agent_type: 'guide' }, { agent_type: 'guide' }],
    // Clients send the pillar that they show with every message.
    [
      { message: 'hi', agent_type: 'guide', pillar: 'content' },
      { agent_type: 'guide', pillar: null, conversation_id: `guide_${session_id}` },
    ],
    [
      { message: 'hi', conversation_id: 'c-7' },
      { agent_type: 'guide', conversation_id: 'c-7' },
    ],
  ] as const) {
    const reply = await replyTo(client, frame)
    expect(reply).toMatchObject({ type: 'message', message: 'hi', ...expected })
    expect(chatReplySchema.parse(reply)).toEqual(reply)
    expect(client.frames.filter(({ type }) => type === 'message_delta')).toHaveLength(2)
  }
  expect(new Set(turns.map(({ userId }) => userId))).toEqual(new Set(['Ann']))
})

test('a session may be called anything: its own conversation has a name that can be used', async () => {
  const { chat } = echoAgents()
  const { connect } = await runServer({ chat })
  const named = async (session_id: string): Promise<string> => {
    const client = await connect()
    await client.ask({ type: 'hello', session_id }, 'connected')
    return (await replyTo(client, { message: 'hi' })).conversation_id
  }
  expect(await named('s'.repeat(190))).toBe(`guide_${'s'.repeat(190)}`)
  const [long, longer, control] = [
    await named('s'.repeat(195)),
    await named('s'.repeat(196)),
    await named('a\nb'),
  ]
  for (const id of [long, longer, control]) expect(id).toMatch(/^guide_[0-9a-f]{32}$/)
  expect(new Set([long, longer, control]).size).toBe(3)
  expect(await named('a\nb')).toBe(control)
})

test('metadata goes to the agent as it is, a session_token to nobody', async () => {
  const { chat, turns } = echoAgents()
  const { connect } = await runServer({ chat })
  const metadata = { file_id: 7, deep: [{ x: null }] }
  await replyTo(await connect(), { message: 'hi', metadata, session_token: 'a secret' })
  expect(turns[0]?.metadata).toEqual(metadata)
  expect(JSON.stringify(turns)).not.toContain('secret')
})

test('a resumed session goes on with its own conversation; replies go to who asked', async () => {
  const { chat } = echoAgents()
  const { connect } = await runServer({ chat })
  const [first, other] = [await connect(), await connect()]
  const { conversation_id } = await replyTo(first, { message: 'hi' })
  const { session_id } = await first.ask({ type: 'hello', user_id: 'ann' }, 'connected')
  await other.ask({ type: 'hello', user_id: 'ann' }, 'connected')
  await first.close()
  const again = await connect()
  await again.ask({ type: 'hello', session_id }, 'connected')
  expect((await replyTo(again, { message: 'still there?' })).conversation_id).toBe(conversation_id)
  await other.ask({ type: 'ping' }, 'pong')
  expect(other.frames).toEqual([{ type: 'pong' }])
})

test('an agent that breaks is an error in its conversation, and the connection stays', async () => {
  const { chat } = echoAgents()
  const { connect, logged } = await runServer({ chat })
  const client = await connect()
  const reply = await replyTo(client, { message: 'break', agent_type: 'liaison', pillar: 'content' })
  expect(chatReplySchema.parse(reply)).toMatchObject({
    type: 'error',
    code: 'internal',
    message: 'the agent broke',
    agent_type: 'liaison',
    pillar: 'content',
  })
  expect((await logged('Chat turn failed')).level).toBe('error')
  expect(await replyTo(client, { message: 'hi' })).toMatchObject({ type: 'message' })
})

test('a turn goes on when its asker leaves', async () => {
  const { chat, ended, letGo } = echoAgents()
  const { connect, server } = await runServer({ chat })
  const client = await connect()
  client.send({ message: 'wait', conversation_id: 'c' })
  await client.find(({ type }) => type === 'message_delta')
  await client.close()
  await vi.waitFor(() => expect(server.sessionCount).toBe(0))
  letGo()
  await vi.waitFor(() => expect(ended).toEqual(['c']))
})

test('who asks and asks and never reads is cut off', async () => {
  const { chat } = echoAgents()
  const long = 'x'.repeat(4 * 1024 * 1024)
  const talkative: ChatAgents = {
    agentTypes,
    answer: async function* (turn) {
      for await (const frame of chat.answer(turn))
        yield frame.type === 'message' ? { ...frame, message: long } : frame
    },
  }
  const running = await runServer({ chat: talkative })
  const client = await running.connect()
  const socket = Reflect.get(client.webSocket, '_socket') as Socket
  socket.pause()
  for (let count = 0; count < 20; count += 1) client.send({ message: 'hi' })
  const { fields } = await running.logged('WebSocket disconnected')
  expect(fields['why']).toBe('does not read what it is sent')
  expect(running.server.sessionCount).toBe(0)
  socket.resume()
  expect((await client.closed).code).toBe(1006)
})

test('a conversation is followed before it has begun, and again from any event of it', async () => {
  const { connect, queue, conversations, add } = await runServer()
  const client = await connect()
  const follow = { type: 'subscribe', conversation_id: 'to come', deltas: true }
  await client.ask(follow, 'caught_up')
  await add('Of no conversation')
  client.send({ message: 'Hello', conversation_id: 'to come' })
  const isSaid = (frame: { type: string }): boolean => frame.type === 'message' && 'v' in frame
  expect(await client.find(isSaid)).toMatchObject({ data: { text: 'Hello', conversation_id: 'to come' } })
  const [task_id] = conversations.taskIds('to come')
  client.send({ type: 'cancel', task_id })
  expect(await client.find((frame) => frame.type === 'error')).toMatchObject({ code: 'cancelled', task_id })
  expect(client.events.map(({ seq, type }) => [seq, type])).toEqual([
    [2, 'task_added'],
    [3, 'message'],
    [4, 'status'],
  ])
  const again = await connect()
  again.send({ ...follow, after: 2, tasks: ['1'], types: ['task_added', 'message'] })
  await again.frame('caught_up')
  expect(again.events.map(({ seq }) => seq)).toEqual([3])
  expect(queue.counts()).toMatchObject({ pending: 1, cancelled: 1 })
})

test.each([
  ['/api/ws/guide', {}, { agent_type: 'guide', pillar: null }],
  ['/api/ws/liaison/insights', {}, { agent_type: 'liaison', pillar: 'insights' }],
  ['/api/ws/liaison/business_outcomes', {}, { agent_type: 'liaison', pillar: 'business_outcomes' }],
  ['/api/ws/liaison/caf%C3%A9', {}, { agent_type: 'liaison', pillar: 'café' }],
  ['/api/ws/liaison/insights', { pillar: 'content' }, { agent_type: 'liaison', pillar: 'content' }],
  ['/api/ws/liaison/insights', { agent_type: 'guide' }, { agent_type: 'guide', pillar: null }],
])('the older %s is for its agent, and says that it is one', async (path, frame, expected) => {
  const { chat } = echoAgents()
  const { connect } = await runServer({ chat })
  const client = await connect({ path })
  const [connected] = client.frames
  expect(serverFrameSchema.parse(connected)).toMatchObject({ type: 'connected', deprecated: true })
  expect(await replyTo(client, { message: 'hi', ...frame })).toMatchObject({ type: 'message', ...expected })
  const error = await client.ask({ message: 'hi', agent_type: 'oracle' }, 'error')
  expect(error.message).toBe('Unknown agent_type: oracle')
  const greeted = await client.ask({ type: 'hello', user_id: 'ann' }, 'connected')
  expect(greeted).toMatchObject({ user_id: 'ann', deprecated: true })
  await client.ask({ type: 'subscribe', after: 0 }, 'caught_up')
  await client.ask({ type: 'ping' }, 'pong')
})

test('what an older endpoint implies for its own agent is no help with another', async () => {
  const { connect } = await runServer({ chat: echoAgents().chat })
  const client = await connect({ path: '/api/ws/guide' })
  const error = await client.ask({ message: 'hi', agent_type: 'liaison' }, 'error')
  expect(error.message).toBe('pillar is required for liaison agent')
})

test('the endpoint that counts says nothing of being old', async () => {
  const { connect } = await runServer()
  expect((await connect()).frames[0]).not.toHaveProperty('deprecated')
})
