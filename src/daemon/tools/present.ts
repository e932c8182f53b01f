import { plotOf } from '../../protocol/plot.ts'
import {
  chartKinds,
  presentationOf,
  presentedKinds,
  presentTool,
  type Presented,
} from '../../protocol/presentation.ts'
import { presentArguments, presentedOf } from '../../protocol/presented.ts'
import { counted } from './counted.ts'
import { defineTool } from './tool.ts'

export const present = defineTool({
  name: presentTool,
  description:
    'Shows the user a table or a chart, drawn in their terminal or page, instead of numbers in prose. ' +
    'Use it when the answer is data: figures to compare, a development over time, a breakdown, a list with several columns. ' +
    'Call it once the data is known, then give your answer in a sentence or two without repeating the data.',
  effect: 'pure',
  input: presentArguments,
  inputSchema: offeredSchema(),
  run: async (input) => {
    const presented = presentedOf(input)
    const instead =
      input.chart === undefined || input.chart === presented.chart
        ? ''
        : ` (the data holds too few numbers to be drawn as ${input.chart})`
    return {
      status: 'ok',
      text: `Shown to the user: ${extentOf(presented)}, "${presented.title}"${instead}.`,
      details: { ...presented },
    }
  },
})

/** The one form that models are told of, in the keywords that every provider takes; more is accepted. */
function offeredSchema(): Record<string, unknown> {
  // No null and nothing beside them: for Google these two become `anyOf`, which may have no neighbours.
  const value = { type: ['string', 'number'] }
  const list = (items: object, description: string): object => ({ type: 'array', items, description })
  const text = { type: 'string' }
  return {
    type: 'object',
    properties: {
      kind: {
        type: 'string',
        enum: [...presentedKinds],
        description: 'visualization: a chart; analysis: findings; drill_down: the details behind a figure.',
      },
      title: {
        ...text,
        minLength: 1,
        description: 'What it shows, with the unit: "Sales by month, in EUR".',
      },
      data: {
        type: 'object',
        description: 'Either columns and rows, or series. A list of flat objects is taken as rows too.',
        properties: {
          columns: list(text, 'Names of the columns; the first one labels the rows.'),
          rows: list(
            { type: 'array', items: value },
            'Each a list with one value for each column; numbers as numbers.',
          ),
          series: list(
            {
              type: 'object',
              properties: {
                name: text,
                labels: list(value, 'Where each value stands: dates, names or numbers.'),
                values: list({ type: ['number', 'null'] }, 'One number for each label.'),
              },
              required: ['name', 'values'],
            },
            'Curves, for chart line or sparkline.',
          ),
        },
      },
      chart: {
        type: 'string',
        enum: [...chartKinds],
        description:
          'bar compares, line shows a development, sparkline a small one; what suits the data if left out.',
      },
    },
    required: ['kind', 'title', 'data'],
    additionalProperties: false,
  }
}

/** "a bar chart of 5 rows". */
const extentOf = (presented: Presented): string => {
  const drawn = { table: 'a table', bar: 'a bar chart', line: 'a line chart', sparkline: 'a sparkline' }[
    presented.chart
  ]
  const data = presentationOf({ ...presented })?.data ?? { columns: [], rows: [] }
  if (!('series' in data)) return `${drawn} of ${counted(data.rows.length, 'row')}`
  const points = plotOf(data).labels.length
  return `${drawn} of ${data.series.length} series over ${counted(points, 'point')}`
}
