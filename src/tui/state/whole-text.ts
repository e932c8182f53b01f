import { presentedMarkdown } from '../../protocol/presented-markdown.ts'
import type { Json } from '../../protocol/task.ts'
import { callSummary } from '../layout/call-summary.ts'
import { presentedIn, type Entry } from './entry.ts'

/** Everything that is in an entry, as plain text as it came. `result` takes the place of one that is there in part. */
export const wholeText = (entry: Entry, result: string | null): string => {
  switch (entry.kind) {
    case 'note':
    case 'text':
      return entry.text
    case 'failure':
      return `${entry.message}\n\ncode: ${entry.code}`
    case 'node':
      return entry.text
    case 'summary':
      return `${entry.text}\n\n${entry.summary}`
    case 'search': {
      const found = entry.results.map(
        ({ title, url, snippet }, index) => `${index + 1}. ${title}\n${url}\n${snippet}`,
      )
      return [...found, entry.synthesis].filter((part) => part !== '').join('\n\n')
    }
    case 'call': {
      const presentation = presentedIn(entry)
      if (presentation !== null) return presentedMarkdown(presentation)
      const diff = entry.outcome?.details['diff']
      const parts = [
        argumentsText(entry.args),
        typeof diff === 'string' ? diff : '',
        result ?? entry.outcome?.text ?? '',
      ]
      return parts.filter((part) => part !== '').join('\n\n')
    }
  }
}

/** What stands above it: which entry it is. */
export const entryTitle = (entry: Entry): string => {
  switch (entry.kind) {
    case 'note':
      return 'status'
    case 'failure':
      return `error ${entry.code}`
    case 'text':
      return entry.voice === 'thought' ? 'thought' : `message of the ${entry.voice}`
    case 'node':
      return `node ${entry.node}`
    case 'search':
      return `results for "${entry.query}"`
    case 'summary':
      return 'summary of earlier turns'
    case 'call':
      return `${entry.name}  ${callSummary(entry.name, entry.args)}`
  }
}

const argumentsText = (args: Json): string => {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return JSON.stringify(args)
  return Object.entries(args)
    .map(([key, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
      return text.includes('\n') ? `${key}:\n${text.replace(/\n+$/, '')}` : `${key}: ${text}`
    })
    .join('\n')
}
