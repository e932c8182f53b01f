import path from 'node:path'
import * as z from 'zod'
import { homePaths } from '../../config/home.ts'
import { makeFolders } from '../../config/make-folders.ts'
import type { FileProblem } from '../../protocol/agent.ts'
import { SparkyError } from '../../protocol/failure.ts'
import type { Json } from '../../protocol/task.ts'
import { writePrivateFile } from '../lifecycle/home-folder.ts'
import { digestOf } from './canonical-json.ts'
import { stampOf } from './file-stamp.ts'
import type { Project } from './find-project.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { readText } from './read-text.ts'

const trustedSchema = z.object({
  trusted_at: z.iso.datetime(),
  /** Name of an MCP server -> digest of its definition, as it was when the user was shown it. */
  servers: z.record(z.string(), z.string()),
})
const fileSchema = z.object({ v: z.literal(1), projects: z.record(z.string(), trustedSchema) })

export type TrustedProject = z.infer<typeof trustedSchema> & { readonly root: string }

interface Kept {
  /** By the real path of its root. */
  readonly projects: ReadonlyMap<string, z.infer<typeof trustedSchema>>
  readonly problem: FileProblem | null
}

const maxBytes = 4 * 1024 * 1024

/**
 * Which projects the user trusts: `$SPARKY_HOME/trust.json`, which counts as it is at the moment of the question.
 * Where the file cannot be read, nothing is trusted, and `problem` says so.
 */
export class Trust {
  readonly #file: string
  #kept: Kept | undefined
  #key: string | undefined

  constructor(home: string) {
    this.#file = homePaths(home).trust
  }

  isTrusted(project: Project): boolean {
    return this.#now().projects.has(project.root)
  }

  /** Whether the project is trusted, and this server of its `.mcp.json` is defined as it was when it was. */
  trustedServer(project: Project, name: string, definition: Json): boolean {
    const servers = this.#now().projects.get(project.root)?.servers
    return servers !== undefined && Object.hasOwn(servers, name) && servers[name] === digestOf(definition)
  }

  /** What is wrong with the file; null where nothing is, or there is none. */
  get problem(): FileProblem | null {
    return this.#now().problem
  }

  list(): TrustedProject[] {
    return [...this.#now().projects].map(([root, trusted]) => ({ root, ...trusted }))
  }

  /** Resolves when it is on disk: these servers, and no others, are trusted as they are defined here. */
  async grant(project: Project, servers: ReadonlyMap<string, Json>, now: Date): Promise<TrustedProject> {
    const digests = [...servers].map(([name, definition]) => [name, digestOf(definition)] as const)
    const trusted = { trusted_at: now.toISOString(), servers: Object.fromEntries(digests) }
    await this.#change(project.root, trusted)
    return { root: project.root, ...trusted }
  }

  /** The same for one server more: what else is trusted of the project stays as it is. */
  async grantServer(project: Project, name: string, definition: Json, now: Date): Promise<void> {
    const servers = this.#usable().get(project.root)?.servers ?? {}
    await this.#change(project.root, {
      trusted_at: now.toISOString(),
      servers: { ...servers, [name]: digestOf(definition) },
    })
  }

  /** Resolves when it is on disk; false where the folder was not trusted. */
  async revoke(root: string): Promise<boolean> {
    if (!this.#usable().has(root)) return false
    await this.#change(root, undefined)
    return true
  }

  async #change(root: string, trusted: z.infer<typeof trustedSchema> | undefined): Promise<void> {
    makeFolders(path.dirname(this.#file))
    await oneAtATime(this.#file, async () => {
      const projects = new Map(this.#usable())
      if (trusted === undefined) projects.delete(root)
      else projects.set(root, trusted)
      const text = JSON.stringify({ v: 1, projects: Object.fromEntries(projects) }, null, 2)
      await writePrivateFile(this.#file, `${text}\n`)
      this.#kept = undefined
    })
  }

  #usable(): Kept['projects'] {
    const { projects, problem } = this.#now()
    if (problem === null) return projects
    throw new SparkyError('usage', `${problem.file}: ${problem.message}`, {
      hint: 'Mend the file, or remove it: then nothing is trusted until you say so again.',
    })
  }

  #now(): Kept {
    const { key, isSettled } = stampOf(this.#file)
    if (this.#kept !== undefined && key === this.#key) return this.#kept
    const kept = readKept(this.#file)
    this.#kept = isSettled ? kept : undefined
    this.#key = key
    return kept
  }
}

const readKept = (file: string): Kept => {
  const nothing = (message: string): Kept => ({
    projects: new Map(),
    problem: { file, line: null, message: `${message}, so no project is trusted` },
  })
  const found = readText(file, { maxBytes })
  if (found.kind === 'missing') return { projects: new Map(), problem: null }
  if (found.kind === 'refused') return nothing(found.message)
  try {
    const { projects } = fileSchema.parse(JSON.parse(found.text))
    return { projects: new Map(Object.entries(projects)), problem: null }
  } catch {
    return nothing('expected a list of trusted projects, found something else')
  }
}
