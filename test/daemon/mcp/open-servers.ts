import { onTestFinished } from 'vitest'
import { McpServers, type McpServersOptions, type WantedServer } from '../../../src/daemon/mcp/servers.ts'
import { expandServer, parseServer } from '../../../src/daemon/mcp/server-definition.ts'
import type { Json } from '../../../src/protocol/task.ts'

interface LogLine {
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** Servers that end with the test, and what was logged of them. */
export const openServers = (options: Partial<McpServersOptions> = {}) => {
  const logged: LogLine[] = []
  const take = (fields: object, message: string): void => {
    logged.push({ fields: fields as LogLine['fields'], message })
  }
  const servers = new McpServers({
    environment: { PATH: process.env['PATH'] ?? '' },
    log: { info: take, warn: take },
    ...options,
  })
  onTestFinished(() => servers.close())
  return { servers, logged }
}

export const wantedServer = (written: Json, name = 'test', folder = process.cwd()): WantedServer => {
  const parsed = parseServer(written)
  if (!parsed.ok) throw new Error(parsed.message)
  const expanded = expandServer(parsed.server, {})
  if (!expanded.ok) throw new Error(expanded.message)
  return { name, definition: expanded.definition, folder }
}

export const untilAborted = new AbortController().signal

export const calling = (tool: string, args: Record<string, unknown> = {}) => ({ tool, args })

export const quiet = { signal: untilAborted, onProgress: () => {} }
