import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Schedule } from '../../protocol/schedule.ts'
import type { Output } from './output.ts'
import { lastText, nextText, whenText } from './schedule-text.ts'
import { renderTable, type Cell } from './table.ts'

/** Long enough for the widest screen; more is only work. */
const longestPrompt = 300

/** Prints schedules as a table, in the order given. */
export const printScheduleTable = async (
  schedules: readonly Schedule[],
  output: Output,
  nowMs: number,
): Promise<void> => {
  const heads = ['NAME', 'WHEN', 'NEXT RUN', 'LAST RUN', 'TASK']
  const rows = schedules.map((schedule) => rowOf(schedule, output, nowMs))
  const lines = await renderTable({ heads, rows, flexible: 4 }, output.columns, output.style.dim)
  for (const line of lines) output.line(line)
}

const rowOf = (schedule: Schedule, { style }: Output, nowMs: number): Cell[] => [
  { text: sanitizeLine(schedule.name) },
  { text: whenText(schedule) },
  schedule.enabled
    ? { text: nextText(schedule, nowMs) }
    : { text: disabledText(schedule), paint: schedule.max_failures === null ? style.dim : style.yellow },
  { text: lastText(schedule) },
  { text: sanitizeLine(schedule.prompt.slice(0, longestPrompt)) },
]

const disabledText = ({ disabled_reason }: Schedule): string =>
  disabled_reason?.startsWith('paused') === true ? disabled_reason : 'disabled'
