import type { CallToolResult } from '@modelcontextprotocol/client'
import { createHash } from 'node:crypto'
import { SparkyError } from '../../protocol/failure.ts'
import { orAborted } from '../tools/or-aborted.ts'
import type { CallOptions, ConnectedServer, ListedTool, ServerTarget } from './connected-server.ts'
import type { McpLog } from './mcp-log.ts'
import { OrphanWatch } from './orphan-watch.ts'
import type { ServerDefinition } from './server-definition.ts'
import { StartPauses } from './start-pauses.ts'

/** A server that an attempt may use, and where it works. */
export interface WantedServer {
  readonly name: string
  readonly definition: ServerDefinition
  /** Absolute path: the project's folder, else the task's. */
  readonly folder: string
}

export interface McpServersOptions {
  /** What servers get of the daemon's environment: no key of Sparky. */
  readonly environment: Readonly<Record<string, string>>
  readonly log: McpLog
  /** How long a server stays that nobody calls; 5 minutes if left out. */
  readonly idleMs?: number
}

const defaultIdleMs = 5 * 60_000
/** More servers than that are not kept for later. */
const maxKept = 32
/** A server that ended so shortly after its start has not been well. */
const wellAfterMs = 10_000

interface Entry {
  readonly wanted: WantedServer
  /** Settles once it has shaken hands. */
  connection: Promise<ConnectedServer> | undefined
  /** The same, once it has. */
  server: ConnectedServer | undefined
  /** How many callers wait for it. */
  uses: number
  lastUsedAt: number
  readonly pauses: StartPauses
  idle: NodeJS.Timeout | undefined
}

/**
 * The servers that run for the attempts of this daemon: started when the first attempt wants one, shared by all that
 * want the same in the same folder, started again after they have died (the more often in a row, the later), ended when
 * nobody has called them for some minutes. Failures are `SparkyError`s that name the server.
 */
export class McpServers {
  readonly #options: McpServersOptions
  readonly #entries = new Map<string, Entry>()
  readonly #orphans = new OrphanWatch()
  readonly #closing = new AbortController()
  readonly #ends = new Set<Promise<void>>()

  constructor(options: McpServersOptions) {
    this.#options = options
  }

  /** The tools of a server, which is started for them where it does not run. */
  async tools(wanted: WantedServer, signal: AbortSignal): Promise<readonly ListedTool[]> {
    return this.#use(wanted, signal, (server) => orAborted(server.tools(), signal))
  }

