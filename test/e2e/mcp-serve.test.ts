import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newSparky, type Sparky } from '../support/sparky.ts'

const bin = path.join(import.meta.dirname, '../../bin/sparky.js')

const serverOf = ({ env, work }: Sparky) => ({
  command: process.execPath,
  args: [bin, 'mcp', 'serve'],
  env: { ...env },
  cwd: work,
  stderr: 'ignore' as const,
})

interface Called {
  readonly isError?: boolean | undefined
  readonly structuredContent?: Record<string, unknown> | undefined
  readonly content: readonly { readonly type: string; readonly text?: string }[]
}

const textOf = (result: Called): string => result.content.map(({ text }) => text).join()

test('another agent hands over work, waits for it and reads its answer, with the client of today', async () => {
  const sparky = newSparky()
  const client = new Client({ name: 'another-agent', version: '1' })
  await client.connect(new StdioClientTransport(serverOf(sparky)))
  onTestFinished(() => client.close())
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<Called> =>
    (await client.callTool({ name, arguments: args })) as Called
  expect(client.getServerVersion()?.name).toBe('sparky')
  const { tools } = await client.listTools()
  expect(
    tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint, annotations?.destructiveHint]),
  ).toEqual([
    ['add_task', false, false],
    ['list_tasks', true, false],
    ['show_task', true, false],
    ['wait_task', true, false],
    ['task_result', true, false],
    ['cancel_task', false, true],
  ])

  const added = await call('add_task', { prompt: 'What time is it?', labels: { from: 'elsewhere' } })
  expect(textOf(added)).toBe('Task 1 is pending.')
  expect(added.structuredContent).toMatchObject({
    task: { number: 1, cwd: sparky.work, labels: { from: 'elsewhere' } },
  })
  const waited = await call('wait_task', { task: 1 })
  expect(waited.structuredContent).toMatchObject({ ended: true, task: { status: 'completed' } })
  const result = await call('task_result', { task: '1' })
  expect(textOf(result)).toContain('The current date and time is')
  expect(textOf(waited)).toBe(textOf(result))

  const failed = await call('wait_task', {
    task: (
      (await call('add_task', { prompt: 'Compose a sonnet' })).structuredContent as { task: { id: string } }
    ).task.id,
  })
  expect(failed.structuredContent).toMatchObject({
    ended: true,
    answer: null,
    task: { status: 'failed', error: { code: 'model_not_configured' } },
  })
  expect(await call('task_result', { task: 2 })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^conflict: Task 2 is failed/) }],
  })
  expect(await call('show_task', { task: 99 })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^not_found: /) }],
  })
  expect(await call('add_task', { prompt: 'x', at: 'never' })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^usage: /) }],
  })
  expect(await call('list_tasks', { status: ['failed'] })).toMatchObject({
    structuredContent: { tasks: [{ number: 2 }] },
  })
})

test('a wait ends with its time, tells of progress, and lives through the end of the daemon; with the old client', async () => {
  const sparky = newSparky()
  const client = new OldClient({ name: 'an-older-agent', version: '1' })
  const transport = new OldTransport(serverOf(sparky))
  await client.connect(transport)
  onTestFinished(() => client.close())
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<Called> =>
    (await client.callTool({ name, arguments: args })) as Called
  await client.listTools()

  await call('add_task', { prompt: 'What time is it?', at: '1h' })
  const early = await call('wait_task', { task: 1, timeout_s: 0.2 })
  expect(early.structuredContent).toMatchObject({ ended: false })
  expect(textOf(early)).toMatch(/^Task 1 is scheduled\..*call wait_task again/)

  const heard: string[] = []
  const waiting = client.callTool({ name: 'wait_task', arguments: { task: 1 } }, undefined, {
    onprogress: ({ message }) => heard.push(message ?? ''),
  })
  await sparky.run(['agent', 'restart'])
  const cancelled = await call('cancel_task', { task: 1 })
  expect(cancelled.structuredContent).toMatchObject({ task: { status: 'cancelled' } })
  expect((await waiting).structuredContent).toMatchObject({ ended: true, task: { status: 'cancelled' } })
  expect(heard[0]).toMatch(/^task 1 is /)

  // Where none runs, the next call starts one.
  await sparky.killDaemon()
  expect(await call('show_task', { task: 1 })).toMatchObject({
    structuredContent: { task: { status: 'cancelled' } },
  })
})

test('it says nothing but the protocol on stdout, and ends when stdin does, also in the middle of a wait', async () => {
  const sparky = newSparky()
  await sparky.add('What time is it?', ['--at', '1h'])
  const { command, args, env, cwd } = serverOf(sparky)
  const child = spawn(command, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const send = (message: object): void =>
    void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } }
  child.stdin.write('this is no JSON\n')
  child.stdin.write('{"jsonrpc": "2.0"}\n')
  send({ id: 1, method: 'initialize', params: hello })
  send({ method: 'notifications/initialized' })
  send({ id: 2, method: 'tools/call', params: { name: 'show_task', arguments: { task: 1 } } })
  send({
    id: 3,
    method: 'tools/call',
    params: { name: 'wait_task', arguments: { task: 1, timeout_s: 600 }, _meta: { progressToken: 'p' } },
  })
  await expect.poll(() => out, { timeout: 15_000, interval: 10 }).toContain('notifications/progress')
  child.stdin.end()
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { jsonrpc: string })
  expect(lines.every(({ jsonrpc }) => jsonrpc === '2.0')).toBe(true)
  expect(said).toBe('passed over what is no message of the protocol\n')
})
