import { readdirSync } from 'node:fs'
import path from 'node:path'
import { homePaths } from '../config/home.ts'
import type { FileProblem } from '../protocol/agent.ts'
import { SparkyError } from '../protocol/failure.ts'
import { isJsonObject } from '../protocol/json-object.ts'
import type { Json } from '../protocol/task.ts'
import { checksOfAgents } from './agent-desk.ts'
import { secretName } from './agent/tool-environment.ts'
import { AgentFolder } from './definitions/agent-folder.ts'
import { builtInAgents } from './definitions/built-in.ts'
import { findProject, projectPaths, type Project } from './projects/find-project.ts'
import { readServerFile } from './projects/server-file.ts'
import { Trust, type TrustedProject } from './projects/trust.ts'
import { moduleFiles } from './workflows/modules/module-folder.ts'

/** What a project would bring along, as a person is shown it before or after trusting it. */
interface ProjectReport {
  readonly project: string
  /** Null where it is not trusted. */
  readonly trusted_at: string | null
  readonly agents: readonly AgentReport[]
  /** Names of files. */
  readonly workflows: readonly string[]
  readonly servers: readonly ServerReport[]
  readonly problems: readonly FileProblem[]
}

interface AgentReport {
  readonly name: string
  readonly description: string
  readonly file: string
  /** Whether it stands in the place of one that comes with Sparky. */
  readonly replaces_built_in: boolean
}

interface ServerReport {
  readonly name: string
  /** The program that would be started, with its arguments; null of one that is reached over a URL. */
  readonly command: readonly string[] | null
  readonly url: string | null
  /** Where the program would work; null: in the project. */
  readonly cwd: string | null
  /** What the program would find in its environment beside what every server does; what may be secret is masked. */
  readonly env: Readonly<Record<string, string>>
  /** Names of the daemon's variables that it would be given. */
  readonly variables: readonly string[]
  /** Since the project was trusted; null where it is not. */
  readonly since_trusted: 'same' | 'changed' | 'new' | null
}

/** Trusting projects, without a daemon: a running one sees it at once. */
export const projectTrust = (home: string) => {
  const trust = new Trust(homePaths(home).home)
  const projectAt = (cwd: string): Project => {
    const project = findProject(cwd, home)
    if (project !== undefined) return project
    throw new SparkyError('not_found', `nothing to trust: ${cwd} is in no project`, {
      hint: 'A project is a folder with .sparky/ or .mcp.json in it, at or above this one, inside of its Git repository; never your home folder.',
    })
  }
  return {
    /** Throws `not_found` where the folder is in no project. */
    report: (cwd: string): ProjectReport => reportOf(projectAt(cwd), trust),
    /** Trusts what is there now, and says what that is. Throws `not_found` where there is nothing. */
    grant: async (cwd: string): Promise<ProjectReport> => {
      const project = projectAt(cwd)
      // What is recorded is what is shown: both are of one look at the file.
      const servers = serversOf(project)
      const { agents, workflows, problems } = reportOf(project, trust, servers)
      if (agents.length + workflows.length + servers.servers.size + problems.length === 0) {
        throw new SparkyError(
          'not_found',
          `nothing to trust: ${project.root} has neither agents nor workflows nor MCP servers`,
        )
      }
      if (servers.problem !== null) throw unreadable(servers.problem)
      await trust.grant(project, servers.servers, new Date())
      return reportOf(project, trust, servers)
    },
    /** Of a project, or of a folder that has been one. Throws `not_found` where it is not trusted. */
    revoke: async (cwd: string): Promise<{ project: string; trusted_at: null }> => {
      const root = findProject(cwd, home)?.root ?? path.resolve(cwd)
      if (await trust.revoke(root)) return { project: root, trusted_at: null }
      throw new SparkyError('not_found', `${root} is not trusted`, { hint: 'See "sparky trust --list".' })
    },
    /** Throws `usage` where the file cannot be read. */
    list: (): TrustedProject[] => {
      if (trust.problem !== null) throw unreadable(trust.problem)
      return trust.list()
    },
  }
}

const serversOf = (project: Project) => readServerFile(projectPaths(project).mcp, project.root)

const reportOf = (project: Project, trust: Trust, servers = serversOf(project)): ProjectReport => {
  const { root } = project
  const { agents, workflows } = projectPaths(project)
  const trusted = trust.list().find((row) => row.root === root)
  const content = new AgentFolder({
    folder: agents,
    source: 'project',
    inside: root,
    checks: checksOfAgents,
  }).now()
  const found = [...content.definitions.values()].flatMap(({ agent }) => agent ?? [])
  return {
    project: root,
    trusted_at: trusted?.trusted_at ?? null,
    agents: found.map(({ name, description, file }) => ({
      name,
      description,
      file: file ?? '',
      replaces_built_in: builtInAgents.has(name),
    })),
    workflows: filesIn(workflows),
    servers: [...servers.servers].map(([name, definition]) => ({
      name,
      ...placeOf(definition),
      variables: variablesIn(definition),
      since_trusted: sinceTrusted({ project, trust, known: trusted?.servers, name, definition }),
    })),
    problems: [...content.problems, ...refusedIn(workflows, root), servers.problem, trust.problem].filter(
      (problem) => problem !== null,
    ),
  }
}

interface Compared {
  readonly project: Project
  readonly trust: Trust
  readonly known: TrustedProject['servers'] | undefined
  readonly name: string
  readonly definition: Json
}

const sinceTrusted = ({
  project,
  trust,
  known,
  name,
  definition,
}: Compared): ServerReport['since_trusted'] => {
  if (known === undefined) return null
  if (trust.trustedServer(project, name, definition)) return 'same'
  return Object.hasOwn(known, name) ? 'changed' : 'new'
}

const placeOf = (definition: Json): Pick<ServerReport, 'command' | 'url' | 'cwd' | 'env'> => {
  const { command, args, url, cwd, env } = isJsonObject(definition) ? definition : {}
  return {
    command: typeof command === 'string' ? [command, ...(Array.isArray(args) ? args.map(textOf) : [])] : null,
    url: typeof url === 'string' ? url : null,
    cwd: typeof cwd === 'string' ? cwd : null,
    env: Object.fromEntries(
      Object.entries(isJsonObject(env) ? env : {}).map(([name, value]) => [
        name,
        shownValue(name, textOf(value)),
      ]),
    ),
  }
}

/** Some variables are as good as a command (`LD_PRELOAD`, `NODE_OPTIONS`), so their values are seen. */
const shownValue = (name: string, value: string): string =>
  secretName.test(name) && !/^\$\{\w+\}$/.test(value) ? '••••' : value

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** As `${NAME}` or `${NAME:-default}`, anywhere in it. */
const variablesIn = (value: Json): string[] => [
  ...new Set([...JSON.stringify(value).matchAll(/\$\{(\w+)(?::-[^}]*)?\}/g)].map(([, name = '']) => name)),
]

const filesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}

const refusedIn = (folder: string, inside: string): FileProblem[] =>
  moduleFiles({ folder, inside }).flatMap(({ file, refusal }) =>
    refusal === null ? [] : [{ file, line: null, message: `not loaded: ${refusal}` }],
  )

const unreadable = ({ file, line, message }: FileProblem): SparkyError =>
  new SparkyError('usage', `${file}${line === null ? '' : `:${line}`}: ${message}`)
