import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { callOutcome } from '../../../src/daemon/mcp/call-outcome.ts'
import { everythingServer, filesServer, modernServer } from '../../support/mcp-servers.ts'
import { calling, openServers, quiet, untilAborted, wantedServer } from './open-servers.ts'

const folderOfTest = (): string => {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'sparky-mcp-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('server-filesystem lists its tools, reads a file, and says what it does not allow', async () => {
  const folder = folderOfTest()
  writeFileSync(path.join(folder, 'hello.txt'), 'Hello from a file.')
  const { servers } = openServers()
  const files = wantedServer(filesServer(folder))
  const tools = await servers.tools(files, untilAborted)
  const read = tools.find(({ name }) => name === 'read_text_file')
  expect(read?.annotations?.readOnlyHint).toBe(true)
  const good = callOutcome(
    await servers.call(files, calling('read_text_file', { path: path.join(folder, 'hello.txt') }), quiet),
  )
  expect(good).toMatchObject({ status: 'ok', text: 'Hello from a file.' })
  const bad = callOutcome(
    await servers.call(files, calling('read_text_file', { path: '/etc/passwd' }), quiet),
  )
  expect(bad).toMatchObject({
    status: 'error',
    text: expect.stringContaining('Access denied'),
    details: { code: 'tool_failed' },
  })
})

test('server-everything over stdio', async () => {
  const { servers } = openServers()
  const everything = wantedServer(everythingServer())
  const tools = await servers.tools(everything, untilAborted)
  expect(tools.map(({ name }) => name)).toContain('echo')
  const outcome = callOutcome(await servers.call(everything, calling('echo', { message: 'hi' }), quiet))
  expect(outcome).toMatchObject({ status: 'ok', text: 'Echo: hi' })
})

test('a server that knows only the newest protocol is spoken to in that', async () => {
  const { servers } = openServers()
  const modern = wantedServer(modernServer())
  expect((await servers.tools(modern, untilAborted)).map(({ name }) => name)).toEqual(['greet'])
  expect(callOutcome(await servers.call(modern, calling('greet'), quiet)).text).toBe('Hello.')
})
