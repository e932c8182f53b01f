import { numberOf, type Cell } from './presented-cell.ts'
import type { PresentedData, Point, PresentedRows, PresentedSeries } from './presented-data.ts'

/** Null: a gap. Undefined: nothing is said here, such as where only another series has a point. */
export type PlotValue = number | null | undefined

export interface Measure {
  readonly name: string
  /** One for each label. */
  readonly values: readonly PlotValue[]
  /** How the numbers were written, where they were text. */
  readonly texts: readonly (string | undefined)[]
}

/** What bars and lines are drawn of: places, each with a label, and what was measured there. */
export interface Plot {
  readonly labels: readonly string[]
  /** Where the places lie, in ascending order, if that is said in numbers; else they stand side by side. */
  readonly xs: readonly number[] | null
  readonly measures: readonly Measure[]
}

/** The numbers of what is presented; no measures where there are none. */
export const plotOf = (data: PresentedData): Plot =>
  'series' in data ? plotOfSeries(data) : plotOfRows(data)

/** The same as rows, for those who would rather read numbers. */
export const asRows = (data: PresentedData): PresentedRows => {
  if (!('series' in data)) return data
  const { labels, xs, measures } = plotOfSeries(data)
  return {
    columns: ['x', ...measures.map(({ name }) => name)],
    rows: labels.map((label, index) => [
      xs?.[index] ?? label,
      ...measures.map(({ values }) => values[index] ?? null),
    ]),
  }
}

const plotOfRows = ({ columns, rows }: PresentedRows): Plot => {
  const numeric = columns.map((_, column) => isNumeric(rows.map((row) => row[column] ?? null)))
  const counted = numeric.filter(Boolean).length
  // A year is a number that says where, not how much.
  const place = columns.findIndex(
    (name, column) => numeric[column] === true && counted > 1 && placeNames.test(name.trim()),
  )
  const hasLabels = numeric.includes(false)
  const first = numeric.indexOf(true)
  const isCount = !hasLabels && counted > 1 && isAscending(rows.map((row) => numberOf(row[first] ?? null)))
  const placed = place !== -1 ? place : isCount ? first : -1
  const labelColumns = columns.flatMap((_, column) =>
    numeric[column] !== true || column === placed ? [column] : [],
  )
  const positions =
    labelColumns.length === 1 && placed !== -1 ? rows.map((row) => numberOf(row[placed] ?? null)) : []
  return {
    labels: rows.map((row, index) =>
      labelOf(
        labelColumns.map((column) => row[column] ?? null),
        index,
      ),
    ),
    xs: isAscending(positions) ? positions : null,
    measures: columns.flatMap((name, column) =>
      numeric[column] === true && column !== placed
        ? [
            measureOf(
              name,
              rows.map((row) => row[column] ?? null),
            ),
          ]
        : [],
    ),
  }
}

const placeNames = /^(?:x|year|month|week|day|hour|minute|date|time|quarter|id|nr|no\.?|#|rank)$/i
const mostLabelColumns = 3

const isNumeric = (cells: readonly Cell[]): boolean => {
  const said = cells.filter((cell) => cell !== null && cell !== '')
  return said.length > 0 && said.every((cell) => numberOf(cell) !== null)
}

const isAscending = (values: readonly (number | null)[]): values is readonly number[] =>
  values.length > 0 &&
  values.every((value, index) => value !== null && (index === 0 || value > (values[index - 1] ?? 0)))

const labelOf = (cells: readonly Cell[], index: number): string =>
  cells.length === 0
    ? String(index + 1)
    : cells
        .slice(0, mostLabelColumns)
        .map((cell) => (cell === null ? '' : String(cell)))
        .filter((text) => text !== '')
        .join(' · ')

const measureOf = (name: string, cells: readonly Cell[]): Measure => ({
  name,
  values: cells.map(numberOf),
  texts: cells.map((cell) => (typeof cell === 'string' ? cell.trim() : undefined)),
})

const plotOfSeries = ({ series }: PresentedSeries): Plot => {
  const places = placesOf(series)
  const known = series.map(({ points }) => new Map(keyed(points)))
  const xs = places.map(([, x]) => x)
  return {
    labels: xs.map((x) => (x === null ? '' : String(x))),
    xs: xs.every((x) => typeof x === 'number') && xs.length > 0 ? xs : null,
    measures: series.map(({ name }, index) => ({
      name,
      values: places.map(([key]) => known[index]?.get(key)?.[1]),
      texts: [],
    })),
  }
}

/** Every place that some series has a point at: in ascending order where they are numbers, else as they come. */
const placesOf = (series: PresentedSeries['series']): readonly (readonly [string, Cell])[] => {
  const places = new Map<string, Cell>()
  for (const { points } of series) for (const [key, [x]] of keyed(points)) places.set(key, x)
  const all = [...places]
  return all.every(([, x]) => typeof x === 'number') ? all.sort(([, a], [, b]) => Number(a) - Number(b)) : all
}

/** Two points of one series at the same place stay two. */
const keyed = (points: readonly Point[]): readonly (readonly [string, Point])[] => {
  const seen = new Map<string, number>()
  return points.map((point) => {
    const name = `${typeof point[0]} ${String(point[0])}`
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return [`${times} ${name}`, point]
  })
}
