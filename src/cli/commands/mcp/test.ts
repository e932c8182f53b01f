import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'
import { serverDesk } from '../../mcp-here.ts'
import { renderTable } from '../../output/table.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<name>', 'what it is called').action(async (name: string) => {
    const { output } = context
    const desk = await serverDesk(context)
    const trial = await desk.test(name, (line) => output.note(output.noteStyle.dim(sanitizeLine(line))))
    if (output.json) return output.value(trial)
    const { ms, tools } = trial
    const count = tools.length === 1 ? '1 tool' : `${tools.length} tools`
    output.line(`${output.style.green('✓')} ${name} works: ${count}, known after ${(ms / 1000).toFixed(1)} s`)
    if (tools.length === 0) return
    const rows = tools.map((tool) => [{ text: tool.name }, { text: tool.effect }, { text: tool.description }])
    const table = { heads: ['TOOL', 'EFFECT', 'WHAT IT DOES'], rows, flexible: 2 }
    for (const line of await renderTable(table, output.columns, output.style.dim)) output.line(line)
  })
}
