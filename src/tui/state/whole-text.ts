import type { Json } from '../../protocol/task.ts'
import { callSummary } from '../layout/call-summary.ts'
import type { Entry } from './entry.ts'

/** Everything that is in an entry, as plain text as it came. `result` takes the place of one that is there in part. */
export const wholeText = (entry: Entry, result: string | null): string => {
  switch (entry.kind) {
    case 'note':
    case 'text':
      return entry.text
    case 'failure':
      return `${entry.message}\n\ncode: ${entry.code}`
    case 'call': {
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
