import { expect, test } from 'vitest'
import { withinMostTools } from '../../../src/daemon/mcp/most-tools.ts'
import { builtInTools } from '../../../src/daemon/tools/registry.ts'
import type { Tool } from '../../../src/daemon/tools/tool.ts'

const own = builtInTools.slice(0, 8)
const tools = (server: string, count: number): Tool[] =>
  Array.from({ length: count }, (_, index) => ({ ...(own[0] as Tool), name: `mcp__${server}__t${index}` }))

test('all tools are offered where a model takes them', () => {
  const offer = withinMostTools(own, tools('one', 120))
  expect(offer).toEqual({ tools: [...own, ...tools('one', 120)], problems: [] })
})

test('where servers have more tools than a model takes, each keeps its share, and it is said how many are left out', () => {
  const { tools: offered, problems } = withinMostTools(own, [...tools('big', 500), ...tools('small', 3)])
  expect(offered).toHaveLength(128)
  expect(offered.slice(0, 8)).toEqual(own)
  expect(offered.slice(-3).map(({ name }) => name)).toEqual(tools('small', 3).map(({ name }) => name))
  expect(offered[124]?.name).toBe('mcp__big__t116')
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^383 of 503 tools of MCP servers are left out, .*name in the agent's "tools"/),
  ])
})
