import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { WorkflowRow } from '../../../protocol/workflow.ts'
import type { Context } from '../../context.ts'
import { currentDirectory } from '../../current-directory.ts'
import type { Style } from '../../output/style.ts'

export const define = (command: Command, context: Context): void => {
  command.argument('<name>', 'the name of a workflow').action(async (name: string) => {
    const { daemon, output } = context
    const workflow = await daemon.need((client) =>
      client.call('showWorkflow', { name, cwd: currentDirectory() }),
    )
    output.result(workflow, () => workflowText(workflow, output.style))
  })
}

const workflowText = ({ name, description, nodes, file }: WorkflowRow, { bold, dim }: Style): string =>
  [
    bold(sanitizeLine(name)),
    '',
    `  ${sanitizeLine(description)}`,
    '',
    `${dim('nodes')}  ${nodes.map(sanitizeLine).join(', ')}`,
    `${dim('from ')}  ${file === null ? 'Sparky itself' : sanitizeLine(file)}`,
  ].join('\n')
