import { afterEach, describe, expect, it } from 'vitest'
import { dayOf } from '../../../src/daemon/budgets/day.ts'

const home = process.env['TZ']
afterEach(() => {
  if (home === undefined) delete process.env['TZ']
  else process.env['TZ'] = home
})

/** The day of a moment where the clock shows this zone's time: begin, end, hours. */
const dayIn = (zone: string, moment: string): string[] => {
  process.env['TZ'] = zone
  const { startMs, endMs } = dayOf(Date.parse(moment))
  return [
    new Date(startMs).toISOString(),
    new Date(endMs).toISOString(),
    `${(endMs - startMs) / 3_600_000} hours`,
  ]
}

describe('a day', () => {
  it('goes from midnight to midnight where the daemon runs', () => {
    expect(dayIn('UTC', '2026-06-10T23:59:59.999Z')).toEqual([
      '2026-06-10T00:00:00.000Z',
      '2026-06-11T00:00:00.000Z',
      '24 hours',
    ])
    expect(dayIn('Asia/Tokyo', '2026-06-10T15:00:00.000Z')).toEqual([
      '2026-06-10T15:00:00.000Z',
      '2026-06-11T15:00:00.000Z',
      '24 hours',
    ])
  })

  it('is an hour shorter or longer where the clocks change', () => {
    expect(dayIn('Europe/Berlin', '2026-03-29T12:00:00.000Z')).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
      '23 hours',
    ])
    expect(dayIn('Europe/Berlin', '2026-10-25T12:00:00.000Z')[2]).toBe('25 hours')
  })

  it('begins later where there is no midnight', () => {
    // The clocks of Beirut go from 00:00 to 01:00.
    expect(dayIn('Asia/Beirut', '2026-03-29T12:00:00.000Z')).toEqual([
      '2026-03-28T22:00:00.000Z',
      '2026-03-29T21:00:00.000Z',
      '23 hours',
    ])
  })
})
