import * as z from 'zod'
import { SparkyError } from '../../protocol/failure.ts'
import { defineTool } from './tool.ts'

export const currentTime = defineTool({
  name: 'current_time',
  description:
    'The current date, time and weekday, in the local time zone or in the one asked for, and in UTC. ' +
    'Use it whenever an answer depends on today or now.',
  effect: 'pure',
  input: z.strictObject({
    timezone: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('IANA name of a time zone, such as "Europe/Berlin" or "UTC". Default: the local one.'),
  }),
  run: async ({ timezone = Intl.DateTimeFormat().resolvedOptions().timeZone }) => {
    const now = new Date()
    const local = inZone(now, timezone)
    return {
      status: 'ok',
      text: `${local.weekday}, ${local.date} ${local.time} (${timezone}, UTC${local.offset})\nUTC: ${now.toISOString()}`,
      details: {
        utc: now.toISOString(),
        local: `${local.date}T${local.time}${local.offset}`,
        timezone,
        weekday: local.weekday,
      },
    }
  },
})

interface LocalTime {
  readonly date: string
  readonly time: string
  /** `+01:00` */
  readonly offset: string
  readonly weekday: string
}

const inZone = (now: Date, timezone: string): LocalTime => {
  const parts = new Map(
    formatter(timezone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? ''
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}:${part('second')}`,
    offset: part('timeZoneName').replace('GMT', '') || '+00:00',
    weekday: part('weekday'),
  }
}

const formatter = (timezone: string): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      weekday: 'long',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    })
  } catch {
    throw new SparkyError('usage', `expected the IANA name of a time zone, found "${timezone}"`, {
      hint: 'Examples: "Europe/Berlin", "America/New_York", "UTC".',
    })
  }
}
