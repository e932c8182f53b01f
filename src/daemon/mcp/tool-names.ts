import { createHash } from 'node:crypto'

export interface NamedTool {
  readonly server: string
  readonly tool: string
}

/** Providers take letters, digits, `_` and `-`, and no more than this. */
const maxLength = 64
const hashLength = 6

/** What all tools of a server begin with. */
export const serverPrefix = (server: string): string => `mcp__${cleaned(server)}__`

/**
 * The name of each tool towards models, rules and people: `mcp__SERVER__TOOL`. A name that had to be changed so that it
 * would be another's, or is too long, ends in a few digits made of what it was: the same every time, whichever other
 * tools there are. A tool that is there twice is there once.
 */
export const toolNames = (tools: readonly NamedTool[]): ReadonlyMap<string, NamedTool> => {
  const plain = new Map<string, NamedTool[]>()
  for (const tool of tools) plain.set(plainName(tool), [...(plain.get(plainName(tool)) ?? []), tool])
  const named = new Map<string, NamedTool>()
  // Names that are right as they are come first.
  const inOrder = [...tools].sort((a, b) => Number(!isPlain(a)) - Number(!isPlain(b)))
  for (const tool of inOrder) {
    const name = plainName(tool)
    const rivals = (plain.get(name) ?? []).filter((other) => !isSame(other, tool))
    const isFirst = isPlain(tool) && !named.has(name)
    const chosen = name.length <= maxLength && (rivals.length === 0 || isFirst) ? name : marked(tool)
    if (!named.has(chosen)) named.set(chosen, tool)
  }
  return named
}

const plainName = ({ server, tool }: NamedTool): string => `${serverPrefix(server)}${cleaned(tool)}`

const isPlain = (tool: NamedTool): boolean => plainName(tool) === `mcp__${tool.server}__${tool.tool}`

const isSame = (a: NamedTool, b: NamedTool): boolean => a.server === b.server && a.tool === b.tool

const marked = (tool: NamedTool): string => {
  const hash = createHash('sha256')
    .update(JSON.stringify([tool.server, tool.tool]))
    .digest('hex')
  return `${plainName(tool).slice(0, maxLength - hashLength - 1)}_${hash.slice(0, hashLength)}`
}

const cleaned = (text: string): string => text.replaceAll(/[^A-Za-z0-9_-]/g, '_')
