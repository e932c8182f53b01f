import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Effect } from '../tools/tool.ts'
import type { ListedTool } from './connected-server.ts'
import { effectOf } from './mcp-tools.ts'
import { McpServers, type WantedServer } from './servers.ts'
import { toolNames } from './tool-names.ts'

/** What became of starting a server once. */
export interface ServerTrial {
  readonly name: string
  readonly source: 'home' | 'project'
  readonly file: string
  /** From the start until its tools were known. */
  readonly ms: number
  readonly tools: readonly TriedTool[]
}

interface TriedTool {
  /** As agents call it. */
  readonly name: string
  /** As the server calls it. */
  readonly tool: string
  readonly description: string
  readonly effect: Effect
}

interface Trial extends Pick<ServerTrial, 'source' | 'file'> {
  readonly wanted: WantedServer
  readonly environment: Readonly<Record<string, string>>
  /** What it writes to stderr. */
  readonly onLine: (line: string) => void
}

/** Resolves when nothing of the server is left. Throws `mcp_failed`. */
export const tryServer = async (trial: Trial): Promise<ServerTrial> => {
  const { wanted, environment, source, file, onLine } = trial
  const log = (fields: object): void => {
    if ('line' in fields && typeof fields.line === 'string') onLine(fields.line)
  }
  const servers = new McpServers({ environment, log: { info: log, warn: log } })
  const startedAt = performance.now()
  try {
    const listed = await servers.tools(wanted, new AbortController().signal)
    const ms = Math.round(performance.now() - startedAt)
    const names = toolNames(listed.map(({ name }) => ({ server: wanted.name, tool: name })))
    const tools = [...names].flatMap(([name, { tool }]) => {
      const found = listed.find((one) => one.name === tool)
      if (found === undefined) return []
      return [{ name, tool, description: descriptionOf(found), effect: effectOf(found) }]
    })
    return { name: wanted.name, source, file, ms, tools }
  } finally {
    await servers.close()
  }
}

/** As much of it as a model would be given. */
const maxDescriptionLength = 2_000

const descriptionOf = ({ description = '' }: ListedTool): string => {
  const isLong = description.length > maxDescriptionLength
  return sanitizeLine(isLong ? `${description.slice(0, maxDescriptionLength - 1)}…` : description)
}
