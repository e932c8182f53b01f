import * as z from 'zod'

/**
 * Checks a value that came from outside. Where it does not fit: every complaint on one line, each naming the field,
 * what was expected and what was found: `expected priority to be a whole number, found "high"`.
 */
export const check = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  whole: string,
): Checked<z.output<S>> => {
  const result = parsed(schema, value)
  if (result.ok) return result
  const complaints = result.issues.map((issue) => sentence(issue, whole))
  const more = complaints.length - maxComplaints
  return {
    ok: false,
    message: complaints.slice(0, maxComplaints).join('; ') + (more > 0 ? `; and ${more} more` : ''),
  }
}

/** The same, with each complaint by itself, and the way to what it is about. */
export const checkEach = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  whole: string,
): CheckedEach<z.output<S>> => {
  const result = parsed(schema, value)
  return result.ok
    ? result
    : { ok: false, complaints: result.issues.flatMap((issue) => complaintsOf(issue, whole)) }
}

export interface Complaint {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type CheckedEach<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaints: readonly Complaint[] }

const parsed = <S extends z.ZodType>(
  schema: S,
  value: unknown,
):
  | { readonly ok: true; readonly value: z.output<S> }
  | { readonly ok: false; readonly issues: z.core.$ZodIssue[] } => {
  // To ask for phrases takes four times as long, and most values need none.
  const plain = schema.safeParse(value)
  if (plain.success) return { ok: true, value: plain.data }
  const result = schema.safeParse(value, { error: phraseOf, reportInput: true })
  return result.success ? { ok: true, value: result.data } : { ok: false, issues: result.error.issues }
}

const complaintsOf = (issue: z.core.$ZodIssue, whole: string): Complaint[] => {
  const best = issue.code === 'invalid_union' ? closest(issue) : issue
  const path = [...issue.path, ...(best === issue ? [] : best.path)]
  if (best.code !== 'unrecognized_keys') return [{ path, message: sentence(issue, whole) }]
  return best.keys.map((key) => ({
    path: [...path, key],
    message: sentence({ ...best, path, keys: [key] }, whole),
  }))
}

type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

const maxComplaints = 3
const maxShownLength = 60

const sentence = (issue: z.core.$ZodIssue, whole: string): string => {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, maxComplaints).map((key) => shown(fieldName([...issue.path, key])))
    const more = issue.keys.length > names.length ? ` and ${issue.keys.length - names.length} more` : ''
    return `expected no field of ${whole} that is not known, found ${names.join(', ')}${more}`
  }
  const best = issue.code === 'invalid_union' ? closest(issue) : issue
  // What a schema says in its own words is either a whole sentence or what it expects.
  if (best.message.includes(', found')) return best.message
  const subject = fieldName(best === issue ? issue.path : [...issue.path, ...best.path]) || whole
  return `expected ${subject} to be ${best.message.replace(/^expected /, '')}, found ${shown(foundValue(best))}`
}

/** What a schema expects, as it goes on after "expected FIELD to be". */
const phraseOf = (issue: z.core.$ZodRawIssue): string | undefined => {
  switch (issue.code) {
    case 'invalid_type':
      return typePhrase(issue.expected, issue.inst)
    case 'too_small':
      return boundPhrase(issue.origin, {
        word: issue.inclusive === false ? 'above' : 'at least',
        bound: issue.minimum,
      })
    case 'too_big':
      return boundPhrase(issue.origin, {
        word: issue.inclusive === false ? 'below' : 'at most',
        bound: issue.maximum,
      })
    case 'invalid_value':
      return choicePhrase(issue.values)
    case 'invalid_union':
      return unionPhrase(issue)
    case 'invalid_format':
      return issue.format === 'uuid' ? 'a UUID' : `text of the form ${issue.format}`
    case 'invalid_key':
      return 'a list of names that are not empty'
    case 'custom':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return undefined
    default:
      return undefined
  }
}

const typePhrases: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const typePhrase = (expected: string, inst: unknown): string =>
  inst instanceof z.ZodNumber && inst.isInt ? 'a whole number' : (typePhrases[expected] ?? expected)

const boundPhrase = (
  origin: string,
  { word, bound }: { word: string; bound: number | bigint | Date },
): string => {
  if (origin === 'string') {
    return word === 'at least' && bound === 1
      ? 'text that is not empty'
      : `text of ${word} ${String(bound)} characters`
  }
  return origin === 'array'
    ? `a list of ${word} ${String(bound)}`
    : `${origin === 'int' ? 'a whole number' : 'a number'} ${word === 'at least' || word === 'at most' ? 'of ' : ''}${word} ${String(bound)}`
}

const choicePhrase = (values: readonly unknown[]): string =>
  values.length === 1 ? shown(values[0]) : `one of ${values.map(String).filter(Boolean).join(', ')}`

type UnionIssue = Extract<z.core.$ZodIssue, { code: 'invalid_union' }>

const unionPhrase = (issue: z.core.$ZodRawIssue<UnionIssue>): string => {
  const options: unknown = 'options' in issue ? issue.options : undefined
  if (Array.isArray(options)) return choicePhrase(options)
  return [...new Set(issue.errors.flatMap((branch) => branch.map(({ message }) => message)))].join(' or ')
}

/** Of a union's branches the one that the value was of: what it says is more to the point. */
const closest = (issue: UnionIssue): z.core.$ZodIssue =>
  issue.errors.flat().find(({ code, path }) => path.length > 0 || !saysAnotherKind.has(code)) ?? issue

const saysAnotherKind: ReadonlySet<z.core.$ZodIssue['code']> = new Set([
  'invalid_type',
  'invalid_value',
  'invalid_union',
])

const fieldName = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (name, key) =>
      typeof key === 'number' ? `${name}[${key}]` : name === '' ? String(key) : `${name}.${String(key)}`,
    '',
  )

const foundValue = (issue: z.core.$ZodIssue): unknown => {
  if (issue.code !== 'invalid_union' || !('discriminator' in issue)) return issue.input
  const { input, discriminator } = issue
  return typeof input === 'object' && input !== null ? Reflect.get(input, String(discriminator)) : input
}

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value) ?? typeof value
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text
}
