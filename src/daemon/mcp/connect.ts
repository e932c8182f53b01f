import {
  Client,
  SdkHttpError,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type CallToolResult,
  type Transport,
} from '@modelcontextprotocol/client'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { version } from '../../protocol/version.ts'
import { boundedFetch } from './bounded-fetch.ts'
import type { CallOptions, ConnectedServer, ListedTool, ServerTarget } from './connected-server.ts'
import { failureOf } from './mcp-failure.ts'
import { StdioTransport } from './stdio-transport.ts'

/** No server has that many tools; a list without end is cut. */
const maxPages = 50
const maxTools = 500
/** Whether a server that did not answer a call is there at all. */
const pingTimeoutMs = 2_000
const goodbyeMs = 1_000

/**
 * Starts a server, or reaches it, and shakes hands. Rejects with an `McpFailure`, with nothing left running; with the
 * reason of `signal` where that aborts.
 */
export const connect = async (target: ServerTarget, signal: AbortSignal): Promise<ConnectedServer> => {
  const { place } = target.definition
  if (place.kind !== 'any') return open(target, place.kind, signal)
  try {
    return await open(target, 'http', signal)
  } catch (error) {
    // What the protocol says of servers that know only its older transport.
    const status = statusOf(error)
    if (signal.aborted || status === undefined || ![400, 404, 405].includes(status)) throw error
    return open(target, 'sse', signal)
  }
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && SdkHttpError.isInstance(error.cause) ? error.cause.status : undefined

type Kind = 'stdio' | 'http' | 'sse'

const open = async (target: ServerTarget, kind: Kind, signal: AbortSignal): Promise<ConnectedServer> => {
  signal.throwIfAborted()
  try {
    return await shakeHands(target, { kind, signal, newest: false })
  } catch (error) {
    signal.throwIfAborted()
    if (!refusesOldProtocol(error)) throw error
    return shakeHands(target, { kind, signal, newest: true })
  }
}

/** A server may speak only the revisions of the protocol that have no handshake. */
const refusesOldProtocol = (error: unknown): boolean => {
  const { code } = (error instanceof Error ? (error.cause ?? {}) : {}) as { code?: unknown }
  return code === -32_601 || code === -32_022
}

interface Handshake {
  readonly kind: Kind
  readonly signal: AbortSignal
  readonly newest: boolean
}

const shakeHands = async (
  target: ServerTarget,
  { kind, signal, newest }: Handshake,
): Promise<ConnectedServer> => {
  const { startTimeoutMs } = target.definition
  const transport = transportFor(target, kind)
  const server = new ClientConnection(target, transport, newest)
  try {
    await server.open({ signal, timeout: startTimeoutMs })
    return server
  } catch (error) {
    const failure = failureOf(error, {
      timeoutMs: startTimeoutMs,
      ending: endingOf(transport),
      phase: 'start',
    })
    await server.close()
    throw signal.aborted ? signal.reason : failure
  }
}

const transportFor = (
  { definition: { place }, environment, folder, orphans, log, name }: ServerTarget,
  kind: Kind,
): Transport => {
  if (place.kind === 'stdio') {
    return new StdioTransport({
      command: place.command,
      args: place.args,
      cwd: path.resolve(folder, place.cwd ?? ''),
      environment: { ...environment, ...place.env },
      orphans,
      onNote: (line) => log.info({ server: name, line }, 'An MCP server says'),
    })
  }
  const options = { fetch: boundedFetch, requestInit: { headers: place.headers } }
  const url = new URL(place.url)
  // Not every server has moved on from it.
  // oxlint-disable-next-line typescript/no-deprecated
  return kind === 'sse'
    ? new SSEClientTransport(url, options)
    : new StreamableHTTPClientTransport(url, options)
}

const endingOf = (transport: Transport): string =>
  transport instanceof StdioTransport ? transport.ending : ''

/** Some tools can only be called in a way that the protocol is still trying out. */
const isCallable = ({ execution }: ListedTool): boolean => execution?.taskSupport !== 'required'

class ClientConnection implements ConnectedServer {
  readonly closed: Promise<void>
  readonly #target: ServerTarget
  readonly #transport: Transport
  readonly #client: Client
  #tools: Promise<readonly ListedTool[]> | undefined
  #giveUp: () => void = () => {}

  constructor(target: ServerTarget, transport: Transport, newest: boolean) {
    this.#target = target
    this.#transport = transport
    this.#client = new Client(
      { name: 'sparky', version },
      {
        listMaxPages: maxPages,
        // What a server says of its own answers is for the model to judge, not a reason to hide them.
        jsonSchemaValidator: {
          getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
        },
        versionNegotiation: { mode: newest ? 'auto' : 'legacy' },
        listChanged: {
          tools: { autoRefresh: false, debounceMs: 0, onChanged: () => (this.#tools = undefined) },
        },
      },
    )
    this.closed = new Promise((resolve) => {
      this.#giveUp = resolve
    })
    Object.assign(this.#client, { onclose: this.#giveUp })
  }

  async open(options: { signal: AbortSignal; timeout: number }): Promise<void> {
    await this.#client.connect(this.#transport, options)
  }

  tools(): Promise<readonly ListedTool[]> {
    this.#tools ??= this.#list().catch((error: unknown) => {
      this.#tools = undefined
      throw error
    })
    return this.#tools
  }

  async call(name: string, args: Record<string, unknown>, options: CallOptions): Promise<CallToolResult> {
    const { callTimeoutMs } = this.#target.definition
    const { signal, onProgress } = options
    try {
      return await this.#client.callTool(
        { name, arguments: args },
        {
          signal,
          timeout: callTimeoutMs,
          resetTimeoutOnProgress: true,
          onprogress: ({ message }) => onProgress(message ?? ''),
        },
      )
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const failure = this.#failure(error, callTimeoutMs)
      // The next call is to meet another one at once, however long this one takes to end.
      if (failure.isLost || (failure.isLate && !(await this.#answersPing()))) this.#giveUp()
      throw failure
    }
  }

  async close(): Promise<void> {
    const transport = this.#transport
    if (transport instanceof StreamableHTTPClientTransport) {
      // A courtesy: the server may forget the session.
      await Promise.race([
        transport.terminateSession().catch(() => {}),
        delay(goodbyeMs, undefined, { ref: false }),
      ])
    }
    await this.#client.close().catch(() => {})
    await transport.close().catch(() => {})
  }

  async #list(): Promise<readonly ListedTool[]> {
    const { startTimeoutMs } = this.#target.definition
    if (this.#client.getServerCapabilities()?.tools === undefined) return []
    try {
      const { tools } = await this.#client.listTools({}, { timeout: startTimeoutMs, cacheMode: 'refresh' })
      return tools.filter(isCallable).slice(0, maxTools)
    } catch (error) {
      throw this.#failure(error, startTimeoutMs)
    }
  }

  #failure(error: unknown, timeoutMs: number) {
    return failureOf(error, { timeoutMs, ending: endingOf(this.#transport), phase: 'call' })
  }

  async #answersPing(): Promise<boolean> {
    return this.#client.ping({ timeout: pingTimeoutMs }).then(
      () => true,
      () => false,
    )
  }
}
