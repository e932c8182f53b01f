import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Context } from '../context.ts'
import { serverDesk } from '../mcp-here.ts'
import { ok, warn, type Check } from './check.ts'

/** Whether every MCP server that counts in this folder may be started; nothing where there are none. Starts none. */
export const checkServers = async (context: Context): Promise<readonly Check[]> => {
  // The folder may be gone.
  const desk = await serverDesk(context).catch(() => undefined)
  const { rows, problems } = desk?.list() ?? { rows: [], problems: [] }
  if (rows.length === 0 && problems.length === 0) return []
  const idle = rows.filter(({ status }) => status === 'wrong' || status === 'untrusted')
  if (idle.length === 0 && problems.length === 0) {
    const ready = rows.filter(({ status }) => status === 'ready').length
    return [ok('mcp', `${ready === 1 ? '1 server is' : `${ready} servers are`} ready to be started`)]
  }
  const [broken] = problems
  const what = broken === undefined ? '' : `${broken.file}: ${broken.message}`
  const names = idle.map(({ name, status }) => `"${sanitizeLine(name)}" (${status})`).join(', ')
  const message = [what, names === '' ? '' : `not started: ${names}`].filter(Boolean).join('; ')
  return [warn('mcp', message, '"sparky mcp list" says what is to be done')]
}
