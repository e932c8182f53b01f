import type { Command } from 'commander'
import type { Agent } from '../../../protocol/agent.ts'
import { sanitizeLine } from '../../../protocol/sanitize.ts'
import type { Context } from '../../context.ts'
import { currentDirectory } from '../../current-directory.ts'
import type { Output } from '../../output/output.ts'
import { renderTable, type Cell } from '../../output/table.ts'
import { tellProblems } from '../../output/tell-problems.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { daemon, output } = context
    const { agents, problems } = await daemon.need((client) =>
      client.call('listAgents', { cwd: currentDirectory() }),
    )
    if (output.json) output.value(agents)
    else await print(agents, output)
    tellProblems(output, problems)
  })
}

const print = async (agents: readonly Agent[], output: Output): Promise<void> => {
  const heads = ['AGENT', 'FROM', 'WHAT IT DOES']
  const table = { heads, rows: agents.map(rowOf), flexible: 2 }
  for (const line of await renderTable(table, output.columns, output.style.dim)) output.line(line)
}

const rowOf = ({ name, source, pillars, description }: Agent): Cell[] => [
  { text: sanitizeLine(name) },
  { text: source },
  { text: sanitizeLine(pillars.length === 0 ? description : `${description} (${pillars.join(', ')})`) },
]
