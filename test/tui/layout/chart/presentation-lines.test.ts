import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { presentationOf } from '../../../../src/protocol/presentation.ts'
import type { Json } from '../../../../src/protocol/task.ts'
import { presentationLines, type DrawingLayout } from '../../../../src/tui/layout/chart/presentation-lines.ts'
import { lineWidth, textOfLine } from '../../../../src/tui/layout/line.ts'

const draw = (data: Json, chart: string, layout: Partial<DrawingLayout> = {}, title = ''): string[] => {
  const presentation = presentationOf({ kind: 'visualization', title, data, chart })
  if (presentation === null) throw new Error('expected a presentation')
  return presentationLines(presentation, { width: 40, ...layout }).map((line) => textOfLine(line).trimEnd())
}

const months = { Jan: 12, Feb: 5.5, 'März 🎉': 24 }

describe('bars', () => {
  it('have one zero and one scale, to an eighth of a column', () => {
    expect(draw(months, 'bar', {}, 'Sales')).toMatchInlineSnapshot(`
      [
        "Sales",
        "Jan     ██████████████ 12",
        "Feb     ██████▍ 5.5",
        "März 🎉 ████████████████████████████ 24",
      ]
    `)
  })

  it('go both ways where numbers do', () => {
    expect(draw({ Jan: 12, Feb: -6, Mar: 0 }, 'bar', { width: 30 })).toMatchInlineSnapshot(`
      [
        "Jan        │██████████████  12",
        "Feb ███████│                -6",
        "Mar        │                 0",
      ]
    `)
  })

  it('name each of several measures, and show what is missing', () => {
    expect(
      draw(
        [
          { m: 'Jan', sales: 12, cost: 8 },
          { m: 'Feb', sales: null, cost: 4 },
        ],
        'bar',
      ),
    ).toMatchInlineSnapshot(`
      [
        "Jan sales ███████████████████████████ 12",
        "    cost  ██████████████████ 8",
        "Feb sales –",
        "    cost  █████████ 4",
      ]
    `)
  })

  it('show numbers as they were written', () => {
    expect(draw({ a: '40 %', b: '$1,000' }, 'bar', { width: 24 })).toMatchInlineSnapshot(`
      [
        "a ▋ 40 %",
        "b ███████████████ $1,000",
      ]
    `)
  })

  it('can be read at 20 columns', () => {
    expect(draw({ 'A very long label': 1234567, B: 1 }, 'bar', { width: 20 })).toMatchInlineSnapshot(`
      [
        "A ve… ████ 1,234,567",
        "B     ▏ 1",
      ]
    `)
  })
})

describe('a line chart', () => {
  it('has round numbers at its side and its first and last place below', () => {
    expect(draw([0, 3, 9, 4, 2, 6, 12], 'line', { width: 40, maxRows: 8 })).toMatchInlineSnapshot(`
      [
        "15┤                                    ⢀",
        "10┤           ⣀⠤⣀                  ⢀⡠⠔⠊⠁",
        " 5┤       ⣀⠤⠒⠉   ⠉⠑⠒⠤⣀⣀       ⣀⡠⠤⠒⠊⠁",
        " 0┤⣀⡠⠤⠔⠒⠊⠉             ⠉⠉⠉⠒⠒⠊⠉",
        "  └─────────────────────────────────────",
        "   1     2     3     4     5     6     7",
      ]
    `)
  })

  it('tells several lines apart without colour', () => {
    const data = { labels: ['Mon', 'Tue', 'Wed'], series: { up: [1, 2, 3], down: [3, null, 1] } }
    expect(draw(data, 'line', { width: 30, maxRows: 7 })).toMatchInlineSnapshot(`
      [
        "3┤○                      ⣀⡠⠔⠒●",
        " │                 ⢀⣀⠤⠔⠊⠉",
        "2┤            ⣀⡠●⠒⠊⠁",
        " │     ⢀⣀⡠⠤⠒⠊⠉",
        "1┤●⠤⠔⠒⠉⠁                     ○",
        " └────────────────────────────",
        "  Mon          Tue         Wed",
        "● up  ○ down",
      ]
    `)
  })
})

