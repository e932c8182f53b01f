import { describe, expect, test } from 'vitest'
import { callOutcome } from '../../../src/daemon/mcp/call-outcome.ts'
import { MessageLines } from '../../../src/daemon/mcp/message-lines.ts'
import { providerSchema } from '../../../src/daemon/mcp/provider-schema.ts'
import { toolNames, type NamedTool } from '../../../src/daemon/mcp/tool-names.ts'

describe('the name of a tool', () => {
  const namesOf = (...tools: NamedTool[]): string[] => [...toolNames(tools).keys()]

  test('is what providers take: letters, digits, _ and -, 64 characters at most', () => {
    const names = namesOf(
      { server: 'files', tool: 'read_file' },
      { server: 'my server', tool: 'clear\u001b[2J.screen/ä' },
      { server: 'long', tool: 'x'.repeat(100) },
    )
    expect(names[0]).toBe('mcp__files__read_file')
    expect(names).toContain('mcp__my_server__clear__2J_screen__')
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
  })

  test('stays with the one that bears it, whatever the order; the other one bears the same mark each time', () => {
    const tools = [
      { server: 's', tool: 'a.b' },
      { server: 's', tool: 'a_b' },
      { server: 's', tool: 'a/b' },
    ]
    const named = toolNames(tools)
    expect(named.get('mcp__s__a_b')).toEqual({ server: 's', tool: 'a_b' })
    expect(named.size).toBe(3)
    expect(new Set(namesOf(...tools.toReversed()))).toEqual(new Set(named.keys()))
    const [marked] = [...named].find(([, { tool }]) => tool === 'a.b') ?? []
    expect(namesOf({ server: 's', tool: 'a.b' }, { server: 's', tool: 'a_b' })).toContain(marked)
  })

  test('is there once, also where two servers make the same of theirs', () => {
    const tools = [
      { server: 'a', tool: 'b__c' },
      { server: 'a__b', tool: 'c' },
      { server: 'a', tool: 'b__c' },
    ]
    expect(toolNames(tools).size).toBe(2)
  })
})

const anything = ['string', 'number', 'boolean', 'object'].map((type) => ({ type }))

describe('a schema for providers', () => {
  test('has no references and no dialect, and keeps what says something', () => {
    const schema = providerSchema({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $defs: {
        point: {
          type: 'object',
          properties: { x: { type: 'number', exclusiveMinimum: 0 } },
          required: ['x'],
        },
      },
      type: 'object',
      properties: {
        at: { $ref: '#/$defs/point', description: 'Where.' },
        when: { type: 'string', format: 'date-time' },
        link: { type: 'string', format: 'uri', pattern: '^https' },
        kind: { const: 'file' },
        size: { enum: [1, 2] },
        list: { type: 'array' },
        either: { type: ['string', 'integer'] },
        both: { allOf: [{ $ref: '#/$defs/point' }, { properties: { a: { type: 'string' } } }] },
        some: { type: ['string', 'null'], 'x-internal': true },
        'not a name!': { type: 'string' },
      },
      required: ['at', 'not a name!'],
      additionalProperties: false,
    })
    expect(schema).toEqual({
      type: 'object',
      properties: {
        at: {
          type: 'object',
          properties: { x: { type: 'number' } },
          required: ['x'],
          description: 'Where.',
        },
        when: { type: 'string', format: 'date-time' },
        link: { type: 'string' },
        kind: { type: 'string', enum: ['file'] },
        size: { anyOf: anything, description: 'One of 1, 2.' },
        list: { type: 'array', items: { anyOf: anything } },
        either: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
        both: {
          type: 'object',
          properties: { a: { type: 'string' }, x: { type: 'number' } },
          required: ['x'],
        },
        some: { type: ['string', 'null'] },
      },
      required: ['at'],
    })
  })

  test('has no choice at its top: the arguments of every branch, required where all do', () => {
    const schema = providerSchema({
      anyOf: [
        {
          type: 'object',
          properties: { id: { type: 'string' }, both: { type: 'string' } },
          required: ['id', 'both'],
        },
        {
          type: 'object',
          properties: { name: { type: 'string' }, both: { type: 'string' } },
          required: ['name', 'both'],
        },
      ],
    })
    expect(Object.keys(schema['properties'] as object).sort()).toEqual(['both', 'id', 'name'])
    expect(schema['required']).toEqual(['both'])
  })

  test('ends where one refers to itself, is no object, or is endless', () => {
    const looped = providerSchema({
      type: 'object',
      properties: {
        child: { $ref: '#' },
        self: { $ref: '#/properties/self' },
        away: { $ref: 'https://evil.example/x' },
      },
    })
    expect(JSON.stringify(looped).length).toBeLessThan(40_000)
    expect(providerSchema('no schema')).toEqual({ type: 'object', properties: {} })
    expect(providerSchema({ type: 'array', items: {} })).toEqual({ type: 'object', properties: {} })
    const startedAt = performance.now()
    const twentyOf = (part: object): object[] => Array.from({ length: 20 }, () => part)
    providerSchema({
      allOf: twentyOf({ $ref: '#' }),
      anyOf: twentyOf({ $ref: '#' }),
      properties: { a: { $ref: '#' } },
    })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    const wide = providerSchema({
      properties: Object.fromEntries(
        Array.from({ length: 10_000 }, (_, index) => [`p${index}`, { type: 'string' }]),
      ),
    })
    expect(JSON.stringify(wide).length).toBeLessThan(40_000)
    expect(
      JSON.stringify(providerSchema(JSON.parse('{"properties": {"__proto__": {"type": "string"}}}'))),
    ).not.toContain('$')
  })
})

test('a result is text: what is none is named with its kind and its size', () => {
  const outcome = callOutcome({
    content: [
      { type: 'text', text: 'one' },
      { type: 'image', mimeType: 'image/png', data: Buffer.alloc(12_000).toString('base64') },
      { type: 'audio', mimeType: 'audio/wav', data: 'AAAA' },
      { type: 'resource', resource: { uri: 'file:///a', text: 'content of a' } },
      { type: 'resource', resource: { uri: 'file:///b', mimeType: 'application/zip', blob: 'AAAA' } },
      { type: 'resource_link', uri: 'https://c', name: 'C' },
    ],
  })
  expect(outcome).toMatchObject({ status: 'ok' })
  expect(outcome.text.split('\n')).toEqual([
    'one',
    '[image image/png, 12 kB]',
    '[audio audio/wav, 3 bytes]',
    '[resource file:///a]',
    'content of a',
    '[resource file:///b application/zip, 3 bytes]',
    '[resource https://c (C)]',
  ])
  expect(callOutcome({ content: [], structuredContent: { a: 1 } })).toEqual({
    status: 'ok',
    text: '{"a":1}',
    details: { structured_content: { a: 1 } },
  })
  expect(callOutcome({ content: [] }).text).toBe('(no output)')
  expect(callOutcome({ content: [], structuredContent: { a: 'x'.repeat(20_000) } }).details).toEqual({})
})

test('lines come whole however they are cut, and one that is too long is passed over with its ends kept', () => {
  const text = `one\r\n\n${'x'.repeat(5_000)}END\nzwölf\n`
  for (const size of [1, 3, 700, 10_000]) {
    const lines: string[] = []
    const splitter = new MessageLines({
      maxBytes: 1_000,
      onLine: (line) => lines.push(line),
      onTooLong: (head, tail) => lines.push(`${head.length} ${tail.slice(-5)}`),
    })
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size))
    expect(lines).toEqual(['one', '', '256 xxEND', 'zwölf'])
  }
})
