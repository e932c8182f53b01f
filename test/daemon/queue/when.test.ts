import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseWhen } from '../../../src/daemon/queue/when.ts'

const now = new Date('2026-03-01T12:00:00.000Z')

describe('parseWhen', () => {
  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['in 5 m', 300_000],
    ['+0.5h', 1_800_000],
  ])('reads the duration %s as so long from now', (text, ms) => {
    expect(parseWhen(text, now).getTime() - now.getTime()).toBe(ms)
  })

  it('reads ISO 8601 times', () => {
    expect(parseWhen('2026-12-24T18:00:00+01:00', now).toISOString()).toBe('2026-12-24T17:00:00.000Z')
  })

  it('reads a time of day as the next one', () => {
    const sixInTheMorning = parseWhen('06:00', now)
    expect(sixInTheMorning.getTime()).toBeGreaterThan(now.getTime())
    expect(sixInTheMorning.getTime() - now.getTime()).toBeLessThanOrEqual(86_400_000)
    expect([sixInTheMorning.getHours(), sixInTheMorning.getMinutes()]).toEqual([6, 0])
  })

  it('takes now for now, and a moment that has passed as it is', () => {
    expect(parseWhen('now', now)).toEqual(now)
    expect(parseWhen('1999-01-01T00:00:00Z', now).toISOString()).toBe('1999-01-01T00:00:00.000Z')
  })

  it('takes a day without a time for its beginning where the daemon is', () => {
    expect(parseWhen('2026-07-01', now)).toEqual(new Date(2026, 6, 1))
    expect(parseWhen('2026-07-01 09:30', now)).toEqual(new Date(2026, 6, 1, 9, 30))
    expect(parseWhen('2026-07-01T09:30:00+0200', now).toISOString()).toBe('2026-07-01T07:30:00.000Z')
  })

  it.each([
    '',
    'soon',
    '10',
    '25:00',
    '2026-13-01',
    '5y',
    'Infinity',
    '99999999999999d',
    '9999999d',
    '2026-02-30',
    '2026-02-30T10:00',
    '2026-01-01T24:01',
    '10m later',
    `${'9'.repeat(400)}s`,
  ])('refuses "%s" with usage', (text) => {
    expect(() => parseWhen(text, now)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  describe('around a change of the clock', () => {
    const zone = process.env['TZ']
    beforeAll(() => {
      process.env['TZ'] = 'Europe/Berlin'
    })
    afterAll(() => {
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    })

    it('takes the second of two equal times of day where the first has passed', () => {
      // 02:40 in summer time; the clock goes back to 02:00 twenty minutes later.
      const before = new Date('2026-10-25T00:40:00Z')
      expect(parseWhen('02:30', before).toISOString()).toBe('2026-10-25T01:30:00.000Z')
      expect(parseWhen('02:45', before).toISOString()).toBe('2026-10-25T00:45:00.000Z')
    })

    it('keeps the time of day over the change, and takes one that is left out an hour later', () => {
      const evening = new Date('2026-03-28T20:00:00Z')
      expect(parseWhen('08:00', evening).toISOString()).toBe('2026-03-29T06:00:00.000Z')
      expect(parseWhen('02:30', evening).toISOString()).toBe('2026-03-29T01:30:00.000Z')
      expect(parseWhen('1d', evening).toISOString()).toBe('2026-03-29T20:00:00.000Z')
    })
  })
})
