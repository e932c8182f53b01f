import { expect, test } from 'vitest'
import { providerSchema } from '../../../src/daemon/mcp/provider-schema.ts'
import { everythingServer, filesServer } from '../../support/mcp-servers.ts'
import { aRequest, aServer, modelAt, readAll, wireApis } from '../models/wire-models.ts'
import { openServers, untilAborted, wantedServer } from './open-servers.ts'

const nasty = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, value: true } } },
  oneOf: [{ properties: { a: { const: 1 } } }, { properties: { a: { not: { type: 'string' } } } }],
  properties: {
    tree: { $ref: '#/$defs/node' },
    many: { type: 'array', items: [{ type: 'string' }], prefixItems: [] },
    any: {},
    either: { type: ['string', 'array', 'null'] },
    when: { if: { type: 'string' }, else: { minLength: 1 }, format: 'uri' },
    empty: { enum: [''] },
  },
  patternProperties: { '^x-': { type: 'string' } },
  dependentRequired: { a: ['tree'] },
}

test('each provider is told of the tools of real servers, and of a nasty one, in words that it knows', async () => {
  const { servers } = openServers()
  const lists = await Promise.all([
    servers.tools(wantedServer(filesServer('/tmp'), 'files'), untilAborted),
    servers.tools(wantedServer(everythingServer(), 'everything'), untilAborted),
  ])
  const tools = [...lists.flat(), { name: 'nasty', inputSchema: nasty }].map(({ name, inputSchema }) => ({
    name,
    description: 'A tool.',
    inputSchema: providerSchema(inputSchema),
  }))
  for (const api of wireApis) {
    const server = await aServer([{ text: 'Seen.' }])
    const model = await modelAt(api, server.url)
    expect((await readAll(model.stream({ ...aRequest(), tools }))).text).toBe('Seen.')
    const told = JSON.stringify(server.requests[0]?.body['tools'])
    for (const { name } of tools) expect(told).toContain(`"name":"${name}"`)
    expect(told).not.toMatch(
      /"(\$\w+|allOf|oneOf|not|const|if|else|prefixItems|patternProperties|dependentRequired)":/,
    )
    expect(untyped(server.requests[0]?.body['tools'])).toEqual([])
  }
})

/** Where a property, an item or a branch has no type and no choice, or a list no items: not every provider takes that. */
const untyped = (value: unknown, path = ''): string[] => {
  if (typeof value !== 'object' || value === null) return []
  const node = value as Record<string, unknown>
  const isSchema = /\.(properties\.\w+|items|anyOf\.\d+)$/.test(path)
  const isBad =
    isSchema &&
    ((!('type' in node) && !('anyOf' in node)) || (node['type'] === 'array' && !('items' in node)))
  return [
    ...(isBad ? [path] : []),
    ...Object.entries(node).flatMap(([key, inner]) => untyped(inner, `${path}.${key}`)),
  ]
}
