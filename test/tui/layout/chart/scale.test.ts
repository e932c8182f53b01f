import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { barLines } from '../../../../src/tui/layout/chart/bar-lines.ts'
import { axisTexts, exactText, numberText } from '../../../../src/tui/layout/chart/number-text.ts'
import { domainOf, shareOf, ticksOf } from '../../../../src/tui/layout/chart/scale.ts'
import { sparkText } from '../../../../src/tui/layout/chart/spark-lines.ts'
import { textOfLine } from '../../../../src/tui/layout/line.ts'

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, 1e15, 1e15 + 1),
)
const numbers = fc.array(number, { minLength: 1, maxLength: 40 })

describe('ticks', () => {
  it.each([
    [[0, 10], 6, [0, 2, 4, 6, 8, 10]],
    [[0, 10], 3, [0, 5, 10]],
    [[3, 97], 6, [0, 20, 40, 60, 80, 100]],
    [[-7, 12], 5, [-10, 0, 10, 20]],
    [[0.1, 0.3], 5, [0.1, 0.15, 0.2, 0.25, 0.3]],
    [[42], 4, [0, 20, 40, 60]],
    [[-42], 4, [-60, -40, -20, 0]],
    [[0, 0], 2, [0, 1]],
    [[], 2, [0, 1]],
  ])('of %j, at most %i: %j', (values, most, expected) => {
    const ticks = ticksOf(domainOf(values), most)
    if (ticks.length > most) throw new Error('more than asked for')
    expect(ticks).toEqual(expected)
  })

  it('hold all numbers, ascend at equal steps, and are as few as asked for', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 2, max: 12 }), (values, most) => {
        const ticks = ticksOf(domainOf(values), most)
        const [first = 0] = ticks
        const last = ticks.at(-1) ?? 0
        expect(ticks.length).toBeLessThanOrEqual(most)
        expect(ticks.length).toBeGreaterThanOrEqual(2)
        expect(ticks.every(Number.isFinite)).toBe(true)
        const slack = Math.max(Math.abs(first), Math.abs(last)) * 1e-9
        for (const value of values) {
          expect(value).toBeGreaterThanOrEqual(first - slack)
          expect(value).toBeLessThanOrEqual(last + slack)
        }
        for (const [index, tick] of ticks.entries())
          if (index > 0) expect(tick).toBeGreaterThan(ticks[index - 1] ?? 0)
      }),
      { numRuns: 300 },
    )
  })

  it('have texts that differ', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 }),
        fc.integer({ min: 2, max: 10 }),
        (values, most) => {
          const texts = axisTexts(ticksOf(domainOf(values), most))
          expect(new Set(texts).size).toBe(texts.length)
        },
      ),
    )
    expect(axisTexts([0, 2500, 5000])).toEqual(['0', '2500', '5000'])
    expect(axisTexts([0, 25_000, 50_000])).toEqual(['0', '25k', '50k'])
    expect(axisTexts([0, 0.5, 1])).toEqual(['0', '0.5', '1.0'])
    expect(axisTexts([-2.5e6, 0, 2.5e6])).toEqual(['-2.5M', '0', '2.5M'])
    expect(axisTexts([0, 1e18])).toEqual(['0', '1e+18'])
  })
})

test('a share is between 0 and 1, and greater for what is greater', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const domain = domainOf(values)
      const shares = values.toSorted((a, b) => a - b).map((value) => shareOf(value, domain))
      expect(shares.every((share, index) => share >= (shares[index - 1] ?? 0) && share <= 1)).toBe(true)
    }),
  )
})

test('bars are as long as their numbers are large, to an eighth of a column; what is not 0 is seen', () => {
  const widthOfBar = 30
  const eighths = '▏▎▍▌▋▊▉█'
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 2, maxLength: 12 }),
      (values) => {
        const largest = Math.max(1, ...values)
        const all = [...values, largest]
        const plot = {
          labels: all.map(() => ''),
          xs: null,
          measures: [{ name: 'v', values: all, texts: all.map(() => 'n') }],
        }
        const lines = barLines(plot, widthOfBar + 2, 100).map(textOfLine)
        for (const [index, value] of all.entries()) {
          const drawn = Array.from(lines[index] ?? '').reduce(
            (sum, sign) => sum + eighths.indexOf(sign) + 1,
            0,
          )
          expect(Math.abs(drawn - (value / largest) * widthOfBar * 8)).toBeLessThanOrEqual(1)
          if (value > 0) expect(drawn).toBeGreaterThan(0)
        }
      },
    ),
  )
})

test('a sparkline has a column for each number, or for as many as share one', () => {
  expect(sparkText([1, 2, 3, 4, 5, 6, 7, 8], 8)).toBe('▁▂▃▄▅▆▇█')
  expect(sparkText([0, 0, 10, 10], 2)).toBe('▁█')
  expect(sparkText([1, null, undefined, 2], 8)).toBe('▁  █')
  expect(sparkText([-Number.MAX_VALUE, Number.MAX_VALUE], 4)).toBe('▁█')
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 60 }), (values, columns) => {
      expect(sparkText(values, columns)).toHaveLength(Math.min(values.length, columns))
    }),
  )
})

test.each([
  [0, '0'],
  [0.1 + 0.2, '0.3'],
  [1234.5, '1,234.5'],
  [-1_000_000, '-1,000,000'],
  [1.23456789, '1.2346'],
  [0.000123456, '0.000123'],
  [1e18, '1e+18'],
  [5e-324, '4.94e-324'],
])('%d is written %s', (value, text) => {
  expect(numberText(value)).toBe(text)
})

test('a cell keeps its number, without what binary fractions leave behind', () => {
  expect([2024, 0.1 + 0.2, 1e21, -0, 123456789.123].map(exactText)).toEqual([
    '2024',
    '0.3',
    '1e+21',
    '0',
    '123456789.123',
  ])
})
