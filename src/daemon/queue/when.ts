import { SparkyError } from '../../protocol/failure.ts'

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Later than anybody can mean, and years of four digits are what everybody can read. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59)

/**
 * The moment that a person named: `now`, an ISO 8601 time, a duration from `now` (`90s`, `10m`, `1h30m`, `2d`; a day is
 * 24 hours), or a time of day (`03:00`: the next one). What names no time zone is meant in the daemon's. A moment that
 * has passed is one. Throws `usage`.
 */
export const parseWhen = (text: string, now: Date): Date => {
  const trimmed = text.trim()
  if (trimmed === 'now') return now
  const moment = fromDuration(trimmed, now) ?? fromTimeOfDay(trimmed, now) ?? fromIso(trimmed)
  if (moment !== undefined && moment.getTime() <= latestMs) return moment
  throw new SparkyError(
    'usage',
    `expected a time such as 2026-01-31T09:00:00Z, 03:00, 10m or 1h30m, found "${shown(text)}"`,
  )
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

const fromDuration = (text: string, now: Date): Date | undefined => {
  const ms = durationMs(text.replace(/^(in |\+)\s*/, ''))
  return ms === undefined ? undefined : validDate(now.getTime() + ms)
}

/** A duration such as `90s`, `10m` or `1h30m` in ms; undefined where this is none. */
export const durationMs = (text: string): number | undefined => {
  if (!/^(\d+(\.\d+)?\s*[smhdw]\s*)+$/.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([smhdw])/g)]
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit as keyof typeof unitMs], 0)
}

const fromTimeOfDay = (text: string, now: Date): Date | undefined => {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text)
  if (match === null) return undefined
  const [hour, minute] = [Number(match[1]), Number(match[2])]
  const onDay = (days: number): Date =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour, minute)
  // When clocks are set back, a time of day comes twice.
  const moments = [onDay(0), new Date(onDay(0).getTime() + unitMs.h), onDay(1)]
  return (
    moments.find(
      (moment) =>
        moment.getTime() > now.getTime() && moment.getHours() === hour && moment.getMinutes() === minute,
    ) ?? onDay(1)
  )
}

const fromIso = (text: string): Date | undefined => {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text,
  )
  if (match === null || !isDay(match[1] ?? '')) return undefined
  // A day alone is its beginning, where JavaScript would take the one in UTC.
  const [, day, time = '00:00', zone = ''] = match
  return validDate(Date.parse(`${day}T${time}${zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`))
}

/** The 31st of February is none, though JavaScript takes it for the 3rd of March. */
const isDay = (day: string): boolean => {
  const midnight = validDate(Date.parse(`${day}T00:00Z`))
  return midnight?.toISOString().startsWith(day) === true
}

const validDate = (ms: number): Date | undefined =>
  Number.isNaN(new Date(ms).getTime()) ? undefined : new Date(ms)
