import { createHash } from 'node:crypto'
import type { Json } from '../../protocol/task.ts'

/** The same for equal values, whatever the order in which the members of their objects were written. */
export const digestOf = (value: Json): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex')

const canonicalJson = (value: Json): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}
