import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { isAlive } from '../../src/client/process-alive.ts'
import { filesServer, hostileServer } from '../support/mcp-servers.ts'
import type { RecordedRequest, ScriptedReply } from '../support/model-server.ts'
import { homeWith, tell } from '../support/provider-home.ts'
import { newSparky } from '../support/sparky.ts'

const soon = { timeout: 10_000, interval: 10 }

const writeServers = (file: string, mcpServers: Record<string, object>): void =>
  writeFileSync(file, JSON.stringify({ mcpServers }, null, 2))

const offeredTo = ({ body }: RecordedRequest): string[] =>
  JSON.stringify(body['tools']).match(/mcp__\w+|"read_file"/g) ?? []

const pidsIn = (file: string): number[] =>
  [...readFileSync(file, 'utf8').matchAll(/^started (\d+)$/gm)].map(([, pid]) => Number(pid))

/** Calls these tools one after the other, one in each step, and then answers. */
const calls = (...names: [name: string, args?: object][]): ScriptedReply[] => [
  ...names.map(([name, args = {}]) => ({ calls: [{ name, args }] })),
  { text: 'Done.' },
]

test('an agent reads a file through a server, goes on where one dies, and its task names what does not start', async () => {
  const { server, sparky } = await homeWith('google', [])
  const notes = path.join(sparky.work, 'notes')
  writeFileSync(path.join(sparky.work, 'hello.txt'), 'Hello from a file.')
  mkdirSync(sparky.home, { recursive: true })
  writeServers(path.join(sparky.home, 'mcp.json'), {
    files: filesServer(sparky.work),
    hostile: hostileServer('plain', notes),
    broken: hostileServer('dies'),
    unset: { command: '${NO_SUCH_VARIABLE}' },
    off: { command: 'false', disabled: true },
  })

  server.push(
    ...calls(
      ['mcp__files__read_text_file', { path: path.join(sparky.work, 'hello.txt') }],
      ['mcp__hostile__die'],
      ['mcp__hostile__echo', { again: true }],
    ),
  )
  const { task, of } = await tell(sparky, 'Read hello.txt')
  expect(task).toMatchObject({ status: 'completed', response_payload: { answer: 'Done.' } })
  expect(of('tool_result').map(({ data }) => [data.name, data.status, data.result])).toEqual([
    ['mcp__files__read_text_file', 'ok', 'Hello from a file.'],
    ['mcp__hostile__die', 'error', 'MCP server "hostile": it ended with exit code 1'],
    ['mcp__hostile__echo', 'ok', '{"again":true}'],
  ])
  expect(of('error').map(({ data }) => [data.code, data.message])).toEqual([
    [
      'mcp_failed',
      expect.stringMatching(/"unset": .*mcp\.json:\d+: the variable NO_SUCH_VARIABLE is not set/),
    ],
    ['mcp_failed', 'MCP server "broken": it ended with exit code 3: ␛[31mno such database␛[0m'],
  ])
  const [request] = server.requests
  expect(request && offeredTo(request)).toEqual(
    expect.arrayContaining(['"read_file"', 'mcp__files__read_text_file']),
  )
  expect(sparky.log()).toContain('Secure MCP Filesystem Server running on stdio')
  expect(sparky.log()).not.toContain('\u001b')

  // The next task has the same servers, and a killed daemon leaves none of them behind.
  server.push(...calls(['mcp__hostile__child']))
  const second = await tell(sparky, 'Again')
  const child = Number(second.of('tool_result')[0]?.data.result)
  const pids = pidsIn(notes)
  expect(pids).toHaveLength(2)
  expect([pids[1] ?? 0, child].map(isAlive)).toEqual([true, true])
  await sparky.killDaemon()
  await vi.waitFor(() => expect([pids[1] ?? 0, child].map(isAlive)).toEqual([false, false]), soon)
})

