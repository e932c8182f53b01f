import * as z from 'zod'
import { api, type ApiName } from './api.ts'
import { endpointSummaries } from './endpoint-summaries.ts'
import { failureCodes } from './failure.ts'
import { describe, type JsonSchema } from './json-schema.ts'
import { queryForms } from './query-forms.ts'
import { wireSchemas } from './wire-schemas.ts'

type Json = Readonly<Record<string, unknown>>

/** The HTTP interface as an OpenAPI 3.1 document, made from the api table and the schemas that it names. */
export const openApiDocument = (version: string): Json => {
  const operations = (Object.keys(api) as ApiName[]).map(operationOf)
  const { schemas, definitions } = describe(
    Object.assign({}, namedSchemas(), ...operations.map(({ schemas }) => schemas)) as SchemasByKey,
    (schema) => queryForms.get(schema as z.ZodType),
  )
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Sparky',
      version,
      summary: 'A durable task queue for AI agents on your own machine.',
      description:
        'The HTTP interface of the daemon. Events also come over the WebSocket /api/ws/agent, which docs/protocol.md of the package describes. A path that is known, asked with another method, is answered with 405 and Allow.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The daemon that this document came from' }],
    security: [{ bearer: [] }],
    paths: pathsOf(operations, schemas),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The content of $SPARKY_HOME/token.' },
      },
      responses: Object.fromEntries(errorStatuses.map((status) => [`Error${status}`, errorResponse(status)])),
      schemas: definitions,
    },
  }
  return inComponents(document)
}

type SchemasByKey = Readonly<Record<string, z.ZodType>>

/** What answers refer to and no parameter or result contains. */
const namedSchemas = (): SchemasByKey =>
  Object.fromEntries(
    wireSchemas()
      .filter(({ name }) => ['Error', 'StreamLine'].includes(name))
      .map(({ name, schema }) => [name, schema]),
  )

interface Operation {
  readonly name: ApiName
  readonly method: string
  readonly path: string
  readonly pathNames: readonly string[]
  readonly query: readonly { readonly name: string; readonly key: string }[]
  readonly body: string | null
  readonly result: string
  /** By the keys above. */
  readonly schemas: SchemasByKey
}

const operationOf = (name: ApiName): Operation => {
  const { method, path, params, result } = api[name]
  const pathNames = [...path.matchAll(/\{(\w+)\}/g)].map(([, word = '']) => word)
  const others = Object.entries<z.ZodType>(params.shape).filter(([field]) => !pathNames.includes(field))
  const hasBody = method !== 'GET' && method !== 'DELETE' && others.length > 0
  const query = hasBody
    ? []
    : others.map(([field, schema]) => ({ name: field, key: `${name}?${field}`, schema }))
  const bodySchema = pathNames.length === 0 ? params : z.strictObject(Object.fromEntries(others))
  const body = hasBody ? { key: `${name} body`, schema: bodySchema } : null
  return {
    name,
    method,
    path,
    pathNames,
    query,
    body: body?.key ?? null,
    result: `${name} result`,
    schemas: Object.fromEntries([
      ...query.map(({ key, schema }) => [key, schema] as const),
      ...(body === null ? [] : [[body.key, body.schema] as const]),
      [`${name} result`, result] as const,
    ]),
  }
}

const pathsOf = (operations: readonly Operation[], schemas: Readonly<Record<string, JsonSchema>>): Json => {
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of operations) {
    const methods = (paths[operation.path] ??= {})
    methods[operation.method.toLowerCase()] = operationObject(operation, schemas)
  }
  return paths
}

