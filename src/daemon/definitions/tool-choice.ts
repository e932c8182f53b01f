import type { Agent } from '../../protocol/agent.ts'

interface ToolFacts {
  readonly name: string
  readonly effect: 'pure' | 'idempotent' | 'once'
}

/**
 * Whether an agent gets a tool: what is denied never; a `read-only` agent only what changes nothing; `delegate` where
 * there is somebody that it may delegate to; the rest where its list has it, or there is no list.
 */
export const getsTool = (
  { tools: { allow, deny }, permissions, delegates }: Pick<Agent, 'tools' | 'permissions' | 'delegates'>,
  { name, effect }: ToolFacts,
): boolean => {
  if (deny.some((pattern) => matches(pattern, name))) return false
  if (name === 'delegate') return delegates.length > 0
  if (permissions === 'read-only' && effect !== 'pure') return false
  return allow === null || allow.some((pattern) => matches(pattern, name))
}

/** What is wrong with the name of a tool in a definition; null where one may bear it. */
export const toolComplaint = (pattern: string, known: readonly string[]): string | null => {
  if (pattern.startsWith('mcp__') || known.some((name) => matches(pattern, name))) return null
  const ours = elsewhere[pattern]
  if (ours !== undefined) return `no tool "${pattern}": here it is called ${ours}`
  return /[*?]/.test(pattern)
    ? `no tool fits "${pattern}"; "sparky tools list" shows what there is`
    : `no tool "${pattern}"; "sparky tools list" shows what there is`
}

/** `*` is any text and `?` any character; `mcp__SERVER` alone is all tools of that server. */
const matches = (pattern: string, name: string): boolean => {
  const made = patterns.get(pattern) ?? compiled(pattern)
  return made.test(name)
}

const patterns = new Map<string, RegExp>()
const maxPatterns = 1000

const compiled = (pattern: string): RegExp => {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  const made = new RegExp(`^${source}${/^mcp__(?:(?!__).)+$/.test(pattern) ? '(?:__.*)?' : ''}$`)
  if (patterns.size >= maxPatterns) patterns.clear()
  patterns.set(pattern, made)
  return made
}

/** As other programs' agents call them. */
const elsewhere: Readonly<Record<string, string>> = {
  Read: 'read_file',
  Write: 'write_file',
  Edit: 'edit_file',
  MultiEdit: 'edit_file',
  Bash: 'run_command',
  Grep: 'search_files',
  Glob: 'search_files',
  LS: 'list_directory',
  WebFetch: 'fetch_url',
  WebSearch: 'web_search',
  Task: 'delegate',
  Agent: 'delegate',
}
