import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Schedule } from '../../protocol/schedule.ts'
import type { Output } from './output.ts'
import { lastText, nextText, timesText, untilText, whenText } from './schedule-text.ts'
import { renderTable, type Cell } from './table.ts'

/** Long enough for the widest screen; more is only work. */
const longestPrompt = 300

/** What takes the most room goes first where there is little: the zone and the date, then what is not about times. */
const widths = { whole: 110, withTask: 60 } as const

/** Prints schedules as a table, in the order given. */
export const printScheduleTable = async (
  schedules: readonly Schedule[],
  output: Output,
  nowMs: number,
): Promise<void> => {
  const { columns, style } = output
  const isWhole = columns >= widths.whole
  const shown = columns >= widths.withTask ? 5 : 3
  const heads = ['NAME', 'WHEN', isWhole ? 'NEXT RUN' : 'NEXT', 'LAST RUN', 'TASK'].slice(0, shown)
  const rows = schedules.map((schedule) => rowOf(schedule, { style, nowMs, isWhole }).slice(0, shown))
  const lines = await renderTable({ heads, rows, flexible: shown === 5 ? 4 : 1 }, columns, style.dim)
  for (const line of lines) output.line(line)
}

interface Shape {
  readonly style: Output['style']
  readonly nowMs: number
  readonly isWhole: boolean
}

const rowOf = (schedule: Schedule, shape: Shape): Cell[] => [
  { text: sanitizeLine(schedule.name) },
  { text: shape.isWhole ? whenText(schedule) : timesText(schedule) },
  nextCell(schedule, shape),
  { text: lastText(schedule) },
  { text: sanitizeLine(schedule.prompt.slice(0, longestPrompt)) },
]

const nextCell = (schedule: Schedule, { style, nowMs, isWhole }: Shape): Cell => {
  const { enabled, disabled_reason, next_runs } = schedule
  if (enabled) return { text: isWhole ? nextText(schedule, nowMs) : untilText(next_runs[0], nowMs) }
  if (disabled_reason?.startsWith('paused') !== true) return { text: 'disabled', paint: style.dim }
  return { text: isWhole ? sanitizeLine(disabled_reason) : 'paused', paint: style.yellow }
}
