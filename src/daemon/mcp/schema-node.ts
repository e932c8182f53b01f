/** A part of a JSON Schema that somebody else has written: nothing of it is certain. */
export type SchemaNode = Readonly<Record<string, unknown>>

/** How much of one schema is looked at: a few references that lead back to each other would else have no end. */
export interface SchemaWalk {
  readonly root: SchemaNode
  nodesLeft: number
}

/**
 * A part of a schema with what it refers to, and with all that it says to hold together, in one object. Only references
 * within the same schema count, and no more than a few in a row.
 */
export const wholeNode = (node: SchemaNode, walk: SchemaWalk, hops = maxHops): SchemaNode => {
  const { $ref: reference, allOf, ...own } = node
  walk.nodesLeft -= 1
  if (hops === 0 || walk.nodesLeft < 0) return own
  const target = typeof reference === 'string' ? referenced(reference, walk.root) : undefined
  const parts = [target, ...(Array.isArray(allOf) ? allOf.slice(0, maxParts) : [])].filter(isObject)
  return parts.reduce<SchemaNode>((all, part) => together(all, wholeNode(part, walk, hops - 1)), own)
}

const maxHops = 8
const maxParts = 20

export const isObject = (value: unknown): value is SchemaNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Arguments of both, required where one of them requires it; of the rest what the first says. */
const together = (first: SchemaNode, second: SchemaNode): SchemaNode => {
  const properties = { ...asObject(second['properties']), ...asObject(first['properties']) }
  const required = [...asList(first['required']), ...asList(second['required'])]
  return {
    ...second,
    ...first,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  }
}

const asObject = (value: unknown): SchemaNode => (isObject(value) ? value : {})

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const referenced = (reference: string, root: SchemaNode): unknown => {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  return reference
    .slice(2)
    .split('/')
    .map(decodePart)
    .reduce<unknown>((at, part) => (isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined), root)
}

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return part
  }
}
