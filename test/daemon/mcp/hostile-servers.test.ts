import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isAlive } from '../../../src/client/process-alive.ts'
import { callOutcome } from '../../../src/daemon/mcp/call-outcome.ts'
import type { McpServers, WantedServer } from '../../../src/daemon/mcp/servers.ts'
import { hostileServer } from '../../support/mcp-servers.ts'
import { calling, openServers, quiet, untilAborted, wantedServer } from './open-servers.ts'

const notesFile = (): { file: string; notes: () => string[] } => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-mcp-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'notes')
  return { file, notes: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []) }
}

const say = async (servers: McpServers, server: WantedServer, tool: string, args = {}): Promise<string> =>
  callOutcome(await servers.call(server, calling(tool, args), quiet)).text

describe('a server that does not start', () => {
  test.for([
    [
      'there is no such command',
      { command: 'no-such-command-of-sparky' },
      'there is no command "no-such-command-of-sparky"',
    ],
    [
      'there is no such folder',
      { ...hostileServer(), cwd: '/no/such/folder' },
      'there is no folder /no/such/folder',
    ],
    ['it dies', hostileServer('dies'), 'it ended with exit code 3: ␛[31mno such database␛[0m'],
    [
      'it says nothing',
      { ...hostileServer('silent'), startup_timeout: 300 },
      'it did not start within 0.3 s',
    ],
    ['it answers an error', hostileServer('not_mcp'), 'it refused: nothing works'],
    [
      'nobody listens',
      { type: 'http', url: 'http://127.0.0.1:9/mcp' },
      expect.stringMatching(/ECONNREFUSED|bad port/),
    ],
  ] as const)('because %s', async ([, written, why]) => {
    const { servers } = openServers()
    const server = wantedServer(written)
    const failure = await servers.tools(server, untilAborted).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'mcp_failed',
      message: typeof why === 'string' ? `MCP server "test": ${why}` : why,
    })
  })

  test('is not tried again at once, and says when; then it is', async () => {
    const { file, notes } = notesFile()
    const { servers } = openServers()
    const server = wantedServer(hostileServer('late', file))
    await expect(servers.tools(server, untilAborted)).rejects.toThrow('exit code 4')
    await expect(servers.tools(server, untilAborted)).rejects.toThrow(/exit code 4.*tried again in 1 s/)
    expect(notes()).toHaveLength(1)
    const later = { timeout: 5_000, interval: 50 }
    await vi.waitFor(async () => expect(await servers.tools(server, untilAborted)).toHaveLength(14), later)
    expect(notes()).toHaveLength(2)
  })

  test('is not waited for by an attempt that is cancelled, while others wait on', async () => {
    const { servers } = openServers()
    const server = wantedServer({ ...hostileServer('silent'), startup_timeout: 400 })
    const cancel = new AbortController()
    const cancelled = servers.tools(server, cancel.signal).catch((error: unknown) => error)
    const patient = servers.tools(server, untilAborted).catch((error: unknown) => error)
    cancel.abort(new Error('cancelled'))
    expect(await cancelled).toMatchObject({ message: 'cancelled' })
    expect(await patient).toMatchObject({ message: expect.stringContaining('did not start') })
  })
})

test('a server that is starting does not hold up the end of the daemon', async () => {
  const { file, notes } = notesFile()
  const { servers } = openServers()
  const starting = servers.tools(wantedServer(hostileServer('silent', file)), untilAborted).catch(String)
  await vi.waitFor(() => expect(notes()).toHaveLength(1))
  await servers.close()
  expect(await starting).toContain('the daemon is stopping')
  expect(isAlive(Number(notes()[0]?.split(' ')[1]))).toBe(false)
})

