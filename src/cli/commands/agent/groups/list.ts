import type { Command } from 'commander'
import type { GroupRow } from '../../../../protocol/api.ts'
import { sanitizeLine } from '../../../../protocol/sanitize.ts'
import { taskStatuses } from '../../../../protocol/status.ts'
import type { Context } from '../../../context.ts'
import type { Output } from '../../../output/output.ts'
import { statusLabel } from '../../../output/status-label.ts'
import { renderTable, type Cell } from '../../../output/table.ts'

export const define = (command: Command, context: Context): void => {
  command.action(async () => {
    const { daemon, output } = context
    const { groups } = await daemon.need((client) => client.call('listGroups', {}))
    if (output.json) return output.value(groups)
    const heads = ['GROUP', 'AT A TIME', 'STATE', 'TASKS']
    const rows = groups.map((group) => rowOf(group, output))
    for (const line of await renderTable({ heads, rows, flexible: 0 }, output.columns, output.style.dim))
      output.line(line)
  })
}

const rowOf = ({ name, concurrency, paused, tasks }: GroupRow, { style }: Output): Cell[] => [
  { text: sanitizeLine(name) },
  { text: concurrency === null ? 'no limit' : String(concurrency) },
  paused ? { text: 'paused', paint: style.yellow } : { text: 'on' },
  {
    text:
      taskStatuses
        .filter((status) => tasks[status] > 0)
        .map((status) => `${tasks[status]} ${statusLabel(status).slice(2)}`)
        .join(', ') || 'none',
  },
]