test('of a project only what the user has trusted is started, as it was then, and for agents that may use it', async () => {
  const { server, sparky } = await homeWith('anthropic', () => ({ text: 'Done.' }))
  const file = path.join(sparky.work, '.mcp.json')
  const notes = path.join(sparky.work, 'notes')
  writeServers(file, { theirs: hostileServer('plain', notes) })
  const errors = async (): Promise<string[]> =>
    (await tell(sparky, 'Do it')).of('error').map(({ data }) => data.message)
  const refused = [
    expect.stringMatching(/^the MCP server "theirs" of .*\.mcp\.json is new or changed .*run "sparky trust"/),
  ]

  expect(await errors()).toEqual(refused)
  expect(existsSync(notes)).toBe(false)

  await sparky.json(['trust'])
  expect(await errors()).toEqual([])
  expect(pidsIn(notes)).toHaveLength(1)
  expect(offeredTo(server.requests.at(-1) as RecordedRequest)).toContain('mcp__theirs__echo')

  writeServers(file, { theirs: hostileServer('plain', notes, '--more') })
  expect(await errors()).toEqual(refused)
  expect(pidsIn(notes)).toHaveLength(1)
  expect(await sparky.json(['mcp', 'list'])).toMatchObject([{ name: 'theirs', status: 'untrusted' }])

  // One that no agent may use is not started; the user's own word is enough for what the user adds.
  const agents = path.join(sparky.home, 'agents')
  mkdirSync(agents, { recursive: true })
  writeFileSync(
    path.join(agents, 'default.md'),
    '---\nname: default\ndescription: d\ntools: [read_file]\n---\nBe good.\n',
  )
  const { args } = hostileServer('plain', notes, '--another')
  const ours = ['mcp', 'add', 'theirs', '--project', '--replace', '--', process.execPath, ...args]
  expect(await sparky.run(ours)).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await sparky.json(['mcp', 'list'])).toMatchObject([{ name: 'theirs', status: 'ready' }])
  expect(await errors()).toEqual([])
  expect(pidsIn(notes)).toHaveLength(1)
})

test('mcp add, list, test and remove mask what is secret, show nothing that reaches for the terminal, and need no daemon', async () => {
  const sparky = newSparky({ TOKEN: 'a-secret-token' })
  const home = path.join(sparky.home, 'mcp.json')
  const { command, args } = hostileServer('escapes')
  const tiny = [
    'mcp',
    'add',
    'tiny',
    '--env',
    'KEY=a-secret-key',
    '--timeout',
    '5000',
    '--',
    command,
    ...args,
  ]
  expect(await sparky.run(tiny)).toMatchObject({ exitCode: 0, stderr: '' })
  const web = ['mcp', 'add', 'web', '--url', 'https://mcp.example/?key=a-secret-key', '--transport', 'sse']
  const headers = ['--header', 'Authorization: Bearer ${TOKEN}', '--header', 'X-Key: a-secret-key']
  expect(await sparky.json([...web, ...headers])).toMatchObject({
    name: 'web',
    transport: 'sse',
    status: 'ready',
  })
  expect(JSON.parse(readFileSync(home, 'utf8'))).toEqual({
    mcpServers: {
      tiny: { command, args, env: { KEY: 'a-secret-key' }, timeout: 5000 },
      web: {
        type: 'sse',
        url: 'https://mcp.example/?key=a-secret-key',
        headers: { Authorization: 'Bearer ${TOKEN}', 'X-Key': 'a-secret-key' },
      },
    },
  })

  expect((await sparky.run(['tools', 'list'])).stderr).toContain(
    'And those of the MCP servers tiny, web: "sparky mcp test NAME" lists them.',
  )
  const shown = await sparky.run(['mcp', 'list', '--json'])
  expect(shown.stdout).not.toContain('a-secret')
  expect((JSON.parse(shown.stdout) as { name: string }[]).map(({ name }) => name)).toEqual(['tiny', 'web'])

  const tested = await sparky.run(['mcp', 'test', 'tiny'])
  expect(tested.stdout).toMatch(/✓ tiny works: 3 tools, known after \d\.\d s/)
  expect(tested.stdout).toContain('mcp__tiny__clear__2Jscreen ')
  expect(tested.stdout).toContain('Clears ␛]52;c;aGk=␇ it.')
  expect(tested.stdout + tested.stderr).not.toContain('\u001b')
  expect(tested.stdout).toContain('ddd')
  expect(tested.stdout.length).toBeLessThan(10_000)

  const nobody = await sparky.run(['mcp', 'test', 'nobody', '--json'])
  expect(nobody).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('no MCP server \\"nobody\\"') })
  expect(await sparky.run(['mcp', 'add', 'tiny'])).toMatchObject({ exitCode: 2 })
  expect(await sparky.json(['mcp', 'remove', 'web'])).toEqual({ name: 'web', file: home })
  writeFileSync(home, '{"mcpServers": {\n  "a": 1,\n}}')
  const broken = await sparky.run(['mcp', 'list', '--json'])
  expect(broken).toMatchObject({
    exitCode: 2,
    stdout: '[]',
    stderr: expect.stringMatching(/mcp\.json:3: expected JSON/),
  })
  expect((await sparky.run(['doctor'])).stdout).toMatch(/! warn {2}mcp .*mcp\.json: expected JSON/)
  expect(sparky.daemon()).toBeUndefined()
})
