import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Json } from '../../protocol/task.ts'
import { safeJson } from './json.ts'

const longestValue = 80
const longestSummary = 160

/** Arguments of a tool call on one line: `path="README.md" limit=10`. */
export const argumentsText = (args: Json): string => {
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    return shorten(safeJson(args), longestValue)
  return Object.entries(args)
    .map(([name, value]) => `${sanitizeLine(name)}=${shorten(safeJson(value), longestValue)}`)
    .join(' ')
}

/** What a tool gave back, on one line: its first line with something on it, and how many more there are. */
export const resultText = (result: Json): string => {
  const text = typeof result === 'string' ? result : safeJson(result)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const first = shorten(sanitizeLine(lines[0] ?? ''), longestSummary)
  return lines.length > 1 ? `${first} (+${lines.length - 1} lines)` : first
}

const shorten = (text: string, length: number): string => {
  const clean = sanitizeLine(text.length > 4 * length ? text.slice(0, 4 * length) : text)
  return clean.length > length ? `${clean.slice(0, length - 1).trimEnd()}…` : clean
}
