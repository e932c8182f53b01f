import { SparkyError } from '../../protocol/failure.ts'
import type { Tool } from '../tools/tool.ts'
import type { McpOffer } from './mcp-tools.ts'

/** What providers take in one request; with one more of them they refuse it, and the agent could do nothing at all. */
const mostTools = 128

/**
 * Sparky's own tools, and of those of servers as many as a model takes beside them: of each server the first ones, as
 * many of one as of another. Those that are left out are a problem that says so.
 */
export const withinMostTools = (own: readonly Tool[], ofServers: readonly Tool[]): McpOffer => {
  const room = Math.max(0, mostTools - own.length)
  const left = ofServers.length - room
  if (left <= 0) return { tools: [...own, ...ofServers], problems: [] }
  const places = new Map<string, number>()
  const inTurn = ofServers.map((tool) => {
    const [, server = ''] = tool.name.split('__')
    const place = places.get(server) ?? 0
    places.set(server, place + 1)
    return { tool, place }
  })
  const kept = new Set([...inTurn].sort((a, b) => a.place - b.place).slice(0, room))
  const message =
    `${left} of ${ofServers.length} tools of MCP servers are left out, since a model takes ${mostTools} tools at most: ` +
    'name in the agent\'s "tools" those that it needs, such as mcp__SERVER__*'
  return {
    tools: [...own, ...inTurn.filter((one) => kept.has(one)).map(({ tool }) => tool)],
    problems: [new SparkyError('mcp_failed', message)],
  }
}
