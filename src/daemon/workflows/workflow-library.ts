import path from 'node:path'
import type { FileProblem } from '../../protocol/agent.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { findProject, projectPaths, type Project } from '../projects/find-project.ts'
import type { Trust } from '../projects/trust.ts'
import { moduleFiles, type ModulePlace } from './modules/module-folder.ts'
import { ModuleShelf, type Shelved } from './modules/module-shelf.ts'
import { openModule } from './modules/module-worker.ts'
import type { WorkflowProgram } from './workflow-program.ts'

interface LibraryOptions {
  readonly home: string
  readonly trust: Pick<Trust, 'isTrusted'>
  readonly builtIn: readonly WorkflowProgram[]
  /** What modules see of the environment when they are loaded to be listed. */
  readonly environment: Readonly<Record<string, string>>
  /** A module that has not loaded by then hangs. */
  readonly loadTimeoutMs?: number
}

/** Every workflow that there is for a folder, and what is wrong with files that should be one. */
export interface FoundWorkflows {
  readonly programs: readonly WorkflowProgram[]
  readonly problems: readonly FileProblem[]
}

interface Shelf extends ModulePlace {
  readonly source: 'home' | 'project'
}

/**
 * The workflows: those of a trusted project, of the user, and Sparky's own. Where several have one name, the nearest
 * counts. Files are looked at anew whenever somebody asks.
 */
export class WorkflowLibrary {
  readonly #options: LibraryOptions
  readonly #modules: ModuleShelf

  constructor(options: LibraryOptions) {
    this.#options = options
    this.#modules = new ModuleShelf(options)
  }

  async all(cwd?: string): Promise<FoundWorkflows> {
    const { shelves, untrusted } = this.#shelves(cwd)
    const found = await Promise.all(
      shelves.map(async (shelf) => ofShelf(shelf, await this.#modules.in(shelf))),
    )
    const programs = new Map<string, WorkflowProgram>()
    for (const program of [...found.flatMap(({ programs }) => programs), ...this.#options.builtIn]) {
      if (!programs.has(program.row.name)) programs.set(program.row.name, program)
    }
    return {
      programs: [...programs.values()].sort((a, b) => (a.row.name < b.row.name ? -1 : 1)),
      problems: [...untrusted, ...found.flatMap(({ problems }) => problems)],
    }
  }

  /** Throws `not_found`, or `usage` where the file that bears the name is no workflow. */
  async find(name: string, cwd?: string): Promise<WorkflowProgram> {
    for (const shelf of this.#shelves(cwd).shelves) {
      const shelved = await this.#modules.named(shelf, name)
      if (shelved?.kind === 'problem') throw fileError(shelved.problem)
      // Others need not be looked at, of which one may take its time.
      if (shelved?.outline.name === name) return programOf(shelved, shelf)
    }
    const { programs, problems } = await this.all(cwd)
    const program = programs.find(({ row }) => row.name === name)
    if (program !== undefined) return program
    const names = programs.map(({ row }) => row.name).join(', ')
    const [problem] = problems
    throw new SparkyError('not_found', `no workflow "${name}"; there are ${names}`, {
      hint: problem === undefined ? 'See "sparky workflow list".' : textOf(problem),
    })
  }

  /** Where modules stand, the nearest first. */
  #shelves(cwd: string | undefined): { shelves: readonly Shelf[]; untrusted: readonly FileProblem[] } {
    const { home, trust } = this.#options
    const ofHome: Shelf = { folder: path.join(home, 'workflows'), source: 'home' }
    const project = cwd === undefined ? undefined : findProject(cwd, home)
    if (project === undefined) return { shelves: [ofHome], untrusted: [] }
    if (!trust.isTrusted(project)) return { shelves: [ofHome], untrusted: untrusted(project) }
    return {
      shelves: [{ folder: projectPaths(project).workflows, source: 'project', inside: project.root }, ofHome],
      untrusted: [],
    }
  }
}

const ofShelf = (shelf: Shelf, shelved: readonly Shelved[]): FoundWorkflows => {
  const programs: WorkflowProgram[] = []
  const problems: FileProblem[] = []
  for (const item of shelved) {
    if (item.kind === 'problem') {
      problems.push(item.problem)
      continue
    }
    const { name } = item.outline
    const same = programs.find(({ row }) => row.name === name)
    if (same === undefined) {
      programs.push(programOf(item, shelf))
      continue
    }
    const message = `there is a workflow "${name}" already, in ${path.basename(same.row.file ?? '')}`
    problems.push({ file: item.file.file, line: null, message })
  }
  return { programs, problems }
}

type ShelvedWorkflow = Extract<Shelved, { kind: 'workflow' }>

const programOf = (shelved: ShelvedWorkflow, { source }: Shelf): WorkflowProgram => {
  const { name, description, nodes, simulates } = shelved.outline
  return {
    row: { name, description, nodes: nodes.map(({ name }) => name), source, file: shelved.file.file },
    simulates,
    open: (surroundings) => openNamed(shelved, surroundings),
  }
}

/** As it is now, whatever it was when it was listed. */
const openNamed = async (
  { file, outline }: ShelvedWorkflow,
  surroundings: Parameters<WorkflowProgram['open']>[0],
): ReturnType<WorkflowProgram['open']> => {
  const body = await openModule(file, surroundings).catch((error: unknown) => {
    const { message, line = null } = error as Error & { line?: number | null }
    throw fileError({ file: file.file, line, message })
  })
  if (body.outline.name === outline.name) return body
  body.close()
  throw new SparkyError('conflict', `${file.file} is no longer the workflow "${outline.name}"`)
}

const untrusted = (project: Project): FileProblem[] => {
  const folder = projectPaths(project).workflows
  if (moduleFiles({ folder }).length === 0) return []
  const message = 'the workflows of this project are there once you trust it: run "sparky trust" in it'
  return [{ file: folder, line: null, message }]
}

const fileError = (problem: FileProblem): SparkyError => new SparkyError('usage', textOf(problem))

const textOf = ({ file, line, message }: FileProblem): string =>
  `${file}${line === null ? '' : `:${line}`}: ${message}`
