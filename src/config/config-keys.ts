import type * as z from 'zod'
import { configSchema } from '../protocol/config.ts'
import { SparkyError } from '../protocol/failure.ts'
import type { Json } from '../protocol/task.ts'

/** Where a value stands in the configuration. */
type Words = readonly [first: string, ...rest: string[]]

/**
 * The words of a dotted key. Throws `usage` for a key that does not exist: each way of writing a value is tried against
 * the schema of its key, which exists where any of them fits.
 */
export const wordsOf = (key: string): Words => {
  const words = split(key)
  const [first] = words
  const known = Object.keys(configSchema.shape)
  if (
    !known.includes(first) ||
    words.includes('') ||
    /(^|\.)(__proto__|constructor|prototype)(\.|$)/.test(key)
  ) {
    throw new SparkyError('usage', `expected a configuration key, found "${key}"`, {
      hint: `There are: ${known.join(', ')}.`,
    })
  }
  const probe: Record<string, unknown> = {}
  put(probe, words, Symbol('probe'))
  const isUnknown = configSchema.safeParse(probe).error?.issues.some(saysUnknownKey) ?? false
  if (isUnknown) throw new SparkyError('usage', `expected a configuration key, found "${key}"`)
  return words
}

/** The name of a group may hold dots: where it ends is said by what comes behind it. */
const split = (key: string): Words => {
  const [, name = '', member = ''] =
    /^groups\.(.+?)\.(concurrency|(?:limits|budget)(?:\.\w+)?)$/s.exec(key) ?? []
  if (name !== '') return ['groups', name, ...member.split('.')]
  const [first = '', ...rest] = key.split('.')
  return [first, ...rest]
}

/** Of a value that may be written in several ways, one that knows the key is enough. */
const saysUnknownKey = (issue: z.core.$ZodIssue): boolean => {
  if (issue.code !== 'invalid_union') return issue.code === 'unrecognized_keys'
  return (
    issue.errors.some((branch) => branch.some(saysUnknownKey)) &&
    !issue.errors.some((branch) => branch.some((inner) => inner.path.length > 0 && !saysUnknownKey(inner)))
  )
}

/** Throws `usage` where a text stands that a part of it would take the place of. */
export const checkPlace = (config: Record<string, unknown>, words: Words): void => {
  for (let length = 1; length < words.length; length += 1) {
    const found = at(config, words.slice(0, length))
    if (typeof found !== 'string') continue
    const above = words.slice(0, length).join('.')
    throw new SparkyError(
      'usage',
      `expected ${above} to be an object before ${words.join('.')} is set, found ${JSON.stringify(found)}`,
      { hint: `Set it as a whole: sparky config set ${above} '{"${words[length]}": …}'` },
    )
  }
}

/** What stands there; undefined where nothing does. */
export const at = (value: unknown, [key, ...rest]: readonly string[]): Json | undefined => {
  if (key === undefined) return value as Json | undefined
  const isInside = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
  return isInside ? at((value as Record<string, unknown>)[key], rest) : undefined
}

/** Puts a value there, with the objects that lead to it. */
export const put = (
  object: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  value: unknown,
): void => {
  if (rest.length === 0) {
    object[key] = value
    return
  }
  const inner = typeof object[key] === 'object' && object[key] !== null ? object[key] : {}
  object[key] = inner
  put(inner as Record<string, unknown>, rest, value)
}

/** Takes away what stands there, and the objects that hold nothing else. */
export const takeOut = (object: Record<string, unknown>, [key = '', ...rest]: readonly string[]): void => {
  const inner = object[key]
  if (rest.length > 0 && typeof inner === 'object' && inner !== null) {
    takeOut(inner as Record<string, unknown>, rest)
    if (Object.keys(inner).length > 0) return
  }
  delete object[key]
}
