import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(import.meta.url)

const entryOf = (name: string): string =>
  path.join(path.dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist', 'index.js')

/** Definitions of real servers, as they stand in `mcp.json`; started with this Node, without a network. */
export const filesServer = (...folders: readonly string[]) => ({
  command: process.execPath,
  args: [entryOf('server-filesystem'), ...folders],
})

export const everythingServer = (transport: 'stdio' | 'sse' | 'streamableHttp' = 'stdio') => ({
  command: process.execPath,
  args: [entryOf('server-everything'), transport],
})

/** A tiny server that does what its first argument says: see test/fixtures/mcp/hostile-server.mjs. */
export const hostileServer = (...args: readonly string[]) => ({
  command: process.execPath,
  args: [path.join(import.meta.dirname, '../fixtures/mcp/hostile-server.mjs'), ...args],
})
