import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import net from 'node:net'
import path from 'node:path'
import { onTestFinished } from 'vitest'

const require = createRequire(import.meta.url)

const entryOf = (manifest: string): string => path.join(path.dirname(manifest), 'dist', 'index.js')

/** Definitions of real servers, as they stand in `mcp.json`; started with this Node, without a network. */
export const filesServer = (...folders: readonly string[]) => ({
  command: process.execPath,
  args: [entryOf(require.resolve('@modelcontextprotocol/server-filesystem/package.json')), ...folders],
})

export const everythingServer = (transport: 'stdio' | 'sse' | 'streamableHttp' = 'stdio') => ({
  command: process.execPath,
  args: [entryOf(require.resolve('@modelcontextprotocol/server-everything/package.json')), transport],
})

/** A tiny server that does what its first argument says: see test/fixtures/mcp/hostile-server.mjs. */
export const hostileServer = (...args: readonly string[]) => ({
  command: process.execPath,
  args: [path.join(import.meta.dirname, '../fixtures/mcp/hostile-server.mjs'), ...args],
})

export interface RunningHttpServer {
  readonly url: string
  /** Ends it with SIGKILL, and resolves when it has ended. */
  kill(): Promise<void>
}

/** server-everything over the network of this machine, once it listens; ends with the test. */
export const startEverything = async (
  transport: 'sse' | 'streamableHttp',
  port: number,
): Promise<RunningHttpServer> => {
  const { command, args } = everythingServer(transport)
  const child = spawn(command, args, { env: { PORT: String(port) }, stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  onTestFinished(kill)
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (/listening|running/.test(chunk.toString())) resolve()
    })
  })
  return { url: `http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}`, kill }
}

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export const modernServer = () => ({
  command: process.execPath,
  args: [path.join(import.meta.dirname, '../fixtures/mcp/modern-server.mjs')],
})
