import { presentTool } from '../../protocol/present-tool.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Json } from '../../protocol/task.ts'
import { safeJson } from './json.ts'

const longestValue = 80
const longestSummary = 160

/** A tool call on one line: its name, and its arguments. Of what is shown to the user only how and as what. */
export const callText = (name: string, args: Json): string => {
  const shown = name === presentTool && typeof args === 'object' && args !== null && !Array.isArray(args)
  const { data: _, ...others } = shown ? args : {}
  return `${sanitizeLine(name)} ${argumentsText(shown ? others : args)}`
}

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

/** A value on one line, not too long. */
export const valueText = (value: Json): string =>
  shorten(typeof value === 'string' ? value : safeJson(value), longestSummary)

const shorten = (text: string, length: number): string => {
  const clean = sanitizeLine(text.length > 4 * length ? text.slice(0, 4 * length) : text)
  return clean.length > length ? `${clean.slice(0, length - 1).trimEnd()}…` : clean
}
