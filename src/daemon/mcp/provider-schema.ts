type Schema = Record<string, unknown>

/**
 * A schema as it comes from a server, in what every provider takes: an object of named arguments, without references,
 * dialects and keywords that one or the other refuses, because a provider refuses the whole request for one of them.
 * What is left out loosens the schema: the server checks arguments anyway.
 */
export const providerSchema = (schema: unknown): Schema => {
  const root = isObject(schema) ? schema : {}
  const state: State = { root, nodesLeft: maxNodes }
  const clean = cleaned(root, state, 0)
  const { properties, required } = flattened(clean)
  const { description } = clean
  return {
    type: 'object',
    ...(typeof description === 'string' ? { description } : {}),
    properties,
    ...(required.length > 0 ? { required } : {}),
  }
}

/** How much of a schema is taken at most; what lies deeper may be anything. */
const maxNodes = 2_000
const maxDepth = 12
const maxDescriptionLength = 1_000
const maxChoices = 200

interface State {
  readonly root: Schema
  nodesLeft: number
}

const numbers = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems']
const typeNames = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])
/** What providers take as the name of an argument. */
const argumentName = /^[A-Za-z0-9_.-]{1,64}$/

const cleaned = (node: unknown, state: State, depth: number): Schema => {
  state.nodesLeft -= 1
  if (!isObject(node) || depth > maxDepth || state.nodesLeft < 0) return {}
  if (typeof node['$ref'] === 'string') {
    const target = referenced(node['$ref'], state.root)
    const { $ref: _, ...beside } = node
    return cleaned({ ...(isObject(target) ? target : {}), ...beside }, state, depth + 1)
  }
  const inner = (value: unknown): Schema => cleaned(value, state, depth + 1)
  const result: Schema = {}
  const notes: string[] = []

  const type = typeOf(node)
  if (type !== undefined) result['type'] = type
  for (const name of numbers) if (typeof node[name] === 'number') result[name] = node[name]
  if (node['format'] === 'date-time') result['format'] = 'date-time'
  if (
    typeof node['default'] === 'string' ||
    typeof node['default'] === 'number' ||
    typeof node['default'] === 'boolean'
  ) {
    result['default'] = node['default']
  }

  const choices = 'const' in node ? [node['const']] : Array.isArray(node['enum']) ? node['enum'] : undefined
  if (choices !== undefined) {
    if (
      choices.length > 0 &&
      choices.length <= maxChoices &&
      choices.every((choice) => typeof choice === 'string')
    ) {
      result['type'] = 'string'
      result['enum'] = [...new Set(choices)]
    } else {
      notes.push(
        `One of ${choices
          .slice(0, maxChoices)
          .map((choice) => JSON.stringify(choice))
          .join(', ')}.`,
      )
    }
  }

  if (isObject(node['properties'])) {
    const entries = Object.entries(node['properties']).filter(([name]) => argumentName.test(name))
    result['type'] ??= 'object'
    result['properties'] = Object.fromEntries(entries.map(([name, value]) => [name, inner(value)]))
    const names = new Set(entries.map(([name]) => name))
    const required = Array.isArray(node['required'])
      ? node['required'].filter((name) => names.has(name as string))
      : []
    if (required.length > 0) result['required'] = [...new Set(required)]
  }
  if (isObject(node['additionalProperties']) && depth > 0) {
    result['additionalProperties'] = inner(node['additionalProperties'])
  }
  if (result['type'] === 'array') {
    const { items } = node
    result['items'] = isObject(items) ? inner(items) : {}
  }
  for (const name of ['anyOf', 'oneOf', 'allOf']) {
    const branches = node[name]
    if (!Array.isArray(branches) || branches.length === 0) continue
    // `oneOf` is taken by fewer than `anyOf`, and a model needs no more than that.
    result[name === 'oneOf' ? 'anyOf' : name] = branches.slice(0, maxChoices).map(inner)
  }

  const own = typeof node['description'] === 'string' ? [node['description']] : []
  const description = [...own, ...notes].join(' ').slice(0, maxDescriptionLength)
  if (description !== '') result['description'] = description
  return result
}

const typeOf = (node: Schema): unknown => {
  const { type } = node
  if (typeof type === 'string') return typeNames.has(type) ? type : undefined
  if (!Array.isArray(type)) return undefined
  const known = type.filter((name) => typeof name === 'string' && typeNames.has(name))
  return known.length === 0 ? undefined : known.length === 1 ? known[0] : known
}

/** Only what stands in the same schema; a reference to itself ends at `maxDepth`. */
const referenced = (reference: string, root: Schema): unknown => {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  return reference
    .slice(2)
    .split('/')
    .map((part) => decodePart(part))
    .reduce<unknown>((at, part) => (isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined), root)
}

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return part
  }
}

interface Arguments {
  readonly properties: Schema
  readonly required: readonly string[]
}

/** Providers take no choice at the top: the arguments of every branch, required where each branch requires them. */
const flattened = (schema: Schema): Arguments => {
  const all = argumentsOf(schema)
  const branches = (name: string): Arguments[] =>
    Array.isArray(schema[name]) ? (schema[name] as Schema[]).map(flattened) : []
  const every = branches('allOf')
  const any = branches('anyOf')
  const common = (any[0]?.required ?? []).filter((name) =>
    any.every(({ required }) => required.includes(name)),
  )
  return {
    properties: Object.assign({}, ...[...any, ...every, all].map(({ properties }) => properties)) as Schema,
    required: [...new Set([...all.required, ...every.flatMap(({ required }) => required), ...common])],
  }
}

const argumentsOf = ({ properties, required }: Schema): Arguments => ({
  properties: isObject(properties) ? properties : {},
  required: Array.isArray(required) ? (required as string[]) : [],
})

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
