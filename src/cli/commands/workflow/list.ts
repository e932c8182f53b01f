import type { Command } from 'commander'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { WorkflowRow } from '../../../protocol/workflow.ts'
import type { Context } from '../../context.ts'
import { currentDirectory } from '../../current-directory.ts'
import { problemText } from '../../output/problem-text.ts'
import { renderTable, type Cell } from '../../output/table.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { daemon, output } = context
    const { workflows, problems } = await daemon.need((client) =>
      client.call('listWorkflows', { cwd: currentDirectory() }),
    )
    if (output.json) return output.value(workflows)
    const heads = ['WORKFLOW', 'FROM', 'NODES', 'WHAT IT DOES']
    const table = { heads, rows: workflows.map(rowOf), flexible: 3 }
    for (const line of await renderTable(table, output.columns, output.style.dim)) output.line(line)
    for (const problem of problems) output.note(output.noteStyle.yellow(problemText(problem)))
  })
}

const rowOf = ({ name, source, nodes, description }: WorkflowRow): Cell[] => [
  { text: sanitizeLine(name) },
  { text: source },
  { text: String(nodes.length) },
  { text: sanitizeLine(description) },
]
