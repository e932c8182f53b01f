import { readdirSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FileProblem } from '../../protocol/agent.ts'
import { stampOf } from '../projects/file-stamp.ts'
import { isInside, readText } from '../projects/read-text.ts'
import { broken, nameOfFile, parseAgent, type Checks, type Definition } from './parse-agent.ts'

interface Place {
  readonly folder: string
  readonly source: 'home' | 'project'
  /** The real path of a folder that nothing may lead out of. */
  readonly inside?: string
  readonly checks: Checks
}

/** What a folder of agents says at this moment. */
export interface FolderContent {
  /** By name. Of an agent that cannot be used it says why. */
  readonly definitions: ReadonlyMap<string, Definition>
  /** What is wrong, of every file, and of the folder. */
  readonly problems: readonly FileProblem[]
}

interface Parsed {
  readonly key: string
  readonly definition: Definition
}

const maxFiles = 200
const maxBytes = 128 * 1024
const nothing: FolderContent = { definitions: new Map(), problems: [] }

/** A folder of agents' files. Each question looks at all of them; only what has changed is read again. */
export class AgentFolder {
  readonly #place: Place
  #parsed = new Map<string, Parsed>()

  constructor(place: Place) {
    this.#place = place
  }

  now(): FolderContent {
    const { folder, inside } = this.#place
    let files: string[]
    try {
      if (statSync(folder, { throwIfNoEntry: false }) === undefined) return nothing
      if (inside !== undefined && !isInside(inside, realpathSync.native(folder))) {
        return aboutFolder(folder, `not read: a symbolic link leads out of ${inside}`)
      }
      files = readdirSync(folder).filter((name) => name.endsWith('.md') && !name.startsWith('.'))
    } catch (error) {
      return aboutFolder(folder, `not read: ${(error as Error).message}`)
    }
    const taken = files.sort().slice(0, maxFiles)
    const definitions = this.#definitionsOf(taken.map((name) => path.join(folder, name)))
    const content = byName(definitions)
    if (files.length <= maxFiles) return content
    const message = `expected at most ${maxFiles} agents, found ${files.length}: those after ${taken.at(-1)} are not read`
    return { ...content, problems: [...content.problems, { file: folder, line: null, message }] }
  }

  #definitionsOf(files: readonly string[]): Definition[] {
    const parsed = new Map<string, Parsed>()
    const definitions = files.map((file) => {
      const { key, isSettled } = stampOf(file)
      const last = this.#parsed.get(file)
      const definition = last?.key === key ? last.definition : this.#read(file)
      if (isSettled) parsed.set(file, { key, definition })
      return definition
    })
    this.#parsed = parsed
    return definitions
  }

  #read(file: string): Definition {
    const { source, inside, checks } = this.#place
    const found = readText(file, { maxBytes, ...(inside === undefined ? {} : { inside }) })
    if (found.kind === 'text') return parseAgent(found.text, { file, source }, checks)
    const message = found.kind === 'missing' ? 'a symbolic link leads nowhere' : found.message
    return broken(file, nameOfFile(file), [{ file, line: null, message }])
  }
}

const aboutFolder = (file: string, message: string): FolderContent => ({
  definitions: new Map(),
  problems: [{ file, line: null, message }],
})

/** Of two files that define the same agent, neither counts. */
const byName = (all: readonly Definition[]): FolderContent => {
  const definitions = new Map<string, Definition>()
  for (const definition of all) {
    const { name, file } = definition
    if (name === null) continue
    const other = definitions.get(name)
    if (other === undefined) {
      definitions.set(name, definition)
      continue
    }
    const message = `a second agent "${name}": ${path.basename(other.file)} defines one, too`
    definitions.set(name, broken(file, name, [...other.problems, { file, line: null, message }]))
  }
  const nameless = all.filter(({ name }) => name === null).flatMap(({ problems }) => problems)
  return {
    definitions,
    problems: [...nameless, ...[...definitions.values()].flatMap(({ problems }) => problems)],
  }
}
