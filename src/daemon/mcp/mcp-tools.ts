import * as z from 'zod'
import { homePaths } from '../../config/home.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import { findProject } from '../projects/find-project.ts'
import type { Trust } from '../projects/trust.ts'
import { liveFeed } from '../tools/live-feed.ts'
import type { Effect, Tool } from '../tools/tool.ts'
import { callOutcome } from './call-outcome.ts'
import { configuredServers, effectiveServers, type ConfiguredServer } from './configured-servers.ts'
import type { ListedTool } from './connected-server.ts'
import { providerSchema } from './provider-schema.ts'
import { mayUseServer, type ToolRules } from './server-choice.ts'
import type { McpServers, WantedServer } from './servers.ts'
import { toolNames } from './tool-names.ts'

interface McpToolsParts {
  readonly home: string
  readonly trust: Pick<Trust, 'trustedServer'>
  readonly servers: McpServers
  /** What variables in definitions are looked up in. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface McpRequest {
  /** Absolute path of the task's folder. */
  readonly cwd: string
  readonly rules: ToolRules
  /** Aborts the waiting for servers that start. */
  readonly signal: AbortSignal
}

export interface McpOffer {
  readonly tools: readonly Tool[]
  /** What is configured and cannot be used, each with the name of its server or file. */
  readonly problems: readonly SparkyError[]
}

const maxDescriptionLength = 2_000

/**
 * The tools of the servers that count for a folder and that the rules may let an agent use: these are started, side by
 * side, and waited for. What does not start is a problem; the others are there. Rules about single tools are the
 * caller's to apply. Rejects only where the signal aborts.
 */
export const mcpTools = async (
  parts: McpToolsParts,
  { cwd, rules, signal }: McpRequest,
): Promise<McpOffer> => {
  const { home, trust, servers, environment } = parts
  const project = findProject(cwd, home)
  const configured = configuredServers({ homeFile: homePaths(home).mcp, project, trust, environment })
  const usable = configured.servers.filter(({ name }) => mayUseServer(rules, name))
  const problems = [
    ...configured.problems.map(({ file, line, message }) => asProblem(`${place(file, line)}: ${message}`)),
    ...untrusted(usable),
  ]
  const folder = project?.root ?? cwd
  const wanted: WantedServer[] = []
  for (const { name, state } of effectiveServers(usable)) {
    if (state.kind === 'ready') wanted.push({ name, definition: state.definition, folder })
    if (state.kind !== 'wrong') continue
    const { file, line, message } = state.problem
    problems.push(asProblem(`MCP server "${name}": ${place(file, line)}: ${message}`))
  }
  const lists = await Promise.allSettled(wanted.map((server) => servers.tools(server, signal)))
  signal.throwIfAborted()
  const found: FoundTool[] = []
  for (const [index, list] of lists.entries()) {
    const server = wanted[index]
    if (server === undefined) continue
    if (list.status === 'fulfilled') found.push(...list.value.map((listed) => ({ server, listed })))
    else problems.push(asProblem((list.reason as Error).message))
  }
  return { tools: named(found).map(([name, tool]) => toolOf(name, tool, servers)), problems }
}

const place = (file: string, line: number | null): string => (line === null ? file : `${file}:${line}`)

const asProblem = (message: string): SparkyError =>
  new SparkyError('mcp_failed', message, { retryable: true })

/** Nobody has looked at these names yet. */
const maxNames = 5
const maxNameLength = 60

/** All of a project in one sentence: who has not trusted it is told once. */
const untrusted = (servers: readonly ConfiguredServer[]): SparkyError[] => {
  const waiting = servers.filter(({ state }) => state.kind === 'untrusted')
  const [first] = waiting
  if (first === undefined) return []
  const more = waiting.length > maxNames ? ` and ${waiting.length - maxNames} more` : ''
  const names = waiting
    .slice(0, maxNames)
    .map(({ name }) => `"${sanitizeLine(name).slice(0, maxNameLength)}"`)
  const [noun, verb] = waiting.length === 1 ? ['server', 'is'] : ['servers', 'are']
  return [
    asProblem(
      `the MCP ${noun} ${names.join(', ')}${more} of ${first.file} ${verb} new or changed since you trusted the project, or you never did: ` +
        'run "sparky trust" there to let them start',
    ),
  ]
}

interface FoundTool {
  readonly server: WantedServer
  readonly listed: ListedTool
}

const named = (found: readonly FoundTool[]): [name: string, tool: FoundTool][] => {
  const names = toolNames(found.map(({ server, listed }) => ({ server: server.name, tool: listed.name })))
  return [...names].flatMap(([name, { server, tool }]) => {
    const one = found.find((each) => each.server.name === server && each.listed.name === tool)
    return one === undefined ? [] : [[name, one]]
  })
}

/** The server checks arguments itself, by a schema that may say more than any of ours. */
const anyArguments = z.looseObject({})

const toolOf = (name: string, { server, listed }: FoundTool, servers: McpServers): Tool => ({
  name,
  description: descriptionOf(server, listed),
  input: anyArguments,
  inputSchema: schemaOf(listed),
  effect: effectOf(listed),
  run: async (args, { signal, output }) => {
    // A server may report progress a thousand times a second.
    const feed = liveFeed(output)
    try {
      const onProgress = (message: string): void => feed.push(`${message || 'It goes on.'}\n`)
      return callOutcome(await servers.call(server, { tool: listed.name, args }, { signal, onProgress }))
    } finally {
      feed.end()
    }
  },
})

const descriptionOf = ({ name }: WantedServer, { description, title }: ListedTool): string => {
  const text = sanitize(description ?? title ?? '').trim()
  if (text === '') return `A tool of the MCP server ${name}.`
  return text.length <= maxDescriptionLength ? text : `${text.slice(0, maxDescriptionLength - 1)}…`
}

/** Made once for each list of a server, whose schemas may be large, and not for each attempt. */
const schemaOf = (listed: ListedTool): Record<string, unknown> => {
  const schema = schemas.get(listed) ?? providerSchema(listed.inputSchema)
  schemas.set(listed, schema)
  return schema
}

const schemas = new WeakMap<ListedTool, Record<string, unknown>>()

export const effectOf = ({ annotations }: ListedTool): Effect => {
  if (annotations?.readOnlyHint === true) return 'pure'
  return annotations?.idempotentHint === true ? 'idempotent' : 'once'
}
