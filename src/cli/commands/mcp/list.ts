import type { Command } from 'commander'
import { SparkyError } from '../../../protocol/failure.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'
import { serverDesk, type ServerRow } from '../../mcp-here.ts'
import type { Output } from '../../output/output.ts'
import { renderTable } from '../../output/table.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { output } = context
    const { rows, problems } = (await serverDesk(context)).list()
    if (output.json) output.value(rows)
    else await print(rows, output)
    const [first] = problems
    if (first === undefined) return
    const place = first.line === null ? first.file : `${first.file}:${first.line}`
    throw new SparkyError('usage', `${place}: ${first.message}`, {
      hint: 'No server of this file is started.',
    })
  })
}

const print = async (rows: readonly ServerRow[], output: Output): Promise<void> => {
  if (rows.length === 0) {
    output.note('No MCP servers. "sparky mcp add NAME -- COMMAND" adds one.')
    return
  }
  const { style, noteStyle } = output
  const paint = {
    ready: style.green,
    disabled: style.dim,
    untrusted: style.yellow,
    wrong: style.red,
    overridden: style.dim,
  }
  const cells = rows.map(({ name, status, transport, source, definition }) => [
    { text: sanitizeLine(name) },
    { text: status, paint: paint[status] },
    { text: transport ?? '' },
    { text: source },
    { text: sanitizeLine(placeOf(definition)) },
  ])
  const heads = ['NAME', 'STATUS', 'TRANSPORT', 'FROM', 'WHAT']
  for (const line of await renderTable({ heads, rows: cells, flexible: 4 }, output.columns, style.dim))
    output.line(line)
  for (const { name, file, problem } of rows) {
    if (problem !== null) output.note(noteStyle.yellow(sanitizeLine(`${name} (${file}): ${problem}`)))
  }
}

const placeOf = (definition: unknown): string => {
  const { command, args, url } = (definition ?? {}) as { command?: unknown; args?: unknown; url?: unknown }
  if (typeof url === 'string') return url
  return [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === 'string').join(' ')
}
