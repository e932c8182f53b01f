import {
  deserializeMessage,
  serializeMessage,
  type JSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/client'
import { execa } from 'execa'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'
import { endGroup } from '../tools/process-group.ts'
import { MessageLines } from './message-lines.ts'
import type { OrphanWatch } from './orphan-watch.ts'
import { ReadingPace } from './reading-pace.ts'
import { ServerNotes } from './server-notes.ts'

export interface StdioServer {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** All of it. */
  readonly environment: Readonly<Record<string, string>>
  readonly orphans: OrphanWatch
  /** A line that it wrote to stderr, or something that is wrong with what it wrote to stdout. */
  readonly onNote: (line: string) => void
}

const maxMessageBytes = 10 * 1024 * 1024
/** A server that writes other things than messages to stdout is no server. */
const maxStrayLines = 1_000
/** How long a server may take to end by itself once its stdin has closed. */
const stdinGraceMs = 1_000

/**
 * A server as a process in a group of its own, whose stdin and stdout are the connection. The SDK's own transport
 * ends its direct child only, and gives up the connection over one message that is too large.
 */
export class StdioTransport implements Transport {
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  onmessage?: Transport['onmessage']

  readonly #server: StdioServer
  readonly #notes: ServerNotes
  #child: ReturnType<typeof startServer> | undefined
  #strayLines = 0
  #ended: Promise<void> | undefined
  #ending = ''

  constructor(server: StdioServer) {
    this.#server = server
    this.#notes = new ServerNotes(server.onNote)
  }

  /** How it ended by itself and what it said last, as a clause; empty while it runs, or was told to end. */
  get ending(): string {
    const { last } = this.#notes
    return this.#ending === '' || last === '' ? this.#ending : `${this.#ending}: ${last}`
  }

  async start(): Promise<void> {
    const { command, cwd, orphans } = this.#server
    const child = startServer(this.#server)
    const { pid } = child
    if (pid === undefined) {
      const { originalMessage = '' } = await child
      throw new SparkyError('mcp_failed', whyNotStarted({ command, cwd, message: originalMessage }))
    }
    this.#child = child
    orphans.add(pid)
    this.#read(child)
    child.stdin.on('error', () => undefined)
    // Its children may hold the pipes open longer than it lives; it has ended all the same.
    void once(child, 'exit').then(([code, signal]: unknown[]) => {
      if (this.#ended === undefined) {
        this.#ending =
          typeof code === 'number' ? `it ended with exit code ${code}` : `it was ended by ${String(signal)}`
      }
      return this.#end(0)
    })
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin
    if (stdin === undefined || !stdin.writable) throw new Error('the server has ended')
    // Whether the server reads it shows in whether it answers.
    stdin.write(serializeMessage(message))
  }

  close(): Promise<void> {
    return this.#end(stdinGraceMs)
  }

  /** Resolves when nothing of its group lives any more. */
  #end(graceMs: number): Promise<void> {
    this.#ended ??= this.#endNow(graceMs)
    return this.#ended
  }

  async #endNow(graceMs: number): Promise<void> {
    const child = this.#child
    if (child?.pid !== undefined) {
      child.stdin.end()
      // What it wrote before it ended is still to be read.
      await Promise.race([
        once(child.stdout, 'close'),
        delay(graceMs === 0 ? lastWordsMs : graceMs, undefined, { ref: false }),
      ])
      await endGroup(child.pid)
      this.#server.orphans.delete(child.pid)
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    }
    this.#notes.end()
    this.onclose?.()
  }

  #read(child: ReturnType<typeof startServer>): void {
    const pace = new ReadingPace(child.stdout)
    let messages = 0
    const lines = new MessageLines({
      maxBytes: maxMessageBytes,
      onLine: (line) => {
        messages += 1
        this.#takeLine(line)
      },
      onTooLong: (head, tail) => this.#takeTooLong(head, tail),
    })
    child.stdout.on('data', (chunk: Buffer) => {
      messages = 0
      lines.push(chunk)
      pace.count(chunk.length, messages)
    })
    const notesPace = new ReadingPace(child.stderr)
    child.stderr.on('data', (chunk: Buffer) => {
      this.#notes.push(chunk)
      notesPace.count(chunk.length, 0)
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('error', () => undefined)
      stream.once('close', () => (stream === child.stdout ? pace : notesPace).end())
    }
  }

  #takeLine(line: string): void {
    if (line.trim() === '') return
    let message: JSONRPCMessage
    try {
      message = deserializeMessage(line)
    } catch {
      this.#strayLines += 1
      if (this.#strayLines === 1)
        this.#server.onNote(`wrote to stdout what is no message: ${line.slice(0, 200)}`)
      if (this.#strayLines >= maxStrayLines) {
        this.#ending ||= 'it wrote to stdout what is no message, again and again'
        void this.#end(0)
      }
      return
    }
    this.onmessage?.(message)
  }

  /** Where it was an answer, its call fails; the others go on. */
  #takeTooLong(head: string, tail: string): void {
    const why = `it sent a message larger than ${maxMessageBytes / 1024 / 1024} MiB`
    this.#server.onNote(why)
    const id = answeredId(head, tail)
    if (id !== undefined) {
      this.onmessage?.({ jsonrpc: '2.0', id, error: { code: -32_603, message: why } })
      return
    }
    this.#ending ||= why
    void this.#end(0)
  }
}

const lastWordsMs = 100

const startServer = ({ command, args, cwd, environment }: StdioServer) =>
  execa(command, args, {
    cwd,
    env: environment,
    extendEnv: false,
    detached: true,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })

interface NotStarted {
  readonly command: string
  readonly cwd: string
  readonly message: string
}

/** The system says of a missing folder that the command is missing. */
const whyNotStarted = ({ command, cwd, message }: NotStarted): string => {
  if (!existsSync(cwd)) return `there is no folder ${cwd}`
  return /\bENOENT\b/.test(message) ? `there is no command "${command}"` : message
}

/** The id of an answer, which stands at its begin or at its end, whichever way it was written. */
const answeredId = (head: string, tail: string): number | undefined => {
  if (/^\s*\{[^{}[\]]*"method"\s*:/.test(head)) return undefined
  const found =
    /^\s*\{(?:\s*"jsonrpc"\s*:\s*"2\.0"\s*,)?\s*"id"\s*:\s*(\d+)\s*,/.exec(head) ??
    /,\s*"id"\s*:\s*(\d+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/.exec(tail)
  return found?.[1] === undefined ? undefined : Number(found[1])
}
