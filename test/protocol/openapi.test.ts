import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { endpoints } from '../../src/protocol/endpoints.ts'
import { openApiDocument } from '../../src/protocol/openapi.ts'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly security?: readonly unknown[]
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly description?: string
    readonly schema: unknown
  }[]
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, { schema: unknown }> }
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, { schema: unknown }> }>>
}

const document = openApiDocument('1.2.3') as Readonly<Record<string, unknown>> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}
const operation = (method: string, path: string): Operation => {
  const found = document.paths[path]?.[method]
  if (found === undefined) throw new Error(`expected ${method} ${path} in the document`)
  return found
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { errors, valid } = await validator.validate(structuredClone(document))
    expect(errors ?? []).toEqual([])
    expect([valid, validator.version]).toEqual([true, '3.1'])
    const damaged = { ...structuredClone(document), paths: { 'no-slash': {} } }
    expect(await new Validator().validate(damaged)).toMatchObject({ valid: false })
  })

  it('has every endpoint, each once, and no other', () => {
    const rows = Object.entries(endpoints).map(
      ([name, { method, path }]) => `${name}: ${method.toLowerCase()} ${path}`,
    )
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method} ${path}`),
    )
    expect(operations.toSorted()).toEqual(rows.toSorted())
    expect(rows.length).toBeGreaterThan(30)
  })

  it('refers to nothing that is not in it', () => {
    const refs = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref = '']) => ref),
    )
    const missing = [...refs].filter(
      (ref) =>
        ref
          .slice(2)
          .split('/')
          .reduce<unknown>(
            (value, key) =>
              typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
            document,
          ) === undefined,
    )
    expect(missing).toEqual([])
    expect(refs.size).toBeGreaterThan(40)
  })

  it('says of each parameter where it goes: path, query or body', () => {
    const list = operation('get', '/api/v1/tasks')
    expect(list.requestBody).toBeUndefined()
    expect(list.parameters.map((parameter) => [parameter.in, parameter.name])).toEqual([
      ['query', 'status'],
      ['query', 'group'],
      ['query', 'label'],
      ['query', 'limit'],
      ['query', 'cursor'],
    ])
    expect(list.parameters[0]?.schema).toMatchObject({ type: 'array', items: { type: 'string' } })
    expect(list.parameters[3]?.schema).toEqual({ type: 'integer', minimum: 0 })
    const edit = operation('patch', '/api/v1/tasks/{id}')
    expect(edit.parameters.map((parameter) => [parameter.in, parameter.name])).toEqual([['path', 'id']])
    const body = edit.requestBody?.content['application/json']?.schema as {
      properties: Record<string, unknown>
    }
    expect(Object.keys(body.properties)).toContain('prompt')
    expect(Object.keys(body.properties)).not.toContain('id')
    expect(operation('post', '/api/v1/tasks').requestBody).toEqual({
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/AddTask' } } },
    })
  })

  it('says of each parameter what it is', () => {
    const parameters = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ parameters }) => parameters),
    )
    const bare = parameters.filter(({ description }) => description === undefined)
    expect(bare.map((parameter) => parameter.name)).toEqual([])
    expect(parameters.length).toBeGreaterThan(20)
  })

  it('says what comes back: results, lines for those who ask for them, refusals with their codes', () => {
    expect(operation('post', '/api/v1/tasks').responses['201']?.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/Task' } },
    })
    const events = operation('get', '/api/v1/events').responses['200']?.content
    expect(Object.keys(events ?? {})).toEqual(['application/json', 'application/x-ndjson'])
    expect(Object.keys(operation('post', '/api/v1/tasks').responses)).toEqual(
      ['201', '400', '401', '403', '404', '409', '413', '429', '500', '503'].toSorted(),
    )
    // A task that is asked for may not be there, also where it stands in the query.
    expect(Object.keys(operation('get', '/api/v1/events').responses)).toContain('404')
    expect(Object.keys(operation('get', '/health').responses)).not.toContain('401')
    expect(operation('get', '/health').security).toEqual([])
    expect(JSON.stringify(document['components'])).toContain('"description":"One of the codes conflict, ')
  })
})
