import type { FileProblem } from '../../protocol/agent.ts'
import { isJsonObject } from '../../protocol/json-object.ts'
import type { Json } from '../../protocol/task.ts'
import { readText } from './read-text.ts'

/** A list of MCP servers as it is written: nothing of it is checked but that it has names, and no variable is put in. */
export interface ServerFile {
  readonly file: string
  readonly servers: ReadonlyMap<string, Json>
  /** Why there are no servers, where there should be. */
  readonly problem: FileProblem | null
}

const maxBytes = 256 * 1024

/** Reads `.mcp.json` or `mcp.json`; none where there is no such file. `inside`: what it must not lead out of. */
export const readServerFile = (file: string, inside?: string): ServerFile => {
  const found = readText(file, { maxBytes, ...(inside === undefined ? {} : { inside }) })
  const none = (message: string, line: number | null = null): ServerFile => ({
    file,
    servers: new Map(),
    problem: { file, line, message },
  })
  if (found.kind === 'missing') return { file, servers: new Map(), problem: null }
  if (found.kind === 'refused') return none(found.message)
  let value: unknown
  try {
    value = JSON.parse(found.text)
  } catch (error) {
    const { message } = error as Error
    return none(`expected JSON: ${message}`, lineOf(message, found.text))
  }
  if (!isJsonObject(value)) return none('expected an object with "mcpServers"')
  const { mcpServers = {} } = value
  if (!isJsonObject(mcpServers)) return none('expected "mcpServers" to be an object: name -> server')
  return { file, servers: new Map(Object.entries(mcpServers)), problem: null }
}

/** Where V8's message says it: as a line in some versions, as a position in others. */
const lineOf = (message: string, text: string): number | null => {
  const [, line] = /\(line (\d+) /.exec(message) ?? []
  if (line !== undefined) return Number(line)
  const [, position] = / at position (\d+)/.exec(message) ?? []
  return position === undefined ? null : text.slice(0, Number(position)).split('\n').length
}
