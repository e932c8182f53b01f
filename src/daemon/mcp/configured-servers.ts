import type { FileProblem } from '../../protocol/agent.ts'
import type { Json } from '../../protocol/task.ts'
import { projectPaths, type Project } from '../projects/find-project.ts'
import { readText } from '../projects/read-text.ts'
import { readServerFile } from '../projects/server-file.ts'
import type { Trust } from '../projects/trust.ts'
import { lineOfMember } from './line-of-member.ts'
import {
  expandServer,
  isDisabled,
  isSparky,
  parseServer,
  type ServerDefinition,
} from './server-definition.ts'

/** A server as the user or a project has configured it. */
export interface ConfiguredServer {
  readonly name: string
  readonly source: 'home' | 'project'
  readonly file: string
  /** As it is written. */
  readonly written: Json
  readonly state: ServerState
}

type ServerState =
  | { readonly kind: 'ready'; readonly definition: ServerDefinition }
  | { readonly kind: 'disabled' }
  /** The user has not trusted the project, or not this definition of it. */
  | { readonly kind: 'untrusted' }
  | { readonly kind: 'wrong'; readonly problem: FileProblem }

export interface ConfiguredServers {
  /** In the order of their names; of two with one name both, the one that counts first. */
  readonly servers: readonly ConfiguredServer[]
  /** What is wrong with a whole file. */
  readonly problems: readonly FileProblem[]
}

interface Places {
  /** `$SPARKY_HOME/mcp.json` */
  readonly homeFile: string
  readonly project: Project | undefined
  readonly trust: Pick<Trust, 'trustedServer'>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The files are read anew each time, so that a change counts at once. */
export const configuredServers = ({ homeFile, project, trust, environment }: Places): ConfiguredServers => {
  const own = readServerFile(homeFile)
  const theirs = project === undefined ? undefined : readServerFile(projectPaths(project).mcp, project.root)
  const state = (file: string, name: string, written: Json): ServerState =>
    stateOf(written, { file, name, environment })
  const servers = [
    ...(theirs === undefined || project === undefined
      ? []
      : [...theirs.servers].map(([name, written]): ConfiguredServer => {
          const isTrusted = trust.trustedServer(project, name, written)
          return {
            name,
            source: 'project',
            file: theirs.file,
            written,
            state: isTrusted ? state(theirs.file, name, written) : { kind: 'untrusted' },
          }
        })),
    ...[...own.servers].map(([name, written]): ConfiguredServer => ({
      name,
      source: 'home',
      file: own.file,
      written,
      state: state(own.file, name, written),
    })),
  ]
  return {
    servers: servers.sort((a, b) => compare(a.name, b.name) || rank(a) - rank(b)),
    problems: [theirs?.problem, own.problem].filter((problem) => problem !== null && problem !== undefined),
  }
}

/** Of servers with one name those that count: the project's where it is trusted, else the user's own. */
export const effectiveServers = (servers: readonly ConfiguredServer[]): ConfiguredServer[] => {
  const byName = new Map<string, ConfiguredServer>()
  for (const server of servers) if (!byName.has(server.name)) byName.set(server.name, server)
  return [...byName.values()]
}

const rank = ({ source, state }: ConfiguredServer): number =>
  state.kind === 'untrusted' ? 2 : source === 'project' ? 0 : 1

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

interface Written {
  readonly file: string
  readonly name: string
  readonly environment: Places['environment']
}

const stateOf = (written: Json, { file, name, environment }: Written): ServerState => {
  const wrong = (message: string): ServerState => ({
    kind: 'wrong',
    problem: { file, line: lineOf(file, name), message },
  })
  const parsed = parseServer(written)
  if (!parsed.ok) return wrong(parsed.message)
  if (isDisabled(parsed.server) || isSparky(parsed.server)) return { kind: 'disabled' }
  const expanded = expandServer(parsed.server, environment)
  return expanded.ok ? { kind: 'ready', definition: expanded.definition } : wrong(expanded.message)
}

const maxBytes = 256 * 1024

/** The line on which a server's definition begins; null where that cannot be said. */
const lineOf = (file: string, name: string): number | null => {
  const found = readText(file, { maxBytes })
  return found.kind === 'text' ? lineOfMember(found.text, ['mcpServers', name]) : null
}
