import { sanitize } from '../../protocol/sanitize.ts'
import { isObject, wholeNode, type SchemaNode, type SchemaWalk } from './schema-node.ts'

/**
 * A schema as it comes from a server, in what every provider takes: an object of named arguments, without references,
 * dialects and keywords that one or the other refuses, because a provider refuses the whole request for one of them.
 * What is left out loosens the schema: the server checks arguments anyway.
 */
export const providerSchema = (schema: unknown): Record<string, unknown> => {
  const root = isObject(schema) ? schema : {}
  const { properties, required } = fitting(argumentsOf(cleaned(root, { root, nodesLeft: maxNodes }, 0)))
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) }
}

/** As many arguments as a model can be told of with every request, those that are required first. */
const fitting = ({ properties, required }: Arguments): Arguments => {
  const isNeeded = new Set(required)
  const names = [...required, ...Object.keys(properties).filter((name) => !isNeeded.has(name))]
  const kept: Record<string, unknown> = {}
  let length = 0
  for (const name of names) {
    length += name.length + JSON.stringify(properties[name]).length
    if (length <= maxLength) kept[name] = properties[name]
  }
  return { properties: kept, required: required.filter((name) => Object.hasOwn(kept, name)) }
}

const maxLength = 32_000
/** How much of a schema is taken; what lies deeper may be anything. */
const maxNodes = 1_000
const maxDepth = 12
const maxDescriptionLength = 1_000
const maxChoices = 200

interface Cleaned {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly Cleaned[]
  readonly [keyword: string]: unknown
}

const cleaned = (node: unknown, walk: SchemaWalk, depth: number): Cleaned => {
  if (!isObject(node) || depth > maxDepth || walk.nodesLeft <= 0) return anything
  const whole = wholeNode(node, walk)
  const inner = (part: unknown): Cleaned => cleaned(part, walk, depth + 1)
  const { choices, note } = choicesOf(whole)
  const clean: Cleaned = {
    ...typeOf(whole),
    ...bounds(whole),
    ...choices,
    ...members(whole, inner),
    ...branches(whole, inner),
  }
  const description = descriptionOf(whole, note)
  const isTyped = clean['type'] !== undefined || clean.anyOf !== undefined
  return {
    ...(isTyped ? clean : { ...clean, ...anything }),
    ...(clean['type'] === 'array' ? { items: inner(whole['items']) } : {}),
    ...(description === '' ? {} : { description }),
  }
}

/** Not every provider takes a value of no type. */
const anything: Cleaned = {
  anyOf: ['string', 'number', 'boolean', 'object'].map((type) => ({ type })),
}

const typeNames = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']

const typeOf = ({ type, properties }: SchemaNode): Cleaned => {
  const named = (Array.isArray(type) ? type : [type]).filter((name) => typeNames.includes(name as string))
  const [first] = named
  if (first === undefined) return isObject(properties) ? { type: 'object' } : {}
  if (named.length === 1) return { type: first }
  const isOptional = named.length === 2 && named.includes('null') && !named.includes('array')
  if (isOptional) return { type: named }
  return { anyOf: named.map((one) => (one === 'array' ? { type: one, items: anything } : { type: one })) }
}

const numbers = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems']

const bounds = (node: SchemaNode): Cleaned => {
  const { format, default: standard } = node
  return {
    ...Object.fromEntries(
      numbers.filter((name) => typeof node[name] === 'number').map((name) => [name, node[name]]),
    ),
    ...(format === 'date-time' ? { format } : {}),
    ...(['string', 'number', 'boolean'].includes(typeof standard) ? { default: standard } : {}),
  }
}

/** Only texts may be chosen from everywhere; of other values the description tells. */
const choicesOf = (node: SchemaNode): { readonly choices: Cleaned; readonly note: string } => {
  const all =
    'const' in node ? [node['const']] : Array.isArray(node['enum']) ? (node['enum'] as unknown[]) : []
  const some = all.slice(0, maxChoices)
  if (some.length === 0) return { choices: {}, note: '' }
  if (all.length === some.length && some.every((choice) => typeof choice === 'string' && choice !== '')) {
    return { choices: { type: 'string', enum: [...new Set(some)] }, note: '' }
  }
  return { choices: {}, note: `One of ${some.map((choice) => JSON.stringify(choice)).join(', ')}.` }
}

/** What providers take as the name of an argument. */
const argumentName = /^[A-Za-z0-9_.-]{1,64}$/

const members = (
  { properties, required, additionalProperties }: SchemaNode,
  inner: (part: unknown) => Cleaned,
): Cleaned => {
  const named = isObject(properties)
    ? Object.entries(properties).filter(([name]) => argumentName.test(name))
    : []
  const names = new Set(named.map(([name]) => name))
  const needed = Array.isArray(required) ? required.filter((name) => names.has(name as string)) : []
  return {
    ...(named.length > 0
      ? { properties: Object.fromEntries(named.map(([name, part]) => [name, inner(part)])) }
      : {}),
    ...(needed.length > 0 ? { required: [...new Set(needed as string[])] } : {}),
    ...(isObject(additionalProperties) ? { additionalProperties: inner(additionalProperties) } : {}),
  }
}

/** `oneOf` is taken by fewer than `anyOf`, and a model needs no more than that. */
const branches = ({ anyOf, oneOf }: SchemaNode, inner: (part: unknown) => Cleaned): Cleaned => {
  const all = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
  return all.length === 0 ? {} : { anyOf: all.slice(0, maxChoices).map(inner) }
}

const descriptionOf = ({ description }: SchemaNode, note: string): string =>
  [...(typeof description === 'string' ? [sanitize(description)] : []), ...(note === '' ? [] : [note])]
    .join(' ')
    .slice(0, maxDescriptionLength)

interface Arguments {
  readonly properties: Readonly<Record<string, unknown>>
  readonly required: readonly string[]
}

/** Providers take no choice at the top: the arguments of every branch, required where each branch requires them. */
const argumentsOf = ({ properties = {}, required = [], anyOf = [] }: Cleaned): Arguments => {
  const any = anyOf.map(argumentsOf)
  const common = (any[0]?.required ?? []).filter((name) =>
    any.every((branch) => branch.required.includes(name)),
  )
  return {
    properties: Object.assign(
      {},
      ...any.map((branch) => branch.properties),
      properties,
    ) as Arguments['properties'],
    required: [...new Set([...required, ...common])],
  }
}
