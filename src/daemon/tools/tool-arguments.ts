import type * as z from 'zod'
import { SparkyError } from '../../protocol/failure.ts'
import type { Json } from '../../protocol/task.ts'
import type { Tool } from './tool.ts'

/**
 * A model's arguments, parsed. Null counts as left out, because some models send it for every optional argument.
 * Throws `usage` with one line per mistake, each naming the argument, what was expected and what was found.
 */
export const parseArguments = (tool: Tool, raw: Json | undefined): Record<string, unknown> => {
  if (raw === undefined)
    throw mistake(tool, ['expected the arguments to be a JSON object, found no valid JSON'])
  if (raw !== null && (typeof raw !== 'object' || Array.isArray(raw))) {
    throw mistake(tool, [`expected the arguments to be a JSON object, found ${show(raw)}`])
  }
  const given = Object.fromEntries(Object.entries(raw ?? {}).filter(([, value]) => value !== null))
  const parsed = tool.input.safeParse(given)
  if (parsed.success) return parsed.data
  throw mistake(
    tool,
    parsed.error.issues.map((issue) => explain(issue, given)),
  )
}

const mistake = (tool: Tool, lines: readonly string[]): SparkyError =>
  new SparkyError('usage', `${tool.name}: ${lines.join('\n')}`, { hint: `It takes ${signature(tool)}.` })

/** The arguments of a tool as one line: `path, offset?, limit?`. */
const signature = (tool: Tool): string => {
  const names = Object.entries(tool.input.shape).map(([name, schema]) =>
    schema.safeParse(undefined).success ? `${name}?` : name,
  )
  return names.length === 0 ? 'no arguments' : names.join(', ')
}

const explain = (issue: z.core.$ZodIssue, given: unknown): string => {
  const name = issue.path.map(String).join('.')
  const found = show(issue.path.reduce<unknown>(memberOf, given))
  switch (issue.code) {
    case 'unrecognized_keys':
      return `there is no argument ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    case 'invalid_type':
      return `expected ${name} to be ${kindNames[issue.expected] ?? `of type ${issue.expected}`}, found ${found}`
    case 'invalid_value':
      return `expected ${name} to be one of ${issue.values.map(String).join(', ')}, found ${found}`
    case 'too_small':
      return `expected ${name} to ${extent(issue.origin)} at least ${issue.minimum}, found ${found}`
    case 'too_big':
      return `expected ${name} to ${extent(issue.origin)} at most ${issue.maximum}, found ${found}`
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
      return `${name}: ${issue.message}, found ${found}`
  }
}

const kindNames: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

const extent = (origin: string): string =>
  origin === 'string' ? 'have a length of' : origin === 'array' ? 'have a number of items of' : 'be'

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined

const show = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text = JSON.stringify(value)
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`
}
