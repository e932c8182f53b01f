import type { Agent, FileProblem } from '../../protocol/agent.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { defined } from '../../protocol/new-task.ts'
import type { Limits, Task } from '../../protocol/task.ts'
import { findProject, projectPaths, type Project } from '../projects/find-project.ts'
import type { Trust } from '../projects/trust.ts'
import { untrusted } from '../projects/untrusted.ts'
import { AgentFolder, type FolderContent } from './agent-folder.ts'
import { builtInAgents, defaultAgent } from './built-in.ts'
import type { Checks, Definition } from './parse-agent.ts'
import { forPillar, pillarOf } from './pillar.ts'

interface AgentsOptions {
  /** SPARKY_HOME. */
  readonly home: string
  /** The folder of agents in it. */
  readonly folder: string
  readonly trust: Trust
  readonly checks: Checks
}

interface Wish {
  /** A name, or `NAME/PILLAR`; undefined is the default agent. */
  readonly agent: string | undefined
  /** Stands before the one in the name. */
  readonly pillar: string | undefined
  readonly cwd: string
}

interface Chosen {
  readonly name: string
  readonly pillar: string | null
  readonly model: string | null
  readonly limits: Partial<Limits>
}

/** A daemon may work in many folders over the months. */
const maxKeptFolders = 50

/**
 * Which agents there are: those of the project, where it is trusted, before those of the user, before those that come
 * with Sparky. Every question is answered from the files as they are. What is broken is never passed over for another
 * one of the same name.
 */
export class Agents {
  readonly #options: AgentsOptions
  readonly #home: AgentFolder
  readonly #projects = new Map<string, AgentFolder>()
  /** Of this turn of the event loop. */
  readonly #chosen = new Map<string, Chosen>()

  constructor(options: AgentsOptions) {
    const { folder, checks } = options
    this.#options = options
    this.#home = new AgentFolder({ folder, source: 'home', checks })
  }

  /** With the project that this folder is in; without a folder, those that are everywhere. Ordered by name. */
  list(cwd?: string): { agents: Agent[]; problems: FileProblem[] } {
    const { trust } = this.#options
    const project = this.#projectOf(cwd)
    const contents = this.#contents(project)
    const agents = namesIn(contents).flatMap((name) => this.#find(name, contents)?.agent ?? [])
    const own = contents.flatMap(({ problems }) => problems)
    const about = project === undefined ? null : untrusted(project, trust)
    const others = [trust.problem, about].filter((problem) => problem !== null)
    return { agents, problems: [...own, ...others] }
  }

  /** Whom one may ask for, and which of its pillars: also an agent whose file is wrong, which `choose` says then. */
  names(cwd?: string): { readonly name: string; readonly pillars: readonly string[] }[] {
    const contents = this.#contents(this.#projectOf(cwd))
    return namesIn(contents).map((name) => ({
      name,
      pillars: this.#find(name, contents)?.agent?.pillars ?? [],
    }))
  }

  /** An agent by its name, or as `NAME/PILLAR`. Throws `not_found`, or `usage` with file and line of what is wrong. */
  show(name: string, cwd?: string): Agent {
    const asked = partsOf(name)
    const agent = this.#named(asked.name, cwd)
    return asked.pillar === undefined ? agent : forPillar(agent, pillarOf(agent, asked.pillar))
  }

  /** Who does what is to be added now. Throws as `show` does, and `usage` where the pillar does not fit. */
  choose(wish: Wish): Chosen {
    // What came in together is answered together: its files were written before any of it was read.
    if (this.#chosen.size === 0) setImmediate(() => this.#chosen.clear())
    const key = JSON.stringify([wish.agent, wish.pillar, wish.cwd])
    const known = this.#chosen.get(key)
    if (known !== undefined) return known
    const chosen = this.#choose(wish)
    this.#chosen.set(key, chosen)
    return chosen
  }

  #choose({ agent: wish = defaultAgent.name, pillar, cwd }: Wish): Chosen {
    const asked = partsOf(wish)
    const agent = this.#named(asked.name, cwd)
    const { name, model, limits } = agent
    return { name, model, limits: defined(limits), pillar: pillarOf(agent, pillar ?? asked.pillar) }
  }

  /** Who does this task, with instructions for its pillar. Throws as `choose` does. */
  of({
    agent: name,
    cwd,
    request_payload: { pillar },
  }: Pick<Task, 'agent' | 'cwd' | 'request_payload'>): Agent {
    const agent = this.#named(name, cwd)
    return forPillar(agent, pillarOf(agent, typeof pillar === 'string' ? pillar : undefined))
  }

  #named(name: string, cwd: string | undefined): Agent {
    const project = this.#projectOf(cwd)
    const found = this.#find(name, this.#contents(project))
    if (found?.agent) return found.agent
    if (found !== undefined) throw unusable(name, found.problems)
    throw new SparkyError('not_found', `no agent "${name}"`, { hint: this.#hint(cwd, project) })
  }

  #projectOf(cwd: string | undefined): Project | undefined {
    return cwd === undefined ? undefined : findProject(cwd, this.#options.home)
  }

  /** What counts most comes first. */
  #contents(project: Project | undefined): FolderContent[] {
    const own =
      project !== undefined && this.#options.trust.isTrusted(project) ? [this.#folderOf(project).now()] : []
    return [...own, this.#home.now()]
  }

  #folderOf(project: Project): AgentFolder {
    const { root } = project
    const known = this.#projects.get(root)
    if (known !== undefined) return known
    const { checks } = this.#options
    const folder = new AgentFolder({
      folder: projectPaths(project).agents,
      source: 'project',
      inside: root,
      checks,
    })
    if (this.#projects.size >= maxKeptFolders) this.#projects.clear()
    this.#projects.set(root, folder)
    return folder
  }

  #find(
    name: string,
    contents: readonly FolderContent[],
  ): Pick<Definition, 'agent' | 'problems'> | undefined {
    for (const { definitions } of contents) {
      const found = definitions.get(name)
      if (found !== undefined) return found
    }
    const agent = builtInAgents.get(name)
    return agent && { agent, problems: [] }
  }

  #hint(cwd: string | undefined, project: Project | undefined): string {
    const names = this.list(cwd).agents.map((agent) => agent.name)
    const about = project === undefined ? null : untrusted(project, this.#options.trust)
    const there = `There is ${names.slice(0, 30).join(', ')}${names.length > 30 ? ' …' : ''}.`
    return about === null ? there : `${there} ${about.file}: ${about.message}.`
  }
}

const partsOf = (wish: string): { readonly name: string; readonly pillar: string | undefined } => {
  const slash = wish.indexOf('/')
  return slash === -1
    ? { name: wish, pillar: undefined }
    : { name: wish.slice(0, slash), pillar: wish.slice(slash + 1) }
}

const namesIn = (contents: readonly FolderContent[]): string[] =>
  [
    ...new Set([...builtInAgents.keys(), ...contents.flatMap(({ definitions }) => [...definitions.keys()])]),
  ].sort()

const unusable = (name: string, problems: readonly FileProblem[]): SparkyError =>
  new SparkyError('usage', `agent "${name}" cannot be used: ${problems.map(problemText).join('; ')}`)

/** `FILE:LINE: what is wrong`. */
const problemText = ({ file, line, message }: FileProblem): string =>
  `${file}${line === null ? '' : `:${line}`}: ${message}`
