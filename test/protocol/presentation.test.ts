import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { asRows, plotOf } from '../../src/protocol/plot.ts'
import { numberOf } from '../../src/protocol/presented-cell.ts'
import { presentedMarkdown } from '../../src/protocol/presented-markdown.ts'
import { dataOf, mostPresented } from '../../src/protocol/presented-data.ts'
import { chartOf, presentationOf, replyPartsOf } from '../../src/protocol/presentation.ts'
import type { Json } from '../../src/protocol/task.ts'

const twoColumns = {
  columns: ['month', 'sales'],
  rows: [
    ['Jan', 3],
    ['Feb', null],
  ],
}
const labelled = {
  columns: ['label', 'value'],
  rows: [
    ['Jan', 3],
    ['Feb', 5],
  ],
}
const counted = (...values: (number | null)[]) => values.map((value, index) => [index + 1, value])

describe('rows come out of', () => {
  it.each<[string, Json, object]>([
    ['columns and rows', twoColumns, twoColumns],
    ['objects, whose keys are the columns', [{ month: 'Jan', sales: 3 }, { month: 'Feb' }], twoColumns],
    [
      'objects beside their columns',
      { columns: ['month', 'sales'], rows: [{ sales: 3, month: 'Jan' }, { month: 'Feb' }] },
      twoColumns,
    ],
    [
      'columns that have a key and a head',
      {
        columns: [
          { key: 'm', label: 'month' },
          { key: 's', label: 'sales' },
        ],
        rows: [
          { m: 'Jan', s: 3 },
          { m: 'Feb', s: null },
        ],
      },
      twoColumns,
    ],
    [
      'lists with their heads first',
      [
        ['month', 'sales'],
        ['Jan', 3],
        ['Feb', null],
      ],
      twoColumns,
    ],
    ['columns side by side', { month: ['Jan', 'Feb'], sales: [3, null] }, twoColumns],
    ['the same as JSON text', JSON.stringify(twoColumns), twoColumns],
    ['the same inside data', { data: twoColumns }, twoColumns],
    ['an object from label to number', { Jan: 3, Feb: 5 }, labelled],
    [
      'pairs of a label and a number',
      [
        ['Jan', 3],
        ['Feb', 5],
      ],
      labelled,
    ],
    [
      'an object from label to object',
      { Jan: { sales: 3 }, Feb: { sales: null } },
      { ...twoColumns, columns: ['label', 'sales'] },
    ],
    [
      'rows of unlike length',
      [['a'], ['b', 2, true]],
      {
        columns: ['1', '2', '3'],
        rows: [
          ['a', null, null],
          ['b', 2, true],
        ],
      },
    ],
    ['texts', ['a', 'b'], { columns: ['value'], rows: [['a'], ['b']] }],
    [
      'unlike things',
      [{ a: 1 }, 'b', 3],
      {
        columns: ['a', 'value'],
        rows: [
          [1, null],
          [null, 'b'],
          [null, 3],
        ],
      },
    ],
    [
      'what is nested',
      [{ a: { b: [1, { c: 2 }] }, d: [1, 2] }],
      { columns: ['a', 'd'], rows: [['{b: [1, {c: 2}]}', '1, 2']] },
    ],
    ['one number', 42, { columns: ['value'], rows: [[42]] }],
    ['text that looks like JSON and is none', '{oops', { columns: ['value'], rows: [['{oops']] }],
    ['nothing', [], { columns: [], rows: [] }],
    ['an empty object', {}, { columns: [], rows: [] }],
    ['null', null, { columns: ['value'], rows: [[null]] }],
  ])('%s', (_, given, expected) => {
    expect(dataOf(given)).toEqual(expected)
  })
})

describe('series come out of', () => {
  const sales = {
    series: [
      {
        name: 'sales',
        points: [
          ['Jan', 3],
          ['Feb', null],
        ],
      },
    ],
  }
  it.each<[string, Json, object]>([
    ['points', sales, sales],
    ['values with labels', { series: [{ name: 'sales', labels: ['Jan', 'Feb'], values: [3, null] }] }, sales],
    [
      'values with labels that all share',
      { labels: ['Jan', 'Feb'], series: [{ name: 'sales', values: [3, null] }] },
      sales,
    ],
    [
      'what charting libraries take',
      { labels: ['Jan', 'Feb'], datasets: [{ label: 'sales', data: [3, null] }] },
      sales,
    ],
    [
      'the same with its type around it',
      { type: 'line', data: { labels: ['Jan', 'Feb'], datasets: [{ label: 'sales', data: [3, null] }] } },
      sales,
    ],
    [
      'points as objects',
      [
        {
          name: 'sales',
          points: [
            { x: 'Jan', y: 3 },
            { x: 'Feb', y: null },
          ],
        },
      ],
      sales,
    ],
    ['an object from name to values', { labels: ['Jan', 'Feb'], series: { sales: [3, null] } }, sales],
    ['numbers', [3, null, 5], { series: [{ name: 'value', points: counted(3, null, 5) }] }],
    [
      'numbers as text',
      { series: [{ name: 'a', values: ['1,000', 'n/a'] }] },
      { series: [{ name: 'a', points: counted(1000, null) }] },
    ],
    [
      'pairs of numbers',
      [
        [1, 3],
        [4, 5],
      ],
      {
        series: [
          {
            name: 'value',
            points: [
              [1, 3],
              [4, 5],
            ],
          },
        ],
      },
    ],
    [
      'bare values',
      { x: [1, 4], y: [3, 5] },
      {
        series: [
          {
            name: 'value',
            points: [
              [1, 3],
              [4, 5],
            ],
          },
        ],
      },
    ],
  ])('%s', (_, given, expected) => {
    expect(dataOf(given)).toEqual(expected)
  })
})

