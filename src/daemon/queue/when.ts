import { SparkyError } from '../../protocol/failure.ts'

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/**
 * The moment that a person named: an ISO 8601 time, a duration from `now` (`90s`, `10m`, `1h30m`, `2d`), or a time
 * of day (`03:00`: the next one, in the daemon's time zone). Throws `usage`.
 */
export const parseWhen = (text: string, now: Date): Date => {
  const moment = fromDuration(text, now) ?? fromTimeOfDay(text, now) ?? fromIso(text)
  if (moment !== undefined) return moment
  throw new SparkyError(
    'usage',
    `expected a time such as 2026-01-31T09:00:00Z, 03:00, 10m or 1h30m, found "${text}"`,
  )
}

const fromDuration = (text: string, now: Date): Date | undefined => {
  const trimmed = text.trim().replace(/^(in|\+)\s*/, '')
  if (!/^(\d+(\.\d+)?\s*[smhdw]\s*)+$/.test(trimmed)) return undefined
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([smhdw])/g)]
  const ms = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * unitMs[unit as keyof typeof unitMs],
    0,
  )
  return validDate(now.getTime() + ms)
}

const fromTimeOfDay = (text: string, now: Date): Date | undefined => {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim())
  if (match === null) return undefined
  const moment = new Date(now)
  moment.setHours(Number(match[1]), Number(match[2]), 0, 0)
  if (moment.getTime() <= now.getTime()) moment.setDate(moment.getDate() + 1)
  return moment
}

const fromIso = (text: string): Date | undefined =>
  /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text.trim())
    ? validDate(Date.parse(text.trim()))
    : undefined

const validDate = (ms: number): Date | undefined =>
  Number.isNaN(new Date(ms).getTime()) ? undefined : new Date(ms)
