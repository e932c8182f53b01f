import type { CallToolResult, Tool } from '@modelcontextprotocol/client'
import type { McpLog } from './mcp-log.ts'
import type { OrphanWatch } from './orphan-watch.ts'
import type { ServerDefinition } from './server-definition.ts'

/** A server that is to be started, or reached. */
export interface ServerTarget {
  readonly name: string
  readonly definition: ServerDefinition
  /** Where it works, unless its definition says. */
  readonly folder: string
  /** What it gets of the daemon's environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly orphans: OrphanWatch
  readonly log: McpLog
}

export type ListedTool = Tool

export interface CallOptions {
  /** Aborts the call: the server is told that its answer is no longer wanted. */
  readonly signal: AbortSignal
  readonly onProgress: (message: string) => void
}

/** A server that has shaken hands. Its failures are `McpFailure`s, in words that go on after the server's name. */
export interface ConnectedServer {
  /** Resolves when the connection is over, or is of no use any more: then it is to be closed. */
  readonly closed: Promise<void>
  /** Its tools as they are now: asked for once, and again after it said that they have changed. */
  tools(): Promise<readonly ListedTool[]>
  call(name: string, args: Record<string, unknown>, options: CallOptions): Promise<CallToolResult>
  /** Resolves when nothing of it is left. */
  close(): Promise<void>
}
