import { sanitize, sanitizeLine } from '../../protocol/sanitize.ts'
import type { Schedule } from '../../protocol/schedule.ts'
import { formatDateTime } from './amounts.ts'
import { safeJson } from './json.ts'
import { formatInZone, lastText, untilText, whenText } from './schedule-text.ts'
import type { Style } from './style.ts'

/** Everything about a schedule, for people. */
export const scheduleView = (schedule: Schedule, style: Style, nowMs: number): string => {
  const { name, enabled, disabled_reason, next_runs, timezone } = schedule
  const state = enabled ? 'enabled' : `disabled${reasonText(disabled_reason)}`
  const facts = factsOf(schedule).filter(([, value]) => value !== '')
  const runs = next_runs.map((run) => `  ${formatInZone(run, timezone)}  ${style.dim(untilText(run, nowMs))}`)
  return [
    `${style.bold(sanitizeLine(name))}  ${whenText(schedule)}  ${enabled ? state : style.yellow(state)}`,
    '',
    sanitize(schedule.prompt).replaceAll(/^/gm, '  '),
    '',
    ...facts.map(([fact, value]) => `${style.dim(fact.padEnd(12))}  ${value}`),
    ...(runs.length === 0 ? [] : ['', style.bold(`Next runs (${sanitizeLine(timezone)})`), ...runs]),
  ].join('\n')
}

const reasonText = (reason: string | null): string =>
  reason?.startsWith('paused') !== true ? '' : `: ${sanitizeLine(reason)}`

const factsOf = (schedule: Schedule): [string, string][] => {
  const { last_run, last_skipped, max_failures, limits } = schedule
  const setLimits = Object.entries(limits).filter(([, value]) => value !== null)
  return [
    ['overlap', schedule.overlap],
    ['catch-up', schedule.catch_up],
    ['failures', failuresText(schedule.failures_in_row, max_failures)],
    ['last run', last_run === null ? '' : `${formatDateTime(last_run.at)}  ${lastText(schedule)}`],
    ['error', last_run?.error == null ? '' : sanitizeLine(last_run.error.message)],
    [
      'last skipped',
      last_skipped === null ? '' : `${formatDateTime(last_skipped.at)}  ${sanitizeLine(last_skipped.reason)}`,
    ],
    ['agent', sanitizeLine(schedule.agent)],
    ['model', sanitizeLine(schedule.model ?? '')],
    ['directory', sanitizeLine(schedule.cwd)],
    ['group', schedule.group === 'default' ? '' : sanitizeLine(schedule.group)],
    ['priority', schedule.priority === 0 ? '' : String(schedule.priority)],
    ['locks', schedule.locks.map(sanitizeLine).join(', ')],
    ['labels', sanitizeLine(labelsText(schedule.labels))],
    ['context', schedule.context === null ? '' : safeJson(schedule.context)],
    ['limits', setLimits.map(([name, value]) => `${name}=${value}`).join(', ')],
    ['attempts', String(schedule.max_attempts)],
    ['added', formatDateTime(schedule.created_at)],
  ]
}

const failuresText = (failures: number, most: number | null): string => {
  if (most !== null) return `${failures} in a row; ${most} disable it`
  return failures === 0 ? '' : `${failures} in a row`
}

const labelsText = (labels: Schedule['labels']): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