describe('one server for all that want it', () => {
  test('is started once, pages through its tools, and ends with the daemon', async () => {
    const { file, notes } = notesFile()
    const { servers } = openServers()
    const server = wantedServer(hostileServer('plain', file))
    const lists = await Promise.all([1, 2, 3].map(() => servers.tools(server, untilAborted)))
    expect(lists.map((list) => list.length)).toEqual([14, 14, 14])
    await servers.close()
    expect(notes()).toEqual([expect.stringMatching(/^started/), 'stdin closed'])
    await expect(servers.tools(server, untilAborted)).rejects.toThrow('the daemon is stopping')
  })

  test('ends when nobody has called it for a while, and is there again for the next call', async () => {
    const { file, notes } = notesFile()
    const { servers, logged } = openServers({ idleMs: 50 })
    const server = wantedServer(hostileServer('plain', file))
    expect(await say(servers, server, 'echo', { a: 1 })).toBe('{"a":1}')
    await vi.waitFor(() => expect(notes()).toContain('stdin closed'))
    expect(await say(servers, server, 'echo', { a: 2 })).toBe('{"a":2}')
    expect(logged.filter(({ message }) => message === 'MCP server has gone')).toEqual([])
  })

  test('that does not end by itself is ended, with what it has started', async () => {
    const { file, notes } = notesFile()
    const { servers } = openServers()
    const server = wantedServer(hostileServer('deaf', file))
    const child = Number(await say(servers, server, 'child'))
    const pid = Number(notes()[0]?.split(' ')[1])
    expect([pid, child].map(isAlive)).toEqual([true, true])
    await servers.close()
    expect([pid, child].map(isAlive)).toEqual([false, false])
    expect(notes()).toContain('SIGTERM')
  })
})

