import { sanitizeLine } from '../../protocol/sanitize.ts'
import type { Schedule } from '../../protocol/schedule.ts'
import { formatAge } from './amounts.ts'
import { statusLabel } from './status-label.ts'

/** When it runs, as it was written: `0 9 * * 1-5 Europe/Berlin`, `every 1h30m`. */
export const whenText = (schedule: Schedule): string =>
  schedule.cron === null ? timesText(schedule) : `${timesText(schedule)} ${sanitizeLine(schedule.timezone)}`

/** The same without the zone. A bare number is seconds. */
export const timesText = ({ cron, every }: Schedule): string =>
  sanitizeLine(cron ?? `every ${every?.replace(/^[\d.]+$/, '$&s')}`)

/** Its next run in its own time zone, and how long that is from now: `2026-11-23 09:00 (in 2d)`. */
export const nextText = ({ next_runs: [next], timezone }: Schedule, nowMs: number): string =>
  next === undefined ? 'never' : `${formatInZone(next, timezone)} (${untilText(next, nowMs)})`

/** `Its next run is 2026-11-23 09:00 (in 2d).`, or why there is none. */
export const nextSentence = (schedule: Schedule, nowMs: number): string => {
  if (!schedule.enabled) return 'It is disabled.'
  return schedule.next_runs.length === 0
    ? 'It has no run to come.'
    : `Its next run is ${nextText(schedule, nowMs)}.`
}

export const untilText = (iso: string | undefined, nowMs: number): string =>
  iso === undefined ? 'never' : `in ${formatAge(Date.parse(iso) - nowMs)}`

/** What came of its last run. */
export const lastText = ({ last_run }: Schedule): string => {
  if (last_run === null) return ''
  const { number, status, error } = last_run
  const outcome =
    status === null ? (error === null ? 'its task was removed' : `✗ ${error.code}`) : statusLabel(status)
  return number === null ? outcome : `${outcome} (${number})`
}

/** `2026-11-23 09:00` in that zone, with seconds where there are any. */
export const formatInZone = (iso: string, timezone: string): string => {
  try {
    // Swedes write times so.
    const text = new Intl.DateTimeFormat('sv-SE', { ...shape, timeZone: timezone }).format(new Date(iso))
    return text.replace(/:00$/, '')
  } catch {
    return iso
  }
}

const shape = { dateStyle: 'short', timeStyle: 'medium' } as const
