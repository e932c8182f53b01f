import { agentName, delegatedBy } from '../../protocol/delegated.ts'
import { kindPrefix } from '../../protocol/kind-prefix.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Task } from '../../protocol/task.ts'
import { formatAge, formatCost } from './amounts.ts'
import type { Output } from './output.ts'
import { paintStatus, standing, statusLabel } from './status-label.ts'
import { renderTable, type Cell } from './table.ts'

/** Long enough for the widest screen; more is only work. */
const longestPrompt = 300

/** Prints tasks as a table, in the order given. */
export const printTaskTable = async (
  tasks: readonly Task[],
  output: Output,
  nowMs: number,
): Promise<void> => {
  const heads = ['#', 'STATUS', 'AGE', 'TASK', 'AGENT', 'STEP', 'COST']
  const numbers = new Map(tasks.map(({ id, number }) => [id, number]))
  const rows = tasks.map((task) => rowOf(task, { output, nowMs, numberOf: (id) => numbers.get(id) }))
  const lines = await renderTable({ heads, rows, flexible: 3 }, output.columns, output.style.dim)
  for (const line of lines) output.line(line)
}

interface RowFacts {
  readonly output: Output
  readonly nowMs: number
  readonly numberOf: (id: string) => number | undefined
}

const rowOf = (task: Task, { output: { style }, nowMs, numberOf }: RowFacts): Cell[] => [
  { text: String(task.number) },
  { text: statusLabel(task.status), paint: paintStatus(task.status, style) },
  { text: formatAge(nowMs - Date.parse(task.created_at)) },
  {
    text: `${branchOf(task, numberOf)}${kindPrefix(task)}${sanitizeLine(task.prompt.slice(0, longestPrompt))}`,
  },
  { text: sanitizeLine(agentName(task)) },
  { text: standing(task, numberOf) },
  { text: formatCost(task.usage.cost_usd) },
]

/** What was delegated names the task that has, where that is in the table too. */
const branchOf = (task: Task, numberOf: RowFacts['numberOf']): string => {
  const by = delegatedBy(task)
  if (by === null) return ''
  const parent = numberOf(by.parentId)
  return parent === undefined ? '└ ' : `└ ${parent}: `
}
