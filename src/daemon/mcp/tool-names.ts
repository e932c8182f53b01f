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
  const distinct = [
    ...new Map(tools.map((tool) => [JSON.stringify([tool.server, tool.tool]), tool])).values(),
  ]
  const bearers = new Map<string, number>()
  for (const tool of distinct) bearers.set(plainName(tool), (bearers.get(plainName(tool)) ?? 0) + 1)
  const named = new Map<string, NamedTool>()
  // Names that are right as they are come first.
  for (const tool of [...distinct.filter(isPlain), ...distinct.filter((one) => !isPlain(one))]) {
    const name = plainName(tool)
    const isFree = isPlain(tool) ? !named.has(name) : bearers.get(name) === 1
    named.set(isFree && name.length <= maxLength ? name : marked(tool), tool)
  }
  return named
}

const plainName = ({ server, tool }: NamedTool): string => `${serverPrefix(server)}${cleaned(tool)}`

const isPlain = (tool: NamedTool): boolean => plainName(tool) === `mcp__${tool.server}__${tool.tool}`

const marked = (tool: NamedTool): string => {
  const hash = createHash('sha256')
    .update(JSON.stringify([tool.server, tool.tool]))
    .digest('hex')
  return `${plainName(tool).slice(0, maxLength - hashLength - 1)}_${hash.slice(0, hashLength)}`
}

const cleaned = (text: string): string => text.replaceAll(/[^A-Za-z0-9_-]/g, '_')
