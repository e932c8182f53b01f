import { describe, expect, it } from 'vitest'
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

  it.each(['', 'soon', '10', '25:00', '2026-13-01', '5y', 'Infinity', '99999999999999d'])(
    'refuses "%s" with usage',
    (text) => {
      expect(() => parseWhen(text, now)).toThrow(expect.objectContaining({ code: 'usage' }))
    },
  )
})
