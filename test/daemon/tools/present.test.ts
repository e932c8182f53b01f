import { describe, expect, test } from 'vitest'
import { present } from '../../../src/daemon/tools/present.ts'
import type { Json } from '../../../src/protocol/task.ts'
import { call } from './tool-context.ts'

const sales = {
  columns: ['month', 'sales'],
  rows: [
    ['Jan', 3],
    ['Feb', 5],
  ],
}
const shown = { kind: 'visualization', title: 'Sales', data: sales, chart: 'bar' }

test('tells the model in a line, and programs in details', async () => {
  expect(await call(present, '/', shown)).toMatchObject({
    status: 'ok',
    text: 'Shown to the user: a bar chart of 2 rows, "Sales".',
    details: shown,
  })
})

test.each<[string, Record<string, Json>, object]>([
  ['a kind with a hyphen', { ...shown, kind: 'Drill-Down' }, { kind: 'drill_down' }],
  ['a chart by another name', { ...shown, chart: 'pie' }, { chart: 'bar' }],
  [
    'a chart as charting libraries have it, and arguments of its own',
    { ...shown, chart: { type: 'bar' }, unit: 'EUR' },
    { chart: 'bar' },
  ],
  ['data as JSON text', { ...shown, data: JSON.stringify(sales) }, { data: sales }],
  ['a long title', { ...shown, title: 'é'.repeat(300) }, { title: 'é'.repeat(200) }],
  ['a number as the title', { ...shown, title: 2026 }, { title: '2026' }],
])('takes %s', async (_, args, details) => {
  expect(await call(present, '/', args)).toMatchObject({ status: 'ok', details })
})

test('draws a table where the data does not carry the chart, and says so', async () => {
  const settled = await call(present, '/', { ...shown, data: [{ name: 'Ann' }], chart: 'line' })
  expect(settled).toMatchObject({
    text: 'Shown to the user: a table of 1 row, "Sales" (the data holds too few numbers to be drawn as line).',
    details: { chart: 'table' },
  })
  const curves = { series: [{ name: 'a', values: [1, 2] }] }
  expect((await call(present, '/', { kind: 'analysis', title: 'C', data: curves })).text).toBe(
    'Shown to the user: a line chart of 1 series over 2 points, "C".',
  )
})

describe('says what to change', () => {
  test.each<[string, Record<string, Json>, string]>([
    [
      'of a kind that there is not',
      { ...shown, kind: 'song' },
      'expected kind to be one of visualization, analysis, drill_down, found "song"',
    ],
    [
      'of a chart that there is not',
      { ...shown, chart: 'hologram' },
      'expected chart to be one of table, bar, line, sparkline, found "hologram"',
    ],
    ['without data', { kind: 'analysis', title: 'x' }, 'expected JSON, found nothing'],
    ['with no title', { kind: 'analysis', data: [1, 2] }, 'expected title to be a string, found nothing'],
    [
      'with a title that is no text',
      { ...shown, title: ['x'] },
      'expected title to be a string, found a list',
    ],
    ['without a title', { ...shown, title: '  ' }, 'expected title to have a length of at least 1'],
    [
      'of too many rows',
      { ...shown, data: Array.from({ length: 1001 }, () => ({ a: 1 })) },
      'expected at most 1000 rows, found more',
    ],
    [
      'of too much',
      { ...shown, data: ['x'.repeat(70_000)] },
      'expected at most 64 KiB of data, found 69 KiB',
    ],
  ])('%s', async (_, args, message) => {
    expect(await call(present, '/', args)).toMatchObject({
      status: 'error',
      text: expect.stringContaining(message),
      details: { code: 'usage' },
    })
  })
})
