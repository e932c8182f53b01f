import { describe, expect, it } from 'vitest'
import { getsTool } from '../../../src/daemon/definitions/tool-choice.ts'
import { plain } from '../../../src/daemon/definitions/built-in.ts'
import type { Agent } from '../../../src/protocol/agent.ts'

const tools = [
  { name: 'read_file', effect: 'pure' },
  { name: 'write_file', effect: 'idempotent' },
  { name: 'run_command', effect: 'once' },
  { name: 'present', effect: 'pure' },
  { name: 'delegate', effect: 'once' },
  { name: 'mcp__files__read', effect: 'pure' },
  { name: 'mcp__files__write', effect: 'once' },
  { name: 'mcp__filesystem__read', effect: 'pure' },
] as const

const offered = (fields: Partial<Agent>): string[] =>
  tools.filter((tool) => getsTool({ ...plain, ...fields }, tool)).map(({ name }) => name)
const all = tools.map(({ name }) => name)
const tooled = (allow: string[] | null, deny: string[] = []): Partial<Agent> => ({ tools: { allow, deny } })

describe('the tools of an agent', () => {
  it.each<[string, Partial<Agent>, readonly string[]]>([
    ['all, where it names none', { delegates: ['*'] }, all],
    ['no delegate, where it has nobody to delegate to', {}, all.filter((name) => name !== 'delegate')],
    ['those that it names', tooled(['read_file', 'run_command']), ['read_file', 'run_command']],
    ['none', tooled([]), []],
    ['those that fit a pattern', tooled(['*_file']), ['read_file', 'write_file']],
    ['those of a server', tooled(['mcp__files']), ['mcp__files__read', 'mcp__files__write']],
    ['those of a server, as a pattern', tooled(['mcp__files__*']), ['mcp__files__read', 'mcp__files__write']],
    ['none that is denied, though it is named', tooled(['*_file'], ['write_file']), ['read_file']],
    ['none at all, where all are denied', { ...tooled(null, ['*']), delegates: ['*'] }, []],
    [
      'delegate beside those that it names, where it may delegate',
      { ...tooled(['read_file']), delegates: ['guide'] },
      ['read_file', 'delegate'],
    ],
    [
      'what changes nothing, where it only reads',
      { permissions: 'read-only' },
      ['read_file', 'present', 'mcp__files__read', 'mcp__filesystem__read'],
    ],
    [
      'no writing tool that it names, where it only reads',
      { ...tooled(['*_file']), permissions: 'read-only' },
      ['read_file'],
    ],
  ])('are %s', (_, agent, names) => {
    expect(offered(agent)).toEqual(names)
  })
})
