import type { Json } from '../../protocol/task.ts'
import type { Entry } from './entry.ts'

/** All that an entry can show, as one text to search in: folded results and arguments too. */
export const entryText = (entry: Entry): string => {
  switch (entry.kind) {
    case 'note':
    case 'text':
      return entry.text
    case 'failure':
      return `${entry.message}\n${entry.final ? entry.code : ''}`
    case 'node':
      return `${entry.node}\n${entry.text}`
    case 'summary':
      return `${entry.text}\n${entry.summary}`
    case 'search': {
      const found = entry.results.flatMap(({ title, url, snippet }) => [title, url, snippet])
      return [entry.query, ...found, entry.synthesis].join('\n')
    }
    case 'call':
      return [entry.name, ...strings(entry.args), entry.outcome?.text ?? ''].join('\n')
  }
}

/**
 * What was typed as a search: capitals do not matter, any white space fits any other. Null for nothing. Only literal
 * text, so no search takes more than one pass.
 */
export const searchPattern = (query: string): RegExp | null => {
  const words = query.trim().split(/\s+/)
  if (words[0] === '') return null
  return new RegExp(words.map(escaped).join(String.raw`\s+`), 'giu')
}

/** How often a pattern occurs. */
export const countMatches = (text: string, pattern: RegExp): number => {
  let count = 0
  pattern.lastIndex = 0
  while (pattern.test(text)) count++
  return count
}

const escaped = (word: string): string => word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)

const strings = (value: Json): readonly string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)]
  return Object.values(value).flatMap(strings)
}
