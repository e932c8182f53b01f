import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { callOutcome } from '../../../src/daemon/mcp/call-outcome.ts'
import { providerSchema } from '../../../src/daemon/mcp/provider-schema.ts'
import { McpServers } from '../../../src/daemon/mcp/servers.ts'
import { everythingServer, filesServer, modernServer } from '../../support/mcp-servers.ts'
import { aRequest, aServer, modelAt, readAll, wireApis } from '../models/wire-models.ts'
import { calling, quiet, untilAborted, wantedServer } from './open-servers.ts'

const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'sparky-mcp-')))
const servers = new McpServers({
  environment: { PATH: process.env['PATH'] ?? '' },
  log: { info: () => {}, warn: () => {} },
})
const files = wantedServer(filesServer(folder), 'files')
const everything = wantedServer(everythingServer(), 'everything')

afterAll(async () => {
  await servers.close()
  rmSync(folder, { recursive: true })
})

test('server-filesystem lists its tools, reads a file, and says what it does not allow', async () => {
  writeFileSync(path.join(folder, 'hello.txt'), 'Hello from a file.')
  const tools = await servers.tools(files, untilAborted)
  const read = tools.find(({ name }) => name === 'read_text_file')
  expect(read?.annotations?.readOnlyHint).toBe(true)
  const call = async (file: string) =>
    callOutcome(await servers.call(files, calling('read_text_file', { path: file }), quiet))
  expect(await call(path.join(folder, 'hello.txt'))).toMatchObject({
    status: 'ok',
    text: 'Hello from a file.',
  })
  expect(await call('/etc/passwd')).toMatchObject({
    status: 'error',
    text: expect.stringContaining('Access denied'),
    details: { code: 'tool_failed' },
  })
})

test('server-everything over stdio', async () => {
  const tools = await servers.tools(everything, untilAborted)
  expect(tools.map(({ name }) => name)).toContain('echo')
  const outcome = callOutcome(await servers.call(everything, calling('echo', { message: 'hi' }), quiet))
  expect(outcome).toMatchObject({ status: 'ok', text: 'Echo: hi' })
})

test('a server that knows only the newest protocol is spoken to in that', async () => {
  const modern = wantedServer(modernServer())
  expect((await servers.tools(modern, untilAborted)).map(({ name }) => name)).toEqual(['greet'])
  expect(callOutcome(await servers.call(modern, calling('greet'), quiet)).text).toBe('Hello.')
})

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
  const lists = await Promise.all([files, everything].map((server) => servers.tools(server, untilAborted)))
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