const operationObject = (
  { name, path, pathNames, query, body, result }: Operation,
  schemas: Readonly<Record<string, JsonSchema>>,
): Json => {
  const isRequired = (key: string | null): boolean => key !== null && !acceptsNothing(schemas[key])
  return {
    operationId: name,
    summary: endpointSummaries[name],
    tags: [/^\/api\/v1\/(\w+)/.exec(path)?.[1] ?? 'daemon'],
    ...(name === 'health' && { security: [] }),
    parameters: [
      ...pathNames.map((word) => ({
        name: word,
        in: 'path',
        required: true,
        description: pathDescriptions[word],
        schema: { type: 'string', minLength: 1 },
      })),
      ...query.map(({ name: word, key }) => ({
        name: word,
        in: 'query',
        required: false,
        description: queryDescriptions[word],
        schema: schemas[key],
      })),
    ],
    ...(body !== null && {
      requestBody: {
        required: isRequired(body),
        content: { 'application/json': { schema: schemas[body] } },
      },
    }),
    responses: {
      ['created' in api[name] ? '201' : '200']: {
        description: 'Done.',
        content: contentOf(name, schemas[result]),
      },
      ...Object.fromEntries(
        errorStatusesOf({ name, hasPath: pathNames.length > 0, hasBody: body !== null }).map((status) => [
          status,
          { $ref: `#/components/responses/Error${status}` },
        ]),
      ),
    },
  }
}

/** Whether an empty body will do. */
const acceptsNothing = (schema: JsonSchema | undefined): boolean =>
  schema !== undefined && schema['$ref'] === undefined && schema['required'] === undefined

const contentOf = (name: ApiName, schema: JsonSchema | undefined): Json => {
  if (schema?.['type'] === 'string') return { 'text/plain': { schema } }
  if (!('follow' in api[name].params.shape)) return { 'application/json': { schema } }
  return {
    'application/json': { schema },
    'application/x-ndjson': { schema: { $ref: '#/$defs/StreamLine' } },
  }
}

const pathDescriptions: Readonly<Record<string, string>> = {
  id: 'A task: its number, its id, or a unique prefix of the id.',
  call_id: 'The `call_id` of a `tool_use` and its `tool_result`.',
  name: 'Its name.',
  key: 'A dotted key, such as `limits.max_steps`.',
  approval_id: 'The `approval_id` of an `approval_requested`.',
  conversation_id: 'A conversation: its id, a unique prefix of it, or `last` for the one that was used last.',
}

const queryDescriptions: Readonly<Record<string, string>> = {
  status: 'Only tasks of these statuses: several times, or once with commas between.',
  group: 'Only tasks of this group.',
  label: 'Only tasks with this label, as NAME=VALUE; several times for several.',
  limit: 'At most so many.',
  cursor: 'The `next_cursor` of the page before.',
  all: 'Whatever the filters say: every finished task.',
  after: 'Only events with a larger `seq`: `next_after` of the page before, or the newest that was seen.',
  tasks: 'Only events about these tasks: several times, or once with commas between.',
  types: 'Only events of these types: several times, or once with commas between.',
  hide: 'No events of these types; stronger than `types`.',
  follow: 'Stay, and send what comes as lines. The stream of a task ends after its final status.',
  deltas: 'With `follow`: deltas between the events.',
  cwd: 'A folder, absolute: what the project says that it is in counts too.',
  user_id: 'Only of this user.',
  agent: 'Only with this agent.',
}

const errorStatuses = [400, 401, 403, 404, 409, 413, 429, 500, 503] as const
type ErrorStatus = (typeof errorStatuses)[number]

const errorStatusesOf = ({
  name,
  hasPath,
  hasBody,
}: {
  name: ApiName
  hasPath: boolean
  hasBody: boolean
}): ErrorStatus[] => {
  const writes = api[name].method !== 'GET'
  const applies: Readonly<Record<ErrorStatus, boolean>> = {
    400: true,
    401: name !== 'health',
    403: true,
    // A body may name tasks too, as what to wait for; so may the query of events.
    404: hasPath || hasBody || 'tasks' in api[name].params.shape,
    409: writes,
    413: hasBody,
    429: name !== 'health',
    500: true,
    503: true,
  }
  return errorStatuses.filter((status) => applies[status])
}

const errorResponse = (status: ErrorStatus): Json => {
  const codes = Object.entries(failureCodes).flatMap(([code, edge]) => (edge.status === status ? [code] : []))
  return {
    description: `One of the codes ${codes.join(', ')}.`,
    content: { 'application/json': { schema: { $ref: '#/$defs/Error' } } },
  }
}

/** The same, its references to definitions as OpenAPI has them. */
const inComponents = (document: Json): Json =>
  JSON.parse(
    JSON.stringify(document, (key, value: unknown) =>
      key === '$ref' && typeof value === 'string'
        ? value.replace('#/$defs/', '#/components/schemas/')
        : value,
    ),
  ) as Json
