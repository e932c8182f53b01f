import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Json } from '../../protocol/task.ts'

const longestSummary = 2_000

/** The argument that matters of a tool call, on one line, clean. */
export const callSummary = (name: string, args: Json): string => {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return shown(args)
  switch (name) {
    case 'run_command':
      return shown(args['command'])
    case 'list_directory':
      return shown(args['path'] ?? '.')
    case 'read_file':
    case 'write_file':
    case 'edit_file':
      return shown(args['path'])
    case 'fetch_url':
      return shown(args['url']).replace(/^https?:\/\//, '')
    case 'search_files':
      return [quoted(args['pattern']), shown(args['path'])].filter((text) => text !== '').join(' in ')
    case 'web_search':
      return quoted(args['query'])
    case 'delegate': {
      const pillar = shown(args['pillar'])
      return [`${shown(args['agent'])}${pillar === '' ? '' : `/${pillar}`}`, quoted(args['message'])].join(
        ' ',
      )
    }
    case 'add_task':
      return quoted(args['prompt'])
    case 'present':
      return quoted(args['title'])
    case 'get_task':
      return shown(args['task'])
    default:
      return Object.entries(args)
        .slice(0, 8)
        .map(
          ([key, value]) =>
            `${sanitizeLine(key)}=${typeof value === 'string' ? quoted(value) : shown(value)}`,
        )
        .join(' ')
        .slice(0, longestSummary)
  }
}

const quoted = (value: Json | undefined): string => (value === undefined ? '' : `"${shown(value)}"`)

const shown = (value: Json | undefined): string => {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return sanitizeLine(text.slice(0, longestSummary)).trim()
}
