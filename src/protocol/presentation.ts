import { plotOf } from './plot.ts'
import { dataOf, type PresentedData } from './presented-data.ts'
import type { Json } from './task.ts'

export { presentTool } from './present-tool.ts'

export const presentedKinds = ['visualization', 'analysis', 'drill_down'] as const
export type PresentedKind = (typeof presentedKinds)[number]

export const chartKinds = ['table', 'bar', 'line', 'sparkline'] as const
export type ChartKind = (typeof chartKinds)[number]

/**
 * What was presented, as the result of the call has it in its `details` and a task in `response_payload.data`: `data`
 * is what the agent gave, `chart` one that it can be drawn as.
 */
export interface Presented {
  readonly kind: PresentedKind
  readonly title: string
  readonly chart: ChartKind
  readonly data: Json
}

/** The same ready to be drawn: `data` in its one normal form. Text in it is as it came: not sanitized. */
export interface Presentation extends Omit<Presented, 'data'> {
  readonly data: PresentedData
}

/**
 * What can be drawn of a call's arguments, of its `details`, or of a task's `response_payload.data`; null where that is
 * nothing of the kind. Never throws, whatever stands there.
 */
export const presentationOf = (
  value: Json | Readonly<Record<string, Json>> | undefined,
): Presentation | null => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const kind = kindOf(value['kind'])
  const given = value['data']
  if (kind === null || given === undefined) return null
  const data = dataOf(given)
  const title = typeof value['title'] === 'string' ? value['title'] : ''
  return { kind, title, chart: chartFor(chartOf(value['chart']), kind, data), data }
}

/** The `details` of a call that has presented something, as such; null where they are something else. */
export const presentedFrom = (details: Json): Presented | null => {
  const presentation = presentationOf(details)
  if (presentation === null) return null
  const { kind, title, chart } = presentation
  const { data = null } = details as { readonly data?: Json }
  return { kind, title, chart, data }
}

/** What a chat reply of this kind carries: `data` as the agent gave it, `visualization` as it can be drawn. */
export const replyPartsOf = (
  presented: Presented,
): { type: PresentedKind; message: string; data: Json; visualization: Json } => {
  const { kind, title, data } = presented
  return { type: kind, message: title, data, visualization: visualizationOf(presented) }
}

const visualizationOf = ({ kind, chart, title, data: given }: Presented): Json => {
  const data = dataOf(given)
  const drawn =
    'series' in data
      ? {
          series: data.series.map(({ name, points }) => ({
            name,
            points: points.map((point) => [...point]),
          })),
        }
      : { columns: [...data.columns], rows: data.rows.map((row) => [...row]) }
  return { kind, chart, title, ...drawn }
}

/** A kind as models write it: `drill-down`, `Visualization`. */
export const kindOf = (value: unknown): PresentedKind | null => {
  if (typeof value !== 'string') return null
  const word = value
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
  return presentedKinds.find((kind) => kind === word || kind.replace('_', '') === word) ?? null
}

/** A chart by the names that models have for it; undefined where none is meant that there is. */
export const chartOf = (value: unknown): ChartKind | undefined => {
  // Some write `{type: "bar", …}`.
  if (typeof value === 'object' && value !== null && 'type' in value) return chartOf(value.type)
  if (typeof value !== 'string') return undefined
  const word = value
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+|chart$|graph$|plot$/g, '')
  return otherNames[word] ?? chartKinds.find((chart) => chart === word || `${chart}s` === word)
}

const otherNames: Readonly<Partial<Record<string, ChartKind>>> = {
  column: 'bar',
  columns: 'bar',
  barh: 'bar',
  horizontalbar: 'bar',
  stackedbar: 'bar',
  groupedbar: 'bar',
  histogram: 'bar',
  pie: 'bar',
  donut: 'bar',
  doughnut: 'bar',
  area: 'line',
  scatter: 'line',
  timeseries: 'line',
  grid: 'table',
  list: 'table',
}

/** The chart that was asked for where the data can carry it, else a table. */
const chartFor = (wanted: ChartKind | undefined, kind: PresentedKind, data: PresentedData): ChartKind => {
  const most = Math.max(
    0,
    ...plotOf(data).measures.map(({ values }) => values.filter((value) => typeof value === 'number').length),
  )
  if (wanted === undefined) {
    if ('series' in data) return most >= 2 ? 'line' : 'table'
    return kind === 'visualization' && most >= 1 && data.rows.length <= mostBarsByItself ? 'bar' : 'table'
  }
  const needed = { table: 0, bar: 1, line: 2, sparkline: 2 }[wanted]
  return most >= needed ? wanted : 'table'
}

/** More than these are a table, unless somebody asks for bars. */
const mostBarsByItself = 40
