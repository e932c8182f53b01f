import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'
import { inspectHere } from '../../inspect-here.ts'
import { serverDesk } from '../../mcp-here.ts'
import { renderTable } from '../../output/table.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { output } = context
    const rows = (await inspectHere(context)).tools()
    if (output.json) return output.value(rows)
    const cells = rows.map(({ name, effect, available, description }) => [
      { text: name, ...(!available && { paint: output.style.dim }) },
      { text: effect },
      { text: sanitizeLine(description) },
    ])
    const table = { heads: ['TOOL', 'EFFECT', 'WHAT IT DOES'], rows: cells, flexible: 2 }
    for (const line of await renderTable(table, output.columns, output.style.dim)) output.line(line)
    for (const { name, why_not } of rows) {
      if (why_not !== undefined)
        output.note(output.noteStyle.yellow(sanitizeLine(`${name} is not offered: ${why_not}`)))
    }
    const servers = (await serverDesk(context)).list().rows.filter(({ status }) => status === 'ready')
    if (servers.length === 0) return
    const names = servers.map(({ name }) => sanitizeLine(name)).join(', ')
    output.note(
      output.noteStyle.dim(`And those of the MCP servers ${names}: "sparky mcp test NAME" lists them.`),
    )
  })
}
