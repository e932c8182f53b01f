import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { WorkflowRow } from '../../../protocol/workflow.ts'
import type { Context } from '../../context.ts'
import { currentDirectory } from '../../current-directory.ts'
import type { Output } from '../../output/output.ts'
import { renderTable, type Cell } from '../../output/table.ts'
import { tellProblems } from '../../output/tell-problems.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { daemon, output } = context
    const { workflows, problems } = await daemon.need((client) =>
      client.call('listWorkflows', { cwd: currentDirectory() }),
    )
    if (output.json) output.value(workflows)
    else await print(workflows, output)
    tellProblems(output, problems)
  })
}

const print = async (workflows: readonly WorkflowRow[], output: Output): Promise<void> => {
  const heads = ['WORKFLOW', 'FROM', 'NODES', 'WHAT IT DOES']
  const table = { heads, rows: workflows.map(rowOf), flexible: 3 }
  for (const line of await renderTable(table, output.columns, output.style.dim)) output.line(line)
}

const rowOf = ({ name, source, nodes, description }: WorkflowRow): Cell[] => [
  { text: sanitizeLine(name) },
  { text: source },
  { text: String(nodes.length) },
  { text: sanitizeLine(description) },
]
