import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { currentDirectory } from '../../current-directory.ts'
import { agentView } from '../../output/agent-view.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<name>', 'name of an agent').action(async (name: string) => {
    const { daemon, output } = context
    const agent = await daemon.need((client) => client.call('showAgent', { name, cwd: currentDirectory() }))
    output.result(agent, () => agentView(agent, output.style))
  })
}
