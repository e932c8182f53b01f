import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import { homeWith } from '../support/provider-home.ts'
import { newSparky } from '../support/sparky.ts'

const soon = { timeout: 15_000, interval: 20 }

test('one turn prints the answer and nothing else on stdout; the next one remembers it', async () => {
  const { server, sparky } = await homeWith('openai', ({ text }) =>
    text.includes('my name?')
      ? { text: text.includes('I am Ada') ? 'You are **Ada**.' : 'I do not know.' }
      : { text: 'Hello, Ada.' },
  )
  const first = await sparky.run(['chat', '--message', 'I am Ada'])
  expect(first).toMatchObject({ exitCode: 0, stdout: 'Hello, Ada.' })
  const [, id = ''] = /sparky chat --conversation (\S+) goes on with it/.exec(first.stderr) ?? []

  const ask = (...flags: string[]) => sparky.json<Task>(['chat', ...flags, '--message', 'What is my name?'])
  const remembered = { answer: 'You are **Ada**.' }
  expect(await ask('--conversation', 'last')).toMatchObject({
    kind: 'chat',
    status: 'completed',
    agent: 'guide',
    conversation_id: id,
    cwd: sparky.work,
    response_payload: remembered,
  })
  expect(await ask('--conversation', id)).toMatchObject({ conversation_id: id, response_payload: remembered })
  const strangers = [
    await ask(),
    await ask('--conversation', 'a-name-of-mine', '--user', 'other'),
    await ask('--agent', 'liaison/content', '--conversation', id.slice(0, 8).replaceAll(/./g, '0')),
  ]
  expect(strangers.map((task) => task.response_payload?.answer)).toEqual(
    strangers.map(() => 'I do not know.'),
  )
  expect(strangers.map((task) => task.conversation_id)).not.toContain(id)
  // The last one of that user, and the last one with that agent.
  expect(await ask('--conversation', 'last', '--user', 'other')).toMatchObject({
    conversation_id: 'a-name-of-mine',
  })
  expect(await ask('--conversation', 'last', '--agent', 'liaison', '--pillar', 'content')).toMatchObject({
    agent: 'liaison',
    conversation_id: '00000000',
  })
  expect(server.requests).toHaveLength(8)
  // A daemon that was started to chat runs no tasks, unless it is told to.
  expect(await sparky.json(['agent', 'status'])).toMatchObject({ agent_loop: false })
})

test('files that the message names go with it, and each one that does not is named', async () => {
  const { server, sparky } = await homeWith('openai', () => ({ text: 'Read.' }))
  writeFileSync(path.join(sparky.work, 'notes.md'), 'the word is "xylophone"\n')
  const message = 'Mind @notes.md, not me@notes.md, `@notes.md` or @nothing.md'
  const { exitCode, stdout, stderr } = await sparky.run(['chat', '--message', message])
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Read.' })
  expect(stderr).toContain('Attached notes.md\n')
  expect(stderr).toContain('Not attached: nothing.md: no such file\n')
  expect(server.requests[0]?.text).toContain('xylophone')
  const { request_payload } = await sparky.task(1)
  expect(request_payload).toMatchObject({
    prompt: message,
    metadata: {
      attachments: [{ path: 'notes.md', text: 'the word is "xylophone"\n', truncated: false }],
    },
  })

  const piped = await sparky.run(['chat', '--message', '-'], { input: `${message}\nsecond line\n` })
  expect(piped).toMatchObject({ exitCode: 0, stdout: 'Read.' })
  expect(piped.stderr).toContain('Not attached: notes.md: a message from stdin attaches no files')
  expect(server.requests[1]?.text).toContain('second line')
  expect(server.requests[1]?.text).not.toContain('xylophone')
})

test('each way to fail has its exit code, and its reason as one object with --json', async () => {
  const sparky = newSparky()
  const fail = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await sparky.run(['chat', '--json', ...args])
    return { exitCode, stdout, error: (JSON.parse(stderr) as { error: { message: string } }).error }
  }
  expect(await fail('--message', ' ')).toMatchObject({ exitCode: 2, error: { code: 'usage' } })
  expect(await fail('--message', '-')).toMatchObject({ exitCode: 2, stdout: '' })
  expect(sparky.daemon()).toBeUndefined()

  const unknown = await fail('--agent', 'nobody', '--message', 'What is the date?')
  expect(unknown).toMatchObject({ exitCode: 4, stdout: '', error: { code: 'not_found' } })
  expect(unknown.error.message).toContain('nobody')
  expect(await fail('--agent', 'liaison', '--message', 'What is the date?')).toMatchObject({
    exitCode: 2,
    error: { message: 'pillar is required for liaison agent' },
  })
  expect(await fail('--conversation', 'last', '--message', 'Hello')).toMatchObject({
    exitCode: 4,
    stdout: '',
  })
  const demo = await fail('--message', 'Compose a sonnet')
  expect(demo).toMatchObject({ exitCode: 9, error: { code: 'model_not_configured' } })
  expect(JSON.parse(demo.stdout)).toMatchObject({ kind: 'chat', status: 'failed' })
  expect(await sparky.run(['chat', '--conversation', 'x', '--message', 'What is the date?'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('offline demo: rules, not a language model'),
  })
  expect(
    await fail('--conversation', 'x', '--agent', 'default', '--message', 'What is the date?'),
  ).toMatchObject({ exitCode: 5, stdout: '', error: { code: 'conflict' } })
})

test('Ctrl+C cancels the turn, whose command ends, and exits 130', async () => {
  const { sparky } = await homeWith('openai', () => ({
    calls: [{ name: 'run_command', args: { command: 'echo begun > begun; sleep 600' } }],
  }))
  const chat = sparky.spawn(['chat', '--message', 'Take your time'])
  await vi.waitFor(() => expect(sparky.linesOf('begun')).toEqual(['begun']), soon)
  chat.kill('SIGINT')
  const { exitCode, stdout, stderr } = await chat
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' })
  expect(stderr).toMatch(/Cancelling task 1/)
  expect(await sparky.task(1)).toMatchObject({ status: 'cancelled' })
})
