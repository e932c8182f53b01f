import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { currentTime } from '../../../src/daemon/tools/current-time.ts'
import { call } from './tool-context.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-20T23:30:15.042Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

test.each([
  ['Europe/Berlin', 'Saturday, 2026-11-21 00:30:15 (Europe/Berlin, UTC+01:00)', '2026-11-21T00:30:15+01:00'],
  ['UTC', 'Friday, 2026-11-20 23:30:15 (UTC, UTC+00:00)', '2026-11-20T23:30:15+00:00'],
  [
    'Asia/Kathmandu',
    'Saturday, 2026-11-21 05:15:15 (Asia/Kathmandu, UTC+05:45)',
    '2026-11-21T05:15:15+05:45',
  ],
  [
    'America/New_York',
    'Friday, 2026-11-20 18:30:15 (America/New_York, UTC-05:00)',
    '2026-11-20T18:30:15-05:00',
  ],
])('says the time in %s', async (timezone, line, local) => {
  const settled = await call(currentTime, '/', { timezone })
  expect(settled.text).toBe(`${line}\nUTC: 2026-11-20T23:30:15.042Z`)
  expect(settled.details).toMatchObject({ utc: '2026-11-20T23:30:15.042Z', local, timezone })
  expect(Date.parse(local)).toBe(Date.parse('2026-11-20T23:30:15Z'))
})

test('takes the local time zone by default', async () => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  expect((await call(currentTime, '/', {})).details).toMatchObject({ timezone: timeZone })
})

test('names a time zone that does not exist', async () => {
  expect(await call(currentTime, '/', { timezone: 'Mars/Base' })).toMatchObject({
    status: 'error',
    text: 'expected the IANA name of a time zone, found "Mars/Base"\nExamples: "Europe/Berlin", "America/New_York", "UTC".',
  })
})
