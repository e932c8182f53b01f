import * as z from 'zod'
import {
  chartKinds,
  chartOf,
  kindOf,
  presentationOf,
  presentedKinds,
  type Presented,
} from './presentation.ts'
import { mostPresented, type PresentedData } from './presented-data.ts'
import { unwrapped } from './presented-cell.ts'
import { SparkyError } from './failure.ts'
import { jsonSchema } from './task.ts'

const mostBytes = 64 * 1024
const longestTitle = 200

/** The arguments of `present`, as leniently as models write them: what they add of their own is passed over. */
export const presentArguments = z.object({
  kind: z.preprocess((kind) => kindOf(kind) ?? kind, z.enum(presentedKinds)),
  title: z.preprocess(
    (title) => (typeof title === 'number' ? String(title) : title),
    z.string().trim().min(1),
  ),
  data: jsonSchema,
  chart: z.preprocess((chart) => chartOf(chart) ?? chart, z.enum(chartKinds)).optional(),
})

/** Strict in what comes out: bounded, with a chart that the data can carry. Throws `usage` with what to change. */
export const presentedOf = ({
  kind,
  title,
  data: given,
  chart,
}: z.output<typeof presentArguments>): Presented => {
  const bytes = new TextEncoder().encode(JSON.stringify(given)).length
  if (bytes > mostBytes) throw tooMuch(`${mostBytes / 1024} KiB of data`, `${Math.ceil(bytes / 1024)} KiB`)
  const data = unwrapped(given)
  const presentation = presentationOf({ kind, title, data, ...(chart === undefined ? {} : { chart }) })
  if (presentation === null) throw new SparkyError('usage', 'present: expected data, found nothing')
  checkExtent(presentation.data)
  return { kind, title: Array.from(title).slice(0, longestTitle).join(''), chart: presentation.chart, data }
}

const checkExtent = (data: PresentedData): void => {
  const { rows, columns, series, points } = mostPresented
  const over = (most: number, noun: string): SparkyError => tooMuch(`${most} ${noun}`, 'more')
  if ('series' in data) {
    if (data.series.length > series) throw over(series, 'series')
    if (data.series.some((one) => one.points.length > points)) throw over(points, 'points in a series')
    return
  }
  if (data.rows.length > rows) throw over(rows, 'rows')
  if (data.columns.length > columns) throw over(columns, 'columns')
}

const tooMuch = (most: string, found: string): SparkyError =>
  new SparkyError('usage', `present: expected at most ${most}, found ${found}`, {
    hint: 'Sum it up, or show the part that matters; the whole can go into a file with write_file.',
  })
