import { expect, onTestFinished, test } from 'vitest'
import type { ApiResult } from '../../src/protocol/api.ts'
import type { Conversation } from '../../src/protocol/conversation.ts'
import type { DaemonStatus } from '../../src/protocol/daemon-status.ts'
import type { Task } from '../../src/protocol/task.ts'
import { startModelServer, type Script } from '../support/model-server.ts'
import { newSparky } from '../support/sparky.ts'

type Shown = ApiResult<'showConversation'>

const open = async (replies: Script) => {
  const server = await startModelServer({ replies })
  onTestFinished(() => server.close())
  const sparky = newSparky({ ...server.environment('google'), ...server.environment('anthropic') })
  const show = (): Promise<Shown> => sparky.json<Shown>(['conversations', 'show', 'c'])
  const say = (message: string, ...flags: string[]): Promise<Task> =>
    sparky.json<Task>(['chat', '--message', message, '--conversation', 'c', ...flags])
  return { server, sparky, show, say }
}

test('an answer that a kill -9 has cut off is given by the next start, without doing again what was done', async () => {
  const { server, sparky, show, say } = await open([
    { calls: [{ name: 'run_command', args: { command: 'echo done >> tally' } }] },
    { text: 'The whole answer, of which only a part is sent at first.', stallAfterBytes: 400 },
    { text: 'The whole answer.' },
    { text: 'And another.' },
  ])
  const asking = sparky.spawn(['chat', '--message', 'Do it', '--conversation', 'c'])
  await expect.poll(() => server.requests.length, { timeout: 20_000 }).toBe(2)
  expect(await sparky.json<DaemonStatus>(['agent', 'status'])).toMatchObject({ agent_loop: false })
  await sparky.killDaemon()
  await sparky.run(['agent', 'pause'])
  await expect
    .poll(async () => (await show()).history, { timeout: 20_000 })
    .toMatchObject([{ message: 'Do it', status: 'completed', answer: 'The whole answer.' }])
  expect(await asking).toMatchObject({ exitCode: 0, stdout: 'The whole answer.' })
  expect(sparky.linesOf('tally')).toEqual(['done'])
  // What was cut off is asked for again with all that had been done, and turns run while the queue is paused.
  expect(server.requests[2]?.text).toContain('echo done')
  expect(await say('More')).toMatchObject({ status: 'completed', kind: 'chat' })
  expect(server.requests[3]?.text).toContain('The whole answer.')
  expect(await sparky.json<DaemonStatus>(['agent', 'status'])).toMatchObject({ paused: true })
})

interface AnthropicMessage {
  readonly role: string
  readonly content: readonly { readonly type: string; readonly id?: string; readonly tool_use_id?: string }[]
}

test('a conversation goes on with the model of another provider, and is listed, named, exported and removed', async () => {
  const { server, sparky, show, say } = await open((_, index) => {
    const even = { reasoning: 'I think.', calls: [{ name: 'current_time', args: {}, id: 'call_1' }] }
    return index % 2 === 0 ? even : { text: `Answer ${index}.` }
  })
  await say('One', '--model', 'google/gemini-3.5-flash')
  await say('Two', '--model', 'anthropic/claude-haiku-4-5')
  await say('Three', '--model', 'google/gemini-3.5-flash')
  await sparky.start()
  expect(await sparky.json<Task>(['run', '--conversation', 'last', 'Four'])).toMatchObject({
    kind: 'agent',
    agent: 'guide',
    conversation_id: 'c',
  })
  const anthropic = server.requests
    .filter(({ api }) => api === 'anthropic')
    .map(({ body }) => body['messages'])
  for (const messages of anthropic as AnthropicMessage[][]) {
    expect(messages.map(({ role }) => role)).toEqual(
      messages.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')),
    )
    const parts = messages.flatMap(({ content }) => content)
    const called = parts.flatMap(({ id }) => id ?? [])
    expect(parts.flatMap(({ tool_use_id }) => tool_use_id ?? [])).toEqual(called)
    expect(new Set(called).size).toBe(called.length)
  }
  // What Google's model thought is no thinking that Anthropic has signed.
  expect(JSON.stringify(anthropic[0])).not.toContain('I think.')
  const google = server.requests.filter(({ api }) => api === 'google').map(({ body }) => body['contents'])
  for (const contents of google as { readonly role: string }[][]) {
    expect(contents.map(({ role }) => role)).toEqual(
      contents.map((_, at) => (at % 2 === 0 ? 'user' : 'model')),
    )
  }
  expect(server.requests.at(-1)?.text).toContain('Answer 1.')

  await sparky.run(['conversations', 'rename', 'c', 'Times', 'of day'])
  expect(await sparky.json<Conversation[]>(['conversations', 'list'])).toMatchObject([
    { id: 'c', title: 'Times of day', agent: 'guide', turns: 4, active: false, user_id: 'user' },
  ])
  expect((await show()).history.map(({ answer }) => answer)).toEqual(
    [1, 3, 5, 7].map((nth) => `Answer ${nth}.`),
  )
  const { stdout: markdown } = await sparky.run(['conversations', 'export', 'last'])
  expect(markdown).toMatch(
    /^# Times of day\n[^]*\n\nTwo\n\n## guide\n\n- `current_time \{\}`\n\nAnswer 3\.\n/,
  )
  expect(
    (await sparky.run(['chat', '--message', 'x', '--conversation', 'c', '--agent', 'default'])).exitCode,
  ).toBe(5)
  expect(await sparky.json<Conversation>(['conversations', 'remove', 'c'])).toMatchObject({ id: 'c' })
  expect((await sparky.run(['conversations', 'show', 'c'])).exitCode).toBe(4)
  expect(await sparky.json<Task[]>(['agent', 'tasks', 'list', '--all'])).toEqual([])
})