test('whatever a model writes has a normal form, is bounded, and never throws', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5 }),
      fc.constantFrom('table', 'bar', 'line', 'sparkline', 'pie', ''),
      (data, chart) => {
        const presentation = presentationOf({ kind: 'analysis', title: 't', data: data as Json, chart })
        if (presentation === null) throw new Error('expected a presentation')
        const { columns, rows } = asRows(presentation.data)
        expect(rows.every((row) => row.length === columns.length)).toBe(true)
        const { labels, measures } = plotOf(presentation.data)
        expect(measures.every(({ values }) => values.length === labels.length)).toBe(true)
      },
    ),
  )
})

test('a wide and a long table are cut right behind what may be presented', () => {
  const wide = dataOf([Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, 1]))])
  expect(wide).toMatchObject({ columns: { length: mostPresented.columns + 1 } })
  expect(dataOf(Array.from({ length: 5000 }, () => ({ a: 1 })))).toMatchObject({
    rows: { length: mostPresented.rows + 1 },
  })
  expect(JSON.stringify(dataOf(JSON.parse('['.repeat(3000) + ']'.repeat(3000)) as Json)).length).toBeLessThan(
    200,
  )
})

test.each([
  ['12', 12],
  ['-1,234.5', -1234.5],
  ['−3', -3],
  ['$1,000', 1000],
  ['-€5', -5],
  ['40 %', 40],
  ['1e3', 1000],
  ['.5', 0.5],
  ['', null],
  ['-', null],
  ['1,2', null],
  ['2024-01', null],
  ['12 apples', null],
  ['1e999', null],
  ['NaN', null],
  [true, null],
  [null, null],
])('%j is read as the number %j', (cell, number) => {
  expect(numberOf(cell)).toBe(number)
})

describe('what is drawn of it', () => {
  const chart = (data: Json, wanted?: string, kind = 'visualization') =>
    presentationOf({ kind, title: '', data, ...(wanted === undefined ? {} : { chart: wanted }) })?.chart

  it('is a table where the data has not the numbers that the chart needs', () => {
    expect(chart([{ a: 'x' }], 'bar')).toBe('table')
    expect(chart([{ a: 'x', b: 1 }], 'line')).toBe('table')
    expect(chart([], 'sparkline')).toBe('table')
    expect(chart([{ a: 'x', b: 'many' }], 'bar')).toBe('table')
  })

  it('suits the data where nothing is asked for', () => {
    expect(chart({ a: 1, b: 2 })).toBe('bar')
    expect(chart({ a: 1, b: 2 }, undefined, 'analysis')).toBe('table')
    expect(chart([1, 2, 3])).toBe('line')
    expect(chart([{ a: 'x', b: 'y' }])).toBe('table')
  })

  it.each([
    ['Bar chart', 'bar'],
    ['line_graph', 'line'],
    ['pie', 'bar'],
    ['Tables', 'table'],
    ['hologram', undefined],
    [7, undefined],
  ])('%j is understood as %j', (name, meant) => {
    expect(chartOf(name)).toBe(meant)
  })

  it('stands at its labels: a year says where, not how much', () => {
    const years = plotOf(
      dataOf([
        { year: 2020, sales: 3 },
        { year: 2024, sales: 5 },
      ]),
    )
    expect(years).toMatchObject({
      labels: ['2020', '2024'],
      xs: [2020, 2024],
      measures: [{ name: 'sales', values: [3, 5] }],
    })
    expect(plotOf(dataOf([{ region: 'N', city: 'Ny', v: '5 %' }]))).toMatchObject({
      labels: ['N · Ny'],
      xs: null,
      measures: [{ name: 'v', values: [5], texts: ['5 %'] }],
    })
  })

  it('puts series together by their places, without making numbers up', () => {
    const data = dataOf({
      series: [
        {
          name: 'a',
          points: [
            [2, 20],
            [1, 10],
          ],
        },
        { name: 'b', points: [[1.5, 5]] },
      ],
    })
    expect(plotOf(data)).toMatchObject({
      xs: [1, 1.5, 2],
      measures: [{ values: [10, undefined, 20] }, { values: [undefined, 5, undefined] }],
    })
    expect(asRows(data)).toEqual({
      columns: ['x', 'a', 'b'],
      rows: [
        [1, 10, null],
        [1.5, null, 5],
        [2, 20, null],
      ],
    })
  })
})

test('a chat reply carries what the agent gave as its data, and the normal form of it to be drawn', () => {
  const data = [{ month: 'Jan', sales: 3 }]
  expect(replyPartsOf({ kind: 'drill_down', title: 'Sales', chart: 'bar', data })).toEqual({
    type: 'drill_down',
    message: 'Sales',
    data,
    visualization: {
      kind: 'drill_down',
      chart: 'bar',
      title: 'Sales',
      columns: ['month', 'sales'],
      rows: [['Jan', 3]],
    },
  })
})

test.each([null, 7, 'text', [], {}, { kind: 'song', data: [] }, { kind: 'analysis' }])(
  '%j is nothing that was presented',
  (value) => {
    expect(presentationOf(value as Json)).toBeNull()
  },
)

test('in a document it is a table below its title', () => {
  const presentation = presentationOf({
    kind: 'analysis',
    title: 'Sales\n2026',
    data: [{ 'a|b': 'x\\|y\nz', n: 3 }, { n: null }],
  })
  if (presentation === null) throw new Error('expected a presentation')
  expect(presentedMarkdown(presentation)).toBe(
    [
      '**Sales 2026**',
      '',
      String.raw`| a\|b | n |`,
      '| --- | --- |',
      String.raw`| x\\\|y z | 3 |`,
      '|  |  |',
    ].join('\n'),
  )
})
