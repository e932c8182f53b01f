import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { serverDesk } from '../../mcp-here.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<name>', 'what it is called')
    .option('--project', 'from the .mcp.json of this project')
    .action(async (name: string, { project = false }: { readonly project?: boolean }) => {
      const removed = await (await serverDesk(context)).remove({ name, project })
      context.output.result(removed, () => `MCP server ${name} removed from ${removed.file}.`)
    })
}
