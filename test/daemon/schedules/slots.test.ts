import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slotsAfter, slotsWithin, type Timing } from '../../../src/daemon/schedules/slots.ts'

const ms = (iso: string): number => Date.parse(iso)
const iso = (slots: readonly number[]): string[] =>
  slots.map((slot) => new Date(slot).toISOString().slice(0, 16))
const berlin = (cron: string): Timing => ({ kind: 'cron', cron, timezone: 'Europe/Berlin' })

describe('times of a cron expression', () => {
  test('go by the clock of their zone, in summer and in winter', () => {
    expect(iso(slotsAfter(berlin('0 9 * * 1-5'), ms('2026-10-22T12:00:00Z'), 2))).toEqual([
      '2026-10-23T07:00',
      '2026-10-26T08:00',
    ])
  })

  test('begin after the moment: one at that very moment has been', () => {
    expect(iso(slotsAfter(berlin('* * * * *'), ms('2026-11-21T12:00:00Z'), 1))).toEqual(['2026-11-21T12:01'])
    expect(iso(slotsAfter(berlin('* * * * *'), ms('2026-11-21T11:59:59.999Z'), 1))).toEqual([
      '2026-11-21T12:00',
    ])
  })

  test('that the spring leaves out come right after the gap, also where they are several a day', () => {
    for (const cron of ['30 2 * * *', '30 2,14 * * *']) {
      expect(iso(slotsAfter(berlin(cron), ms('2026-03-28T20:00:00Z'), 1))).toEqual(['2026-03-29T01:00'])
    }
  })

  test('of an hour that comes twice come once', () => {
    for (const cron of ['30 2 * * *', '30 2,14 * * *']) {
      const span = { afterMs: ms('2026-10-24T22:00:00Z'), upToMs: ms('2026-10-25T10:00:00Z') }
      expect(iso(slotsWithin(berlin(cron), span, 10))).toEqual(['2026-10-25T00:30'])
    }
  })

  test('every so many minutes go on through both, by the time that passes', () => {
    const autumn = { afterMs: ms('2026-10-24T23:45:00Z'), upToMs: ms('2026-10-25T02:00:00Z') }
    expect(slotsWithin(berlin('*/30 * * * *'), autumn, 100)).toHaveLength(5)
    const spring = { afterMs: ms('2026-03-28T23:45:00Z'), upToMs: ms('2026-03-29T02:00:00Z') }
    expect(slotsWithin(berlin('*/30 * * * *'), spring, 100)).toHaveLength(5)
  })

  test('in a zone that this machine does not know never come', () => {
    const nowhere: Timing = { kind: 'cron', cron: '* * * * *', timezone: 'Mars/Phobos' }
    expect(slotsAfter(nowhere, ms('2026-11-21T12:00:00Z'), 1)).toEqual([])
    expect(slotsWithin(nowhere, { afterMs: 0, upToMs: ms('2026-11-21T12:00:00Z') }, 1)).toEqual([])
  })
})

describe('times every so many seconds', () => {
  const every: Timing = { kind: 'every', everyMs: 90_000, anchorMs: ms('2026-11-21T12:00:00.500Z') }

  test('count from the anchor, the first one after the first span', () => {
    expect(slotsAfter(every, ms('2026-11-20T00:00:00Z'), 2)).toEqual([
      ms('2026-11-21T12:01:30.500Z'),
      ms('2026-11-21T12:03:00.500Z'),
    ])
    expect(slotsAfter(every, ms('2026-11-21T12:01:30.500Z'), 1)).toEqual([ms('2026-11-21T12:03:00.500Z')])
  })

  test('of ten years are found at once', () => {
    const second: Timing = { kind: 'every', everyMs: 1000, anchorMs: ms('2016-11-21T12:00:00Z') }
    const span = { afterMs: ms('2016-11-21T12:00:00Z'), upToMs: ms('2026-11-21T12:00:00Z') }
    expect(slotsWithin(second, span, 3)).toEqual([span.upToMs - 2000, span.upToMs - 1000, span.upToMs])
  })
})

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Santiago',
]
const someCron = fc
  .record({
    minute: fc.constantFrom('*', '0', '30', '*/15', '5-10', '0,45'),
    hour: fc.constantFrom('*', '0', '2', '1-3', '*/6', '2,14', '23'),
    day: fc.constantFrom('*', '1', '31', 'L', '*/10'),
    weekday: fc.constantFrom('*', '1-5', 'SUN'),
  })
  .map(({ minute, hour, day, weekday }) => `${minute} ${hour} ${day} * ${weekday}`)
const someTiming: fc.Arbitrary<Timing> = fc.oneof(
  fc.record({ kind: fc.constant('cron' as const), cron: someCron, timezone: fc.constantFrom(...zones) }),
  fc.record({
    kind: fc.constant('every' as const),
    everyMs: fc.integer({ min: 1000, max: 90_000_000 }),
    anchorMs: fc.integer({ min: ms('2026-01-01T00:00:00Z'), max: ms('2026-12-31T00:00:00Z') }),
  }),
)

test('what lies within a span is what comes one after the other from its beginning', () => {
  fc.assert(
    fc.property(
      someTiming,
      fc.integer({ min: ms('2026-01-01T00:00:00Z'), max: ms('2027-12-31T00:00:00Z') }),
      fc.integer({ min: 0, max: 4 * 86_400_000 }),
      (timing, afterMs, lengthMs) => {
        const walked: number[] = []
        let cursor = afterMs
        while (walked.length <= 100) {
          const [next = Infinity] = slotsAfter(timing, cursor, 1)
          if (next > afterMs + lengthMs) break
          walked.push(next)
          cursor = next
        }
        const upToMs = walked.length > 100 ? cursor : afterMs + lengthMs
        expect(slotsWithin(timing, { afterMs, upToMs }, 200)).toEqual(walked)
        expect(slotsWithin(timing, { afterMs, upToMs }, 3)).toEqual(walked.slice(-3))
        expect(slotsAfter(timing, afterMs, 3).filter((slot) => slot <= upToMs)).toEqual(walked.slice(0, 3))
      },
    ),
    { numRuns: 60 },
  )
})