test('sparklines have their least, greatest and last number', () => {
  const data = {
    series: [
      { name: 'p50', values: [1, 2, 3, null, 8, 2] },
      { name: 'p99', values: [7, 7, 7] },
    ],
  }
  expect(draw(data, 'sparkline')).toMatchInlineSnapshot(`
    [
      "p50 ▁▂▃ █▂  min 1 · max 8 · last 2",
      "p99 ▅▅▅     min 7 · max 7 · last 7",
    ]
  `)
  expect(draw(data, 'sparkline', { width: 20 })).toMatchInlineSnapshot(`
    [
      "p50 ▁▂▃ █▂",
      "1…8, 2",
      "p99 ▅▅▅",
      "7…7, 7",
    ]
  `)
})

describe('a table', () => {
  const cities = {
    columns: ['City', 'Country', 'Inhabitants'],
    rows: [
      ['東京', '日本', 13960000],
      ['Berlin', null, 3677472],
    ],
  }
  it('stands its numbers at the right', () => {
    expect(draw(cities, 'table')).toMatchInlineSnapshot(`
      [
        "City   │ Country │ Inhabitants",
        "───────┼─────────┼────────────",
        "東京   │ 日本    │    13960000",
        "Berlin │ –       │     3677472",
      ]
    `)
  })

  it('never breaks a number: where its columns do not fit it is a list', () => {
    expect(draw(cities, 'table', { width: 20 })).toMatchInlineSnapshot(`
      [
        "City: 東京",
        "Country: 日本",
        "Inhabitants:",
        "13960000",
        "",
        "City: Berlin",
        "Country: –",
        "Inhabitants: 3677472",
      ]
    `)
  })

  it('counts the rows that it leaves out', () => {
    expect(
      draw(
        Array.from({ length: 9 }, (_, n) => ({ n: `row ${n}` })),
        'table',
        { maxRows: 2 },
      ),
    ).toEqual(['n', '─────', 'row 0', 'row 1', '… 7 more rows'])
    expect(draw([], 'table')).toEqual(['no data'])
  })
})

test('a terminal with nothing but ASCII gets the same in ASCII', () => {
  const lines = [
    ...draw({ Jan: 12, Feb: -6.5 }, 'bar', { width: 24, ascii: true }),
    ...draw([1, 5, 2], 'line', { width: 20, maxRows: 5, ascii: true }),
    ...draw([1, 5, 2], 'sparkline', { ascii: true }),
    ...draw([{ a: 1, b: null }], 'table', { ascii: true }),
  ]
  expect(lines.join('\n')).toMatch(/^[ -~\n]*$/)
  expect(lines).toMatchInlineSnapshot(`
    [
      "Jan      |#########   12",
      "Feb #####|          -6.5",
      "5.0|      .:':.",
      "   |    .:'   ''..",
      "2.5|  .''        ':.",
      "   |.'",
      "  0|",
      "   +----------------",
      "    1       2      3",
      "_#-  min 1 - max 5 - last 2",
      "a | b",
      "--+--",
      "1 | -",
    ]
  `)
})

const charts = ['table', 'bar', 'line', 'sparkline']
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -50, max: 50 }),
  fc.constantFrom(0, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, 1e15, 1e15 + 1),
)
const label = fc.string({
  unit: fc.constantFrom('a', ' ', '你', '😀', '👩🏽', 'e\u0301', '\u001b[2J', '\n', '\u202e'),
})

test('no row is wider than asked for, and nothing in it can move a cursor', () => {
  const rows = fc.array(fc.record({ [`na\u001bme`]: label, v: fc.option(number), w: number }), {
    maxLength: 30,
  })
  const series = fc.record({
    series: fc.array(fc.record({ name: label, values: fc.array(fc.option(number), { maxLength: 90 }) }), {
      maxLength: 4,
    }),
  })
  fc.assert(
    fc.property(
      fc.oneof(rows, series),
      fc.integer({ min: 20, max: 130 }),
      fc.constantFrom(...charts),
      (data, width, chart) => {
        const presentation = presentationOf({
          kind: 'visualization',
          title: 'a\u001b[31m',
          data: data as Json,
          chart,
        })
        if (presentation === null) throw new Error('expected a presentation')
        for (const ascii of [false, true]) {
          for (const line of presentationLines(presentation, { width, maxRows: 12, ascii })) {
            expect(lineWidth(line)).toBeLessThanOrEqual(width)
            // oxlint-disable-next-line no-control-regex
            expect(textOfLine(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]|NaN|Infinity|undefined/)
          }
        }
      },
    ),
  )
})
