import { expect, test } from 'vitest'
import { parseTiming } from '../../../src/daemon/schedules/parse-timing.ts'

const now = new Date('2026-11-21T12:00:00Z')
const parse = (cron: string, timezone = 'UTC') => parseTiming({ cron, timezone }, now)

test.each(['0 9 * * 1-5', '*/10 * * * * *', '@daily', '0 0 L * *', '0 9 * * MON#2', '0 0 0 1 1 * 2030'])(
  'the cron expression %s is taken as it was written',
  (cron) => {
    expect(parse(` ${cron} `, 'Europe/Berlin')).toEqual({
      cron,
      every: null,
      every_s: null,
      timezone: 'Europe/Berlin',
    })
  },
)

test.each([
  ['every 1h30m', '1h30m', 5400],
  ['every 90', '90', 90],
  ['@every 2d', '2d', 172_800],
  ['EVERY  1.5s', '1.5s', 1.5],
  ['every 5 minutes', '5 minutes', 300],
  ['every 1 hour 30 min', '1 hour 30 min', 5400],
  ['every day', 'day', 86_400],
  ['every Hour', 'Hour', 3600],
])('%s is a duration', (text, every, every_s) => {
  expect(parse(text)).toEqual({ cron: null, every, every_s, timezone: 'UTC' })
})

test.each([
  ['61 * * * *', 'the minute of the cron expression to be 0-59, found "61"'],
  ['* 24 * * *', 'the hour'],
  ['* * 0 * *', 'the day of the cron expression to be 1-31, or L for the last, found "0"'],
  ['* * * 13 *', 'the month of the cron expression to be 1-12 or JAN-DEC, found "13"'],
  ['* * * * MOO', 'the weekday'],
  ['60 * * * * *', 'the second'],
  ['*/0 * * * *', 'the minute'],
  ['1/5 * * * *', 'the minute'],
  ['0 9 * *', '5 fields'],
  ['', '5 fields'],
  ['often', '5 fields'],
  ['@reboot', 'expected a cron expression, found "@reboot"'],
  ['2026-12-01T09:00:00', '5 fields'],
  ['0 0 30 2 *', 'a time to come'],
  ['0 0 0 1 1 * 2020', 'a time to come'],
  ['every 0.5s', 'from 1s to 10 years'],
  ['every 100000d', 'from 1s to 10 years'],
  ['every 5 monkeys', 'a duration'],
  ['every', 'a duration such as 90s, 15m or 1h30m, found ""'],
  ['everyday', '5 fields'],
  ['every now and then', 'a duration such as 90s, 15m or 1h30m, found "now and then"'],
])('%j is refused, and says what is wrong: %s', (cron, complaint) => {
  expect(() => parse(cron)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining(complaint) }),
  )
})

test.each(['Mars/Phobos', '', '+02:00', '../etc'])('the time zone %j is refused by name', (timezone) => {
  expect(() => parse('* * * * *', timezone)).toThrow(`found "${timezone}"`)
})

test('a time zone is kept as it was written, but for capitals', () => {
  expect(parse('* * * * *', 'europe/berlin').timezone).toBe('Europe/Berlin')
  expect(parse('* * * * *', 'Asia/Kolkata').timezone).toBe('Asia/Kolkata')
})

test('without a time zone it is the one of this machine', () => {
  expect(parseTiming({ cron: '* * * * *' }, now).timezone).toBe(
    Intl.DateTimeFormat().resolvedOptions().timeZone,
  )
})

test('one of cron and every is needed, and not both', () => {
  expect(() => parseTiming({}, now)).toThrow('found neither')
  expect(() => parseTiming({ cron: '* * * * *', every: 5 }, now)).toThrow('found both')
  expect(parseTiming({ every: 5, timezone: 'UTC' }, now)).toMatchObject({ every: '5', every_s: 5 })
})
