import path from 'node:path'
import type { Agent, FileProblem } from '../../protocol/agent.ts'
import { checkEach, type Complaint } from '../../protocol/check.ts'
import { agentFieldsSchema, agentNameSchema, saidOf } from './agent-fields.ts'
import { builtInAgents, plain } from './built-in.ts'
import { frontMatterOf, type FrontMatter } from './front-matter.ts'
import { toolComplaint } from './tool-choice.ts'

/** What a file defines. Where anything in it is wrong there is no agent, and every problem is named. */
export interface Definition {
  readonly file: string
  /** Null where it cannot be told. */
  readonly name: string | null
  readonly agent: Agent | null
  readonly problems: readonly FileProblem[]
}

export interface AgentFile {
  readonly file: string
  readonly source: 'home' | 'project'
}

/** What of a definition only other rooms can judge. */
export interface Checks {
  /** Throws where this is no name of a model. */
  readonly model: (name: string) => unknown
  readonly toolNames: readonly string[]
}

/** Reads an agent's Markdown file, whose text has no byte order mark. What it leaves out is as in the built-in agent of its name. */
export const parseAgent = (text: string, { file, source }: AgentFile, checks: Checks): Definition => {
  const front = frontMatterOf(text)
  const { value, body, errors } = front
  const name = nameOf(value, file)
  const problem = (line: number, message: string): FileProblem => ({ file, line, message })
  if (body.trim() === '' && errors.length === 0 && isNothing(value)) {
    return broken(file, name, [problem(1, 'expected frontmatter or instructions, found nothing')])
  }
  if (errors.length > 0) {
    return broken(
      file,
      name,
      errors.map(({ line, message }) => problem(line, message)),
    )
  }
  const { said, complaints } = checked(value, checks)
  if (name === null && complaints.length === 0) {
    const message = `expected a name of letters, digits, ".", "_" and "-", found that of the file`
    return broken(file, name, [problem(1, message)])
  }
  if (name === null || complaints.length > 0) {
    const problems = complaints.map(({ path, message }) => problem(front.lineOf(path), message))
    return broken(
      file,
      name,
      problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    )
  }
  const base = builtInAgents.get(name) ?? plain
  const instructions = body.trim() === '' ? base.instructions : body.trim()
  return { file, name, agent: { ...base, ...said, name, instructions, source, file }, problems: [] }
}

/** What it says, and all that is wrong with it. */
const checked = (
  value: FrontMatter['value'],
  checks: Checks,
): { readonly said: Partial<Agent>; readonly complaints: readonly Complaint[] } => {
  const result = checkEach(agentFieldsSchema, value, 'the frontmatter')
  if (result.ok) {
    const said = saidOf(result.value)
    return { said, complaints: complaintsAbout(said, value, checks) }
  }
  // What is right in itself is looked at all the same.
  const wrong = new Set(result.complaints.map(({ path: [key] }) => key))
  const rest = isObject(value) ? Object.entries(value).filter(([key]) => !wrong.has(key)) : []
  const others = agentFieldsSchema.safeParse(Object.fromEntries(rest))
  const more = others.success ? complaintsAbout(saidOf(others.data), value, checks) : []
  return { said: {}, complaints: [...result.complaints.map(withKeys), ...more] }
}

const keys = Object.keys(agentFieldsSchema.shape)

/** Of a key that there is not, it says which there are. */
const withKeys = ({ path, message }: Complaint): Complaint =>
  path.length === 1 && !keys.includes(String(path[0]))
    ? { path, message: `expected one of ${keys.join(', ')}, found "${String(path[0])}"` }
    : { path, message }

/** Whoever mends these sees the others then. */
const maxProblems = 10

export const broken = (file: string, name: string | null, all: readonly FileProblem[]): Definition => {
  const problems = all.slice(0, maxProblems)
  const more = all.length - problems.length
  if (more > 0) problems.push({ file, line: null, message: `and ${more} more that is wrong` })
  return { file, name, agent: null, problems }
}

/** The name that a file without one of its own gives to its agent; null where that is none. */
export const nameOfFile = (file: string): string | null => nameOrNull(path.basename(file, '.md'))

const nameOf = (value: FrontMatter['value'], file: string): string | null => {
  const given: unknown = isObject(value) && Object.hasOwn(value, 'name') ? value['name'] : undefined
  return given === undefined ? nameOfFile(file) : nameOrNull(given)
}

const nameOrNull = (value: unknown): string | null => {
  const { success, data } = agentNameSchema.safeParse(value)
  return success ? data : null
}

const complaintsAbout = (
  { model, tools }: Partial<Agent>,
  value: FrontMatter['value'],
  checks: Checks,
): Complaint[] => {
  const complaints: Complaint[] = []
  if (model !== undefined && model !== null) {
    try {
      checks.model(model)
    } catch (error) {
      complaints.push({ path: ['model'], message: error instanceof Error ? error.message : String(error) })
    }
  }
  for (const pattern of [...(tools?.allow ?? []), ...(tools?.deny ?? [])]) {
    const message = toolComplaint(pattern, checks.toolNames)
    if (message !== null) complaints.push({ path: pathTo(pattern, value), message })
  }
  return complaints
}

/** Where a list of tools names this one. */
const pathTo = (pattern: string, value: FrontMatter['value']): Complaint['path'] => {
  if (!isObject(value)) return []
  const { tools, disallowedTools } = value
  const places: readonly (readonly [string[], unknown])[] = isObject(tools)
    ? [
        [['tools', 'allow'], tools['allow']],
        [['tools', 'deny'], tools['deny']],
        [['disallowedTools'], disallowedTools],
      ]
    : [
        [['tools'], tools],
        [['disallowedTools'], disallowedTools],
      ]
  for (const [way, list] of places) {
    if (Array.isArray(list) && list.includes(pattern)) return [...way, list.indexOf(pattern)]
    if (typeof list === 'string' && list.includes(pattern)) return way
  }
  return ['tools']
}

const isNothing = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
