import type { FileProblem } from '../../../protocol/agent.ts'
import { Slots } from '../slots.ts'
import type { BodySurroundings, WorkflowOutline } from '../workflow-program.ts'
import { moduleFiles, type ModuleFile, type ModulePlace } from './module-folder.ts'
import { ModuleProblem } from './module-problem.ts'
import { openModule } from './module-worker.ts'
import { syntaxLine } from './syntax-line.ts'

/** A user's module as it is now. */
export type Shelved =
  | { readonly kind: 'workflow'; readonly file: ModuleFile; readonly outline: WorkflowOutline }
  | { readonly kind: 'problem'; readonly file: ModuleFile; readonly problem: FileProblem }

interface Kept {
  readonly stamp: string
  readonly shelved: Promise<Shelved>
  readonly atMs: number
}

/** Loaded side by side. */
const maxTogether = 4
/** What is wrong may be mended without the file being touched: a module that it imports. */
const problemKeptMs = 5_000

/** What stands in folders of modules. Each is loaded when somebody asks, and again once its file has changed. */
export class ModuleShelf {
  readonly #surroundings: Omit<BodySurroundings, 'onPrinted'>
  readonly #slots = new Slots(maxTogether)
  readonly #kept = new Map<string, Kept>()

  constructor(surroundings: Omit<BodySurroundings, 'onPrinted'>) {
    this.#surroundings = surroundings
  }

  /** Never rejects. By the names of the files. */
  async in(place: ModulePlace): Promise<readonly Shelved[]> {
    return Promise.all(moduleFiles(place).map((file) => this.#look(file)))
  }

  /** The one in the file that bears this name; undefined where there is none. Never rejects. */
  async named(place: ModulePlace, name: string): Promise<Shelved | undefined> {
    const file = moduleFiles(place).find((file) => file.name === name)
    return file === undefined ? undefined : this.#look(file)
  }

  async #look(file: ModuleFile): Promise<Shelved> {
    if (file.refusal !== null) {
      return {
        kind: 'problem',
        file,
        problem: { file: file.file, line: null, message: `not loaded: ${file.refusal}` },
      }
    }
    const kept = this.#kept.get(file.file)
    if (kept?.stamp !== file.stamp) return this.#loadNow(file)
    const shelved = await kept.shelved
    // Who asks gets what was found last: a module that hangs is not waited for again and again.
    if (shelved.kind === 'problem' && performance.now() - kept.atMs > problemKeptMs) void this.#loadNow(file)
    return shelved
  }

  #loadNow(file: ModuleFile): Promise<Shelved> {
    const shelved = this.#slots.use(() => this.#load(file))
    const atMs = performance.now()
    const before = this.#kept.get(file.file)
    const isSame = before?.stamp === file.stamp
    this.#kept.set(file.file, { stamp: file.stamp, shelved: isSame ? before.shelved : shelved, atMs })
    if (isSame) void shelved.then(() => this.#kept.set(file.file, { stamp: file.stamp, shelved, atMs }))
    return shelved
  }

  async #load(file: ModuleFile): Promise<Shelved> {
    try {
      const body = await openModule(file, { ...this.#surroundings, onPrinted: () => {} })
      body.close()
      return { kind: 'workflow', file, outline: body.outline }
    } catch (thrown) {
      const { message, line, isSyntax } = ModuleProblem.from(thrown)
      const found = line ?? (isSyntax ? await syntaxLine(file.file).catch(() => null) : null)
      return { kind: 'problem', file, problem: { file: file.file, line: found, message } }
    }
  }
}
