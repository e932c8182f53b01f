import { describe, expect, test } from 'vitest'
import { delegate, delegateTo } from '../../../src/daemon/tools/delegate.ts'
import { builtInTools, offeredTools, toolCatalogue, toolOffer } from '../../../src/daemon/tools/registry.ts'

const contract: Record<string, { required: string[]; optional: string[]; effect: string }> = {
  current_time: { required: [], optional: ['timezone'], effect: 'pure' },
  list_directory: { required: [], optional: ['path', 'recursive'], effect: 'pure' },
  read_file: { required: ['path'], optional: ['offset', 'limit'], effect: 'pure' },
  search_files: { required: ['pattern'], optional: ['path', 'glob', 'kind'], effect: 'pure' },
  write_file: { required: ['path', 'content'], optional: [], effect: 'idempotent' },
  edit_file: { required: ['path', 'old_text', 'new_text'], optional: ['replace_all'], effect: 'once' },
  run_command: { required: ['command'], optional: ['cwd', 'timeout_s'], effect: 'once' },
  fetch_url: { required: ['url'], optional: [], effect: 'pure' },
  web_search: { required: ['query'], optional: ['max_results'], effect: 'pure' },
  add_task: { required: ['prompt'], optional: ['agent', 'priority', 'after'], effect: 'once' },
  list_tasks: { required: [], optional: ['status'], effect: 'pure' },
  get_task: { required: ['task'], optional: [], effect: 'pure' },
  delegate: { required: ['agent', 'message'], optional: ['pillar', 'with_history'], effect: 'once' },
  present: { required: ['kind', 'title', 'data'], optional: ['chart'], effect: 'pure' },
}

/** The keywords of JSON Schema that Google, OpenAI and Anthropic all take. */
const known = new Set([
  'type',
  'properties',
  'required',
  'description',
  'enum',
  'items',
  'additionalProperties',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'maxItems',
])

interface Schema {
  readonly [keyword: string]: unknown
  readonly description?: string
  readonly properties?: Record<string, Schema>
  readonly required?: string[]
  readonly items?: Schema
}

const schemaOf = (name: string): Schema => {
  const tool = builtInTools.find((tool) => tool.name === name)
  if (tool === undefined) throw new Error(`no tool ${name}`)
  return toolOffer(tool).inputSchema as Schema
}

const keywordsOf = (schema: Schema): string[] => [
  ...Object.keys(schema),
  ...Object.values(schema.properties ?? {}).flatMap(keywordsOf),
  ...(schema.items === undefined ? [] : keywordsOf(schema.items)),
]

const tavily = { search: { provider: 'tavily', apiKey: 'k', baseUrl: 'http://localhost' } } as const

describe('the built-in tools', () => {
  test('are those of the contract, with its effects', () => {
    expect(Object.fromEntries(builtInTools.map(({ name, effect }) => [name, effect]))).toEqual(
      Object.fromEntries(Object.entries(contract).map(([name, { effect }]) => [name, effect])),
    )
  })

  test.each(Object.entries(contract))(
    '%s takes the arguments of the contract',
    (name, { required, optional }) => {
      const schema = schemaOf(name)
      expect([...(schema.required ?? [])].sort()).toEqual([...required].sort())
      expect(Object.keys(schema.properties ?? {}).sort()).toEqual([...required, ...optional].sort())
    },
  )

  test.each(Object.keys(contract))('%s has a schema that every provider takes', (name) => {
    const schema = schemaOf(name)
    expect(schema['type']).toBe('object')
    expect(keywordsOf(schema).filter((keyword) => !known.has(keyword))).toEqual([])
    for (const property of Object.values(schema.properties ?? {})) expect(property.description).toMatch(/\.$/)
  })
})

describe('web_search', () => {
  test('is offered only where a search provider is configured', () => {
    const names = (settings: Parameters<typeof offeredTools>[0]): string[] =>
      offeredTools(settings).map(({ name }) => name)
    expect(names({ search: null })).not.toContain('web_search')
    expect(names(tavily)).toContain('web_search')
  })

  test('stands in the catalogue with the reason why it is not offered', () => {
    const row = toolCatalogue({ search: null }).find(({ name }) => name === 'web_search')
    expect(row).toMatchObject({ available: false, why_not: expect.stringContaining('TAVILY_API_KEY') })
    const available = toolCatalogue(tavily).find(({ name }) => name === 'web_search')
    expect(available).toMatchObject({ available: true, effect: 'pure' })
    expect(available).not.toHaveProperty('why_not')
  })
})

test('the schema of a tool is made once, whatever the tool says of itself', () => {
  const schemas = [delegate, delegateTo(['- a: does a']), delegateTo(['- b: does b'])].map(
    (tool) => toolOffer(tool).inputSchema['properties'],
  )
  expect(schemas[0]).toBeDefined()
  for (const schema of schemas) expect(schema).toBe(schemas[0])
})