describe('a call', () => {
  test('during which its server dies fails, others of another server go on, and the next starts it again', async () => {
    const { servers, logged } = openServers()
    const [one, other] = [wantedServer(hostileServer(), 'one'), wantedServer(hostileServer(), 'other')]
    const going = say(servers, other, 'progress')
    await expect(say(servers, one, 'die')).rejects.toMatchObject({
      code: 'mcp_failed',
      message: 'MCP server "one": it ended with exit code 1',
    })
    expect(await going).toBe('done')
    expect(await say(servers, one, 'echo')).toBe('{}')
    expect(logged).toContainEqual({ fields: { server: 'one' }, message: 'MCP server has gone' })
  })

  test('that hangs fails after its timeout; the server hears of it, is asked whether it lives, and goes on', async () => {
    const { file, notes } = notesFile()
    const { servers } = openServers()
    const server = wantedServer({ ...hostileServer('plain', file), timeout: 400 })
    await expect(say(servers, server, 'hang')).rejects.toThrow(
      'MCP server "test": it did not answer within 0.4 s',
    )
    expect(await say(servers, server, 'echo')).toBe('{}')
    expect(notes().slice(1)).toEqual(['called hang', expect.stringMatching(/^cancelled/), 'called echo'])
  })

  test('of a server that does not answer anything any more fails, and the next one meets a new server', async () => {
    const { file, notes } = notesFile()
    const { servers } = openServers()
    const server = wantedServer({ ...hostileServer('plain', file), timeout: 300 })
    await expect(say(servers, server, 'freeze')).rejects.toThrow('it did not answer within 0.3 s')
    expect(await say(servers, server, 'echo')).toBe('{}')
    expect(notes().filter((line) => line.startsWith('started'))).toHaveLength(2)
  })

  test('that reports progress may take longer than its timeout', async () => {
    const { servers } = openServers()
    const server = wantedServer({ ...hostileServer(), timeout: 500 })
    const heard: string[] = []
    const result = await servers.call(server, calling('progress'), {
      ...quiet,
      onProgress: (message) => heard.push(message),
    })
    expect(callOutcome(result).text).toBe('done')
    expect(heard.slice(0, 2)).toEqual(['step 1', 'step 2'])
  })

  test('of a task that is cancelled ends at once, and its server hears of it', async () => {
    const { file, notes } = notesFile()
    const { servers } = openServers()
    const server = wantedServer(hostileServer('plain', file))
    const cancel = new AbortController()
    const call = servers.call(server, calling('hang'), { ...quiet, signal: cancel.signal })
    const over = expect(call).rejects.toThrow('cancelled by a user')
    await vi.waitFor(() => expect(notes()).toContain('called hang'))
    cancel.abort(new Error('cancelled by a user'))
    await over
    await vi.waitFor(() => expect(notes().at(-1)).toMatch(/^cancelled \d+$/))
  })

  test('that is answered with 20 MB fails alone', async () => {
    const { servers } = openServers()
    const server = wantedServer(hostileServer())
    const going = say(servers, server, 'progress')
    await expect(say(servers, server, 'huge')).rejects.toThrow('it sent a message larger than 10 MiB')
    expect(await going).toBe('done')
  })

  test('fails with its server where a message of 20 MB is no answer', async () => {
    const { servers } = openServers()
    const server = wantedServer(hostileServer())
    await expect(say(servers, server, 'huge_foreign')).rejects.toThrow('it sent a message larger than 10 MiB')
    expect(await say(servers, server, 'echo')).toBe('{}')
  })

  test('is answered through prose on stdout, and through a flood of notifications', async () => {
    const { servers, logged } = openServers()
    const server = wantedServer(hostileServer())
    expect(await say(servers, server, 'prose')).toBe('after prose')
    expect(await say(servers, server, 'notification_flood')).toBe('flooded')
    expect(logged.map(({ fields }) => fields['line']).filter(Boolean)).toEqual([
      'wrote to stdout what is no message: Listening on port 3000 …',
    ])
  })

  test('may flood stderr: a few lines are logged, without what would reach for the terminal', async () => {
    const { servers, logged } = openServers()
    expect(await say(servers, wantedServer(hostileServer()), 'stderr_flood')).toBe('flooded')
    await servers.close()
    const lines = logged.flatMap(({ fields: { line } }) => (typeof line === 'string' ? [line] : []))
    expect(lines.length).toBeLessThan(200)
    expect(lines[0]).toBe(`${'e'.repeat(200)}␛[2J`)
    expect(lines.join('\n')).not.toContain('\u001b')
    expect(lines.at(-1)).toMatch(/^\[… \d+ more lines left out …\]$/)
  })

  test('that the server refuses for its arguments is the mistake of who made it', async () => {
    const { servers } = openServers()
    await expect(say(servers, wantedServer(hostileServer()), 'refuse')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('it refused: expected a path'),
    })
  })

  test('gets none of the environment of the daemon but what it is to get', async () => {
    const { servers } = openServers({ environment: { PATH: process.env['PATH'] ?? '' } })
    const server = wantedServer({ ...hostileServer(), env: { OWN: 'yes' } })
    const environment = JSON.parse(await say(servers, server, 'environment')) as Record<string, string>
    expect(Object.keys(environment).sort()).toEqual(['OWN', 'PATH'])
  })
})

test('a server works in the project, or in a folder of it', async () => {
  const { servers } = openServers()
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparky-mcp-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const server = wantedServer({ ...hostileServer(), cwd: 'tools' }, 'test', folder)
  await expect(servers.tools(server, untilAborted)).rejects.toThrow(`there is no folder ${folder}/tools`)
  mkdirSync(path.join(folder, 'tools'))
  const again = wantedServer({ ...hostileServer(), cwd: './tools' }, 'test', folder)
  expect((await servers.tools(again, untilAborted)).length).toBeGreaterThan(0)
})

test('a server whose tools have changed is asked for them again', async () => {
  const { servers } = openServers()
  const server = wantedServer(hostileServer())
  await servers.tools(server, untilAborted)
  await say(servers, server, 'change_tools')
  expect((await servers.tools(server, untilAborted)).map(({ name }) => name)).toEqual(['new_one'])
})

test('a list of tools without end is an error, and no end of the daemon', async () => {
  const { servers } = openServers()
  await expect(servers.tools(wantedServer(hostileServer('endless_list')), untilAborted)).rejects.toThrow(
    'MCP server "test"',
  )
})
