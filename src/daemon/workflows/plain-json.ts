import type { JsonObject } from '../../protocol/json-object.ts'
import type { Json } from '../../protocol/task.ts'

/** Deeper values are no state but a fault. */
const maxDepth = 100

/**
 * A copy of a value that JSON can hold. Members that are undefined are left out, as JSON does; everything else that
 * JSON has no word for throws, naming where it stands: `state.when is a Date`.
 */
export const toJson = (value: unknown, where: string): Json => copied(value, where, [])

/** The same, where only an object will do. */
export const toJsonObject = (value: unknown, where: string): JsonObject => {
  if (!isPlainObject(value)) throw new TypeError(`expected ${where} to be an object, found ${kindOf(value)}`)
  return toJson(value, where) as JsonObject
}

/** What stands there, in a few words, for a sentence that ends with it. */
export const kindOf = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') {
    const name = prototypeName(value)
    return name === 'Object' ? 'an object' : `an object of class ${name}`
  }
  return typeof value === 'string' ? 'a string' : `a ${typeof value}`
}

const copied = (value: unknown, where: string, above: readonly object[]): Json => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'object') throw new TypeError(`expected ${where} to be JSON, found ${scalarOf(value)}`)
  if (above.includes(value)) throw new TypeError(`expected ${where} to be JSON, found a circle`)
  if (above.length > maxDepth) throw new TypeError(`${where} is nested more than ${maxDepth} deep`)
  const inside = [...above, value]
  if (Array.isArray(value))
    return value.map((item: unknown, index) => copied(item ?? null, `${where}[${index}]`, inside))
  if (!isPlainObject(value)) throw new TypeError(`expected ${where} to be JSON, found ${kindOf(value)}`)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([key, member]) => [key, copied(member, `${where}.${key}`, inside)]))
}

const isPlainObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // By name too: an object from another realm has another prototype of that name.
  return prototype === null || prototype === Object.prototype || prototypeName(value) === 'Object'
}

const prototypeName = (value: object): string =>
  (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ?? 'Object'

const scalarOf = (value: unknown): string => (typeof value === 'number' ? String(value) : kindOf(value))
