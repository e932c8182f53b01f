import { SparkyError } from '../../protocol/failure.ts'
import { durationMs } from '../queue/when.ts'
import { cronOf, slotsAfter } from './slots.ts'

/** The times of a schedule as a person wrote them, checked: one of `cron` and `every` is null. */
export interface WrittenTiming {
  readonly cron: string | null
  readonly every: string | null
  readonly every_s: number | null
  readonly timezone: string
}

interface TimingFields {
  readonly cron?: string | undefined
  readonly every?: string | number | undefined
  readonly timezone?: string | undefined
}

/** Throws `usage`, naming the field that is wrong. */
export const parseTiming = ({ cron, every, timezone }: TimingFields, now: Date): WrittenTiming => {
  if (cron !== undefined && every !== undefined) {
    throw new SparkyError('usage', 'expected one of cron and every, found both')
  }
  const zone = parseTimezone(timezone ?? localTimezone())
  if (every !== undefined) return parseEvery(String(every), zone)
  if (cron === undefined) {
    throw new SparkyError('usage', 'expected cron or every, found neither of them', { hint: examples })
  }
  const duration = /^@?every\b\s*(.*)$/is.exec(cron.trim())?.[1]
  return duration === undefined ? parseCron(cron.trim(), zone, now) : parseEvery(duration, zone)
}

const examples = 'For example "0 9 * * 1-5" (weekdays at nine) or "every 1h30m".'

const localTimezone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

const parseTimezone = (timezone: string): string => {
  const error = new SparkyError(
    'usage',
    `expected timezone to be a name such as Europe/Berlin or UTC, found "${timezone}"`,
  )
  if (!/^[a-z]/i.test(timezone)) throw error
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone
    return known.toLowerCase() === timezone.toLowerCase() ? known : timezone
  } catch {
    throw error
  }
}

const longestEveryS = 10 * 366 * 86_400

const spokenUnits = /(?<=^|[\d\s])(?:sec(?:ond)?s?|min(?:ute)?s?|hrs?|hours?|days?|weeks?)(?=$|[\d\s])/gi

/** `5 minutes` as `5m`, `hour` as `1h`, a bare number as seconds. */
const withLetters = (text: string): string =>
  text
    .replaceAll(spokenUnits, (unit) => unit.charAt(0).toLowerCase())
    .replace(/^[smhdw]$/, '1$&')
    .replace(/^\d+(\.\d+)?$/, '$&s')

const parseEvery = (text: string, timezone: string): WrittenTiming => {
  const every = text.trim()
  const ms = durationMs(withLetters(every))
  if (ms === undefined) {
    throw new SparkyError(
      'usage',
      `expected every to be a duration such as 90s, 15m or 1h30m, found "${every}"`,
      { hint: 'On the command line, put it between quotes: "every 15m".' },
    )
  }
  const everyS = Math.round(ms) / 1000
  if (everyS < 1 || everyS > longestEveryS) {
    throw new SparkyError('usage', `expected every to be a duration from 1s to 10 years, found "${every}"`)
  }
  return { cron: null, every, every_s: everyS, timezone }
}

const parseCron = (cron: string, timezone: string, now: Date): WrittenTiming => {
  const fields = cron.split(/\s+/)
  const names = cron.startsWith('@') ? [] : fieldsOfLength[fields.length]
  if (names === undefined || cron === '') {
    throw new SparkyError(
      'usage',
      `expected a cron expression of 5 fields (minute hour day month weekday), or 6 with seconds first, found "${cron}"`,
      { hint: `Put it between quotes. ${examples}` },
    )
  }
  for (const [at, name] of names.entries()) checkField(name, fields[at] ?? '', timezone)
  if (!parses(cron, timezone)) throw notCron(cron)
  if (slotsAfter({ kind: 'cron', cron, timezone }, now.getTime(), 1).length === 0) {
    throw new SparkyError(
      'usage',
      `expected a cron expression with a time to come, found "${cron}", which has none`,
    )
  }
  return { cron, every: null, every_s: null, timezone }
}

const fieldRanges = {
  second: '0-59',
  minute: '0-59',
  hour: '0-23',
  day: '1-31, or L for the last',
  month: '1-12 or JAN-DEC',
  weekday: '0-7 or SUN-SAT, 0 and 7 being Sunday',
  year: '1-9999',
} as const

type FieldName = keyof typeof fieldRanges

const five: readonly FieldName[] = ['minute', 'hour', 'day', 'month', 'weekday']
const fieldsOfLength: Readonly<Record<number, readonly FieldName[]>> = {
  5: five,
  6: ['second', ...five],
  7: ['second', ...five, 'year'],
}
const allFields: readonly FieldName[] = ['second', ...five, 'year']

/** croner's own words count days and months from zero: so each field is tried alone, which tells the wrong one. */
const checkField = (name: FieldName, text: string, timezone: string): void => {
  if (parses(allFields.map((other) => (other === name ? text : '*')).join(' '), timezone)) return
  const hasBareStep = /^\d+\//.test(text)
  throw new SparkyError(
    'usage',
    `expected the ${name} of the cron expression to be ${fieldRanges[name]}, found "${text}"`,
    { hint: hasBareStep ? 'A step comes after * or a range: */5, 10-50/5.' : examples },
  )
}

const notCron = (cron: string): SparkyError =>
  new SparkyError('usage', `expected a cron expression, found "${cron}"`, { hint: examples })

/** croner also takes an ISO date, for one single run: that is what `tasks add --at` is for. */
const parses = (cron: string, timezone: string): boolean => {
  try {
    return cronOf({ cron, timezone }).getOnce() === null
  } catch {
    return false
  }
}
