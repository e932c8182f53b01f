import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readServerFile } from '../../../src/daemon/projects/server-file.ts'
import { tempHome } from '../../support/temp-home.ts'

const fileWith = (content: string | Buffer): string => {
  const file = path.join(tempHome(), '.mcp.json')
  writeFileSync(file, content)
  return file
}

describe('a list of MCP servers', () => {
  it('is read as it is written, with its variables', () => {
    const file = fileWith('\uFEFF{"mcpServers": {"files": {"command": "${TOOL:-npx}"}}, "other": 1}')
    expect(readServerFile(file)).toEqual({
      file,
      servers: new Map([['files', { command: '${TOOL:-npx}' }]]),
      problem: null,
    })
  })

  it('is empty where there is none', () => {
    const file = path.join(tempHome(), 'none', '.mcp.json')
    expect(readServerFile(file)).toEqual({ file, servers: new Map(), problem: null })
  })

  it.each([
    ['is no JSON', '{\n  "mcpServers": {\n', 'expected JSON'],
    ['is another value', '[]', 'expected an object with "mcpServers"'],
    ['has no object of servers', '{"mcpServers": []}', 'expected "mcpServers" to be an object'],
    ['is no UTF-8', Buffer.from([0x7b, 0xff]), 'expected UTF-8'],
    ['is too large', ' '.repeat(300_000), 'expected at most 262144 bytes, found 300000'],
  ])('that %s is a problem that names it', (_, content, message) => {
    const file = fileWith(content)
    const { servers, problem } = readServerFile(file)
    expect(servers.size).toBe(0)
    expect(problem).toMatchObject({ file, message: expect.stringContaining(message) })
  })

  it('is not waited for where its name is that of a pipe', () => {
    const file = path.join(tempHome(), '.mcp.json')
    execFileSync('mkfifo', [file])
    expect(readServerFile(file).problem).toMatchObject({ message: 'expected a file' })
  })

  it('is not followed out of its project', () => {
    const outside = fileWith('{"mcpServers": {"files": {}}}')
    const inside = tempHome()
    const file = path.join(inside, '.mcp.json')
    symlinkSync(outside, file)
    expect(readServerFile(file, inside).problem?.message).toContain('leads out of')
    expect(readServerFile(file).servers.size).toBe(1)
  })
})
