import { serverPrefix } from './tool-names.ts'

/** Which tools an agent gets: names and patterns, as its definition has them. */
export interface ToolRules {
  /** Null: all. */
  readonly allow: readonly string[] | null
  readonly deny: readonly string[]
}

/**
 * Whether an agent may use any tool of a server, before it is known which tools that has. In patterns `*` is any text and
 * `?` any character; `mcp__SERVER` alone is all tools of that server.
 */
export const mayUseServer = ({ allow, deny }: ToolRules, server: string): boolean => {
  const prefix = serverPrefix(server)
  return (
    (allow === null || allow.some((pattern) => canMatchBelow(whole(pattern), prefix))) &&
    !deny.some((pattern) => matchesAllBelow(whole(pattern), prefix))
  )
}

const whole = (pattern: string): string =>
  /^mcp__(?:(?!__).)+$/.test(pattern) && !pattern.endsWith('*') ? `${pattern}__*` : pattern

const canMatchBelow = (pattern: string, prefix: string): boolean => {
  const [head = ''] = pattern.split(/[*?]/, 1)
  return head.startsWith(prefix) || (head !== pattern && prefix.startsWith(head))
}

const matchesAllBelow = (pattern: string, prefix: string): boolean =>
  pattern.endsWith('*') && asExpression(pattern).test(prefix)

const asExpression = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll(/\*+/g, '.*')
      .replaceAll('?', '.')}$`,
    's',
  )
