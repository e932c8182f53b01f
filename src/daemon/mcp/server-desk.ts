import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { homePaths } from '../../config/home.ts'
import { makeFolders } from '../../config/make-folders.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Json } from '../../protocol/task.ts'
import { findProject, projectPaths, type Project } from '../projects/find-project.ts'
import { Trust } from '../projects/trust.ts'
import { configuredServers, effectiveServers, type ConfiguredServers } from './configured-servers.ts'
import { putServer, takeServer } from './edit-server-file.ts'
import { parseServer } from './server-definition.ts'
import { serverRows, type ServerRow } from './server-rows.ts'
import { tryServer, type ServerTrial } from './try-server.ts'

interface DeskPlace {
  readonly home: string
  /** Absolute path of the folder that the user is in. */
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What a server gets of it. */
  readonly serverEnvironment: Readonly<Record<string, string>>
}

interface Wish {
  readonly name: string
  /** The project's file and not the user's own. */
  readonly project: boolean
}

/** What a user does with the lists of servers; needs no daemon. */
export class ServerDesk {
  readonly #place: DeskPlace
  readonly #trust: Trust

  constructor(place: DeskPlace) {
    this.#place = place
    this.#trust = new Trust(place.home)
  }

  /** All of them; `problems` says which file could not be read. */
  list(): { readonly rows: readonly ServerRow[]; readonly problems: ConfiguredServers['problems'] } {
    const all = this.#configured()
    return { rows: serverRows(all), problems: all.problems }
  }

  /**
   * Adds a server to the user's file or the project's, as it is written. Of a project that the user trusts, or that this
   * makes one, the server is trusted with it. Throws `usage`, or `conflict` where one of the name is there.
   */
  async add({ name, project, definition, replace }: Wish & NewServer): Promise<ServerRow> {
    checkName(name)
    const parsed = parseServer(definition)
    if (!parsed.ok) throw new SparkyError('usage', parsed.message)
    const known = this.#project()
    const place = project ? (known ?? { root: newRoot(this.#place.cwd) }) : undefined
    const file = this.#fileOf(place)
    const mayTrust = place !== undefined && (known === undefined || this.#trust.isTrusted(place))
    if (place === undefined) makeFolders(this.#place.home)
    await putServer({ file, mode: place === undefined ? 0o600 : 0o644, name }, definition, { replace })
    if (mayTrust) await this.#trust.grantServer(place, name, definition, new Date())
    return this.#row(name, file)
  }

  /** Throws `not_found`. */
  async remove({ name, project }: Wish): Promise<{ readonly name: string; readonly file: string }> {
    const place = project ? this.#project() : undefined
    if (project && place === undefined) throw new SparkyError('not_found', 'this folder is in no project')
    const file = this.#fileOf(place)
    const other = this.list().rows.find((row) => row.name === name && row.file !== file)
    try {
      await takeServer({ file, mode: 0o600, name })
    } catch (error) {
      if (!(error instanceof SparkyError) || error.code !== 'not_found' || other === undefined) throw error
      const hint =
        other.source === 'project' ? '--project removes it there' : 'without --project it is removed there'
      throw new SparkyError('not_found', `${error.message}; ${other.file} has one`, { hint })
    }
    return { name, file }
  }

  /** Starts a server here and now, and lists its tools. Throws `not_found`, `usage`, `conflict`, or `mcp_failed` with what went wrong. */
  async test(name: string, onLine: (line: string) => void): Promise<ServerTrial> {
    const { servers, problems } = this.#configured()
    const server = effectiveServers(servers).find((one) => one.name === name)
    if (server === undefined) {
      const [problem] = problems
      throw problem === undefined
        ? new SparkyError('not_found', `no MCP server "${name}"`, { hint: '"sparky mcp list" shows them' })
        : new SparkyError('usage', `${problem.file}: ${problem.message}`)
    }
    const { state, file, source } = server
    switch (state.kind) {
      case 'ready': {
        const folder = this.#project()?.root ?? this.#place.cwd
        const wanted = { name, definition: state.definition, folder }
        return tryServer({ wanted, source, file, environment: this.#place.serverEnvironment, onLine })
      }
      case 'disabled':
        throw new SparkyError('conflict', `the MCP server "${name}" of ${file} is disabled`)
      case 'untrusted':
        throw new SparkyError(
          'mcp_failed',
          `the MCP server "${name}" of ${file} is not trusted as it is defined now`,
          {
            hint: 'Read the definition, then run "sparky trust" there.',
          },
        )
      case 'wrong': {
        const { line, message } = state.problem
        throw new SparkyError(
          'usage',
          `MCP server "${name}": ${line === null ? file : `${file}:${line}`}: ${message}`,
        )
      }
    }
  }

  #configured(): ConfiguredServers {
    const { home, environment } = this.#place
    return configuredServers({
      homeFile: homePaths(home).mcp,
      project: this.#project(),
      trust: this.#trust,
      environment,
    })
  }

  #project(): Project | undefined {
    return findProject(this.#place.cwd, this.#place.home)
  }

  #fileOf(project: Project | undefined): string {
    return project === undefined ? homePaths(this.#place.home).mcp : projectPaths(project).mcp
  }

  #row(name: string, file: string): ServerRow {
    const row = this.list().rows.find((one) => one.name === name && one.file === file)
    if (row === undefined)
      throw new SparkyError('conflict', `${file} was changed by another program meanwhile`)
    return row
  }
}

interface NewServer {
  readonly definition: Json
  /** Takes the place of one of the same name. */
  readonly replace: boolean
}

const checkName = (name: string): void => {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/.test(name)) return
  throw new SparkyError(
    'usage',
    `expected NAME to be at most 40 letters, digits, "_", "-" and ".", the first a letter or a digit, found "${name}"`,
  )
}

/** Where a project begins that has no file yet: at the root of its repository, else here. */
const newRoot = (cwd: string): string => {
  const start = realpathSync(cwd)
  for (let folder = start; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, '.git'))) return folder
  }
  return start
}