  /** Calls a tool once; a server that has died meanwhile is started again for it. */
  async call(wanted: WantedServer, call: ToolCall, options: CallOptions): Promise<CallToolResult> {
    const run = async (server: ConnectedServer): Promise<CallToolResult> => {
      const result = await server.call(call.tool, call.args, options)
      this.#entryOf(wanted).pauses.forgive()
      return result
    }
    return this.#use(wanted, options.signal, async (server) => {
      try {
        return await run(server)
      } catch (error) {
        if (!isUntaken(error)) throw error
        return run(await this.#again(wanted, server, options.signal))
      }
    })
  }

  /** Ends all of them, and starts no other. Resolves when nothing of them is left. */
  async close(): Promise<void> {
    this.#closing.abort(new SparkyError('mcp_failed', 'the daemon is stopping'))
    for (const entry of this.#entries.values()) this.#drop(entry)
    this.#entries.clear()
    await Promise.all(this.#ends)
  }

  async #use<T>(
    wanted: WantedServer,
    signal: AbortSignal,
    use: (server: ConnectedServer) => Promise<T>,
  ): Promise<T> {
    const entry = this.#entryOf(wanted)
    clearTimeout(entry.idle)
    entry.uses += 1
    try {
      return await use(await orAborted(this.#connected(entry), signal))
    } catch (error) {
      throw signal.aborted ? signal.reason : named(wanted.name, error)
    } finally {
      entry.uses -= 1
      entry.lastUsedAt = Date.now()
      if (entry.uses === 0) {
        entry.idle = setTimeout(() => this.#drop(entry), this.#options.idleMs ?? defaultIdleMs).unref()
        this.#dropOldest()
      }
    }
  }

  #connected(entry: Entry): Promise<ConnectedServer> {
    if (entry.connection !== undefined) return entry.connection
    const connection = this.#connect(entry)
    entry.connection = connection
    connection.catch(() => {
      if (entry.connection === connection) entry.connection = undefined
    })
    return connection
  }

  /** With a new connection: the old one is not known to the server any more. */
  async #again(wanted: WantedServer, old: ConnectedServer, signal: AbortSignal): Promise<ConnectedServer> {
    const entry = this.#entryOf(wanted)
    if (entry.server === old) this.#forget(entry, old)
    return orAborted(this.#connected(entry), signal)
  }

  async #connect(entry: Entry): Promise<ConnectedServer> {
    const { name } = entry.wanted
    const { log, environment } = this.#options
    const { refusal } = entry.pauses
    try {
      this.#closing.signal.throwIfAborted()
      if (refusal !== null) throw refusal
      const startedAt = Date.now()
      const target: ServerTarget = { ...entry.wanted, environment, orphans: this.#orphans, log }
      const { connect } = await import('./connect.ts')
      const server = await connect(target, this.#closing.signal)
      log.info({ server: name, ms: Date.now() - startedAt }, 'MCP server started')
      entry.server = server
      void server.closed.then(() => this.#lost(entry, server, startedAt))
      return server
    } catch (error) {
      const failure = named(name, error)
      if (refusal === null && !this.#closing.signal.aborted) {
        log.warn({ server: name, why: failure.message }, 'MCP server did not start')
        entry.pauses.failed(failure)
      }
      throw failure
    }
  }

  /** Whether it was lost, or ended from here. */
  #lost(entry: Entry, server: ConnectedServer, startedAt: number): void {
    if (entry.server !== server) return
    this.#forget(entry, server)
    const { name } = entry.wanted
    this.#options.log.warn({ server: name }, 'MCP server has gone')
    if (Date.now() - startedAt > wellAfterMs) entry.pauses.forgive()
    else entry.pauses.lost(new SparkyError('mcp_failed', `MCP server "${name}": it ends again and again`))
  }

  #forget(entry: Entry, server: ConnectedServer): void {
    entry.connection = undefined
    entry.server = undefined
    this.#keepUntil(server.close())
  }

  #drop(entry: Entry): void {
    clearTimeout(entry.idle)
    const { connection } = entry
    entry.connection = undefined
    entry.server = undefined
    if (connection === undefined) return
    this.#keepUntil(
      connection.then(
        (server) => server.close(),
        () => undefined,
      ),
    )
  }

  #keepUntil(end: Promise<void>): void {
    this.#ends.add(end)
    void end.finally(() => this.#ends.delete(end))
  }

  #entryOf(wanted: WantedServer): Entry {
    const key = keyOf(wanted)
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const entry: Entry = {
      wanted,
      connection: undefined,
      server: undefined,
      uses: 0,
      lastUsedAt: Date.now(),
      pauses: new StartPauses(),
      idle: undefined,
    }
    this.#entries.set(key, entry)
    return entry
  }

  #dropOldest(): void {
    if (this.#entries.size <= maxKept) return
    const unused = [...this.#entries].filter(([, { uses }]) => uses === 0)
    const [oldest] = unused.sort(([, a], [, b]) => a.lastUsedAt - b.lastUsedAt)
    if (oldest === undefined) return
    this.#drop(oldest[1])
    this.#entries.delete(oldest[0])
  }
}

export interface ToolCall {
  /** As the server names it. */
  readonly tool: string
  readonly args: Record<string, unknown>
}

/** Equal ones are one server. Where a server that is reached over the network works is not ours to say. */
const keyOf = ({ name, definition, folder }: WantedServer): string =>
  createHash('sha256')
    .update(JSON.stringify([name, definition, definition.place.kind === 'stdio' ? folder : null]))
    .digest('hex')

const isUntaken = (error: unknown): boolean =>
  error instanceof Error && 'isUntaken' in error && error.isUntaken === true

const named = (name: string, error: unknown): SparkyError => {
  if (error instanceof SparkyError) return error
  const { message } = error instanceof Error ? error : { message: String(error) }
  const code = error instanceof Error && 'code' in error && error.code === 'usage' ? 'usage' : 'mcp_failed'
  return new SparkyError(code, `MCP server "${name}": ${message}`, {
    cause: error,
    retryable: code === 'mcp_failed',
  })
}
