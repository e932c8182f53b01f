import { isJsonObject, type JsonObject } from './json-object.ts'
import { cellOf, numberOf, textOf, unwrapped, type Cell } from './presented-cell.ts'
import type { Json } from './task.ts'

/** Every row has a cell for each column. */
export interface PresentedRows {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** `[x, y]`; a `y` of null is a gap. */
export type Point = readonly [Cell, number | null]

export interface PresentedSeries {
  readonly series: readonly { readonly name: string; readonly points: readonly Point[] }[]
}

/** The one normal form of what is presented. */
export type PresentedData = PresentedRows | PresentedSeries

/** What can be presented at once. The normal form never holds more than one beyond each. */
export const mostPresented = { rows: 1000, columns: 40, series: 12, points: 5000 } as const

/**
 * Data in its normal form, whatever shape a model gave it: rows as objects, as lists, as columns; series with points or
 * values; a list of numbers, of `[label, number]`; an object from label to number; what charting libraries take; any of
 * them as JSON text. Never throws; what cannot be told apart becomes rows, and nothing is made up.
 */
export const dataOf = (value: Json, depth = 0): PresentedData => {
  if (typeof value === 'string') {
    const parsed = unwrapped(value)
    return parsed === value || depth >= deepest ? rowsOf(['value'], [[value]]) : dataOf(parsed, depth + 1)
  }
  if (typeof value !== 'object' || value === null) return rowsOf(['value'], [[value]])
  return Array.isArray(value) ? listData(value) : objectData(value, depth)
}

const deepest = 3

const isList = (value: Json | undefined): value is Json[] => Array.isArray(value)
const isNumberOrGap = (value: Json | undefined): value is number | null =>
  value === null || typeof value === 'number'

const listData = (list: readonly Json[]): PresentedData => {
  if (list.length === 0) return { columns: [], rows: [] }
  if (list.every(isSeriesLike))
    return seriesOf(
      list.map((item) => [nameOf(item), item]),
      undefined,
    )
  if (list.every(isNumberOrGap) && list.some((item) => item !== null))
    return seriesOf([['value', [...list]]], undefined)
  if (list.every(isList)) return tupleData(list)
  return recordRows(list)
}

/** Lists in a list: points, labels with their numbers, or rows, perhaps with their heads first. */
const tupleData = (list: readonly (readonly Json[])[]): PresentedData => {
  const arePairs = list.every((row) => row.length === 2 && isNumberOrGap(row[1]))
  if (arePairs && list.every(([x]) => typeof x === 'number')) {
    return seriesOf([['value', list.map((row) => [...row])]], undefined)
  }
  if (arePairs) return rowsOf(['label', 'value'], list)
  const [first = [], ...others] = list
  const isHead =
    first.length > 0 &&
    others.every((row) => row.length <= first.length) &&
    first.every((cell) => typeof cell === 'string') &&
    others.some((row) => row.some((cell) => typeof cell !== 'string'))
  return isHead ? rowsOf(first.map(textOf), others) : rowsOf([], list)
}

/** Objects, and whatever stands between them, as rows: a column for each key, in the order in which they come. */
const recordRows = (list: readonly Json[], wanted: readonly Json[] = []): PresentedRows => {
  const asked = wanted.map((column) => ({ key: keyOf(column), head: headOf(column) }))
  const isAnyThere = list.some(
    (item) => isJsonObject(item) && asked.some(({ key }) => Object.hasOwn(item, key)),
  )
  const heads = new Map(isAnyThere ? asked.map(({ key, head }) => [key, head]) : [])
  if (!isAnyThere) for (const item of list) for (const key of keysOf(item)) addHead(heads, key)
  const keys = [...heads.keys()]
  const rows = list.map((item) =>
    keys.map((key) =>
      isJsonObject(item) ? (Object.hasOwn(item, key) ? item[key] : null) : key === 'value' ? item : null,
    ),
  )
  return rowsOf([...heads.values()], rows)
}

const addHead = (heads: Map<string, string>, key: string): void => {
  if (!heads.has(key) && heads.size <= mostPresented.columns) heads.set(key, key)
}

const keysOf = (item: Json): readonly string[] => (isJsonObject(item) ? Object.keys(item) : ['value'])

const objectData = (object: JsonObject, depth: number): PresentedData => {
  const labels = firstList(object, ['labels', 'categories', 'x'])
  const several = object['series'] ?? object['datasets']
  if (isList(several) || isJsonObject(several)) return severalSeries(several, labels)
  const columns = firstList(object, ['columns', 'headers', 'header', 'fields'])
  const rows = firstList(object, columns === undefined ? ['rows'] : ['rows', 'data', 'values'])
  if (rows !== undefined) {
    if (rows.some(isJsonObject)) return recordRows(rows, columns)
    const lists = rows.map((row) => (isList(row) ? row : [row]))
    return columns === undefined ? tupleData(lists) : rowsOf(columns.map(headOf), lists)
  }
  if (columns !== undefined && Object.keys(object).length === 1) return rowsOf(columns.map(headOf), [])
  const values = firstList(object, ['values', 'y', 'data', 'points'])
  if (values !== undefined && (labels !== undefined || isSeriesLike(object))) {
    return seriesOf([[nameOf(object), [...values]]], labels)
  }
  const inner = object['data']
  if (inner !== undefined && typeof inner === 'object' && inner !== null && depth < deepest) {
    return dataOf(inner, depth + 1)
  }
  return entryData(object)
}

/** An object whose keys are the labels, or the columns. */
const entryData = (object: JsonObject): PresentedData => {
  const entries = Object.entries(object)
  if (entries.length === 0) return { columns: [], rows: [] }
  if (entries.every(([, value]) => isList(value))) {
    const columns = entries as [string, Json[]][]
    const height = Math.max(...columns.map(([, cells]) => cells.length))
    const rows = Array.from({ length: Math.min(height, mostPresented.rows + 1) }, (_, row) =>
      columns.map(([, cells]) => cells[row]),
    )
    return rowsOf(
      entries.map(([key]) => key),
      rows,
    )
  }
  if (entries.every(([, value]) => isJsonObject(value))) {
    const { columns, rows } = recordRows(entries.map(([, value]) => value))
    return rowsOf(
      ['label', ...columns],
      rows.map((row, index) => [entries[index]?.[0] ?? '', ...row]),
    )
  }
  return rowsOf(['label', 'value'], entries)
}

/** A list of series, of lists of values, or an object from name to values. */
const severalSeries = (several: Json[] | JsonObject, labels: readonly Json[] | undefined): PresentedData => {
  if (!isList(several)) return seriesOf(Object.entries(several), labels)
  const areBare = several.length > 0 && several.every((item) => isNumberOrGap(item))
  if (areBare) return seriesOf([['value', several]], labels)
  return seriesOf(
    several.map((item, index) => [nameOf(item, `series ${index + 1}`), item]),
    labels,
  )
}

const seriesOf = (
  several: readonly (readonly [string, Json])[],
  labels: readonly Json[] | undefined,
): PresentedSeries => ({
  series: several.slice(0, mostPresented.series + 1).map(([name, item]) => {
    const own = isJsonObject(item) ? firstList(item, ['labels', 'x']) : undefined
    const values = isJsonObject(item)
      ? (firstList(item, ['points', 'values', 'data', 'y']) ?? [])
      : isList(item)
        ? item
        : [item]
    const points = values
      .slice(0, mostPresented.points + 1)
      .map((value, index) => pointOf(value, (own ?? labels)?.[index] ?? index + 1))
    return { name, points }
  }),
})

const pointOf = (value: Json, place: Json): Point => {
  if (isList(value)) return [cellOf(value[0]), numberOf(cellOf(value[1]))]
  if (!isJsonObject(value)) return [cellOf(place), numberOf(cellOf(value))]
  const x = value['x'] ?? value['label'] ?? value['name'] ?? value['date'] ?? value['time'] ?? place
  return [cellOf(x), numberOf(cellOf(value['y'] ?? value['value'] ?? null))]
}

const isSeriesLike = (item: Json): boolean =>
  isJsonObject(item) &&
  ['points', 'values', 'data'].some((key) => isList(item[key])) &&
  Object.entries(item).every(
    ([key, value]) => typeof value !== 'object' || value === null || partsOfSeries.has(key),
  )

const partsOfSeries = new Set(['points', 'values', 'data', 'labels', 'x', 'y', 'style', 'options'])

const nameOf = (item: Json, otherwise = 'value'): string => {
  if (!isJsonObject(item)) return otherwise
  const name = item['name'] ?? item['label'] ?? item['title'] ?? item['id']
  return typeof name === 'string' || typeof name === 'number' ? textOf(name) : otherwise
}

const keyOf = (column: Json): string =>
  isJsonObject(column)
    ? textOf(column['key'] ?? column['field'] ?? column['id'] ?? column['name'] ?? headOf(column))
    : textOf(column)

const headOf = (column: Json): string =>
  isJsonObject(column)
    ? textOf(
        column['label'] ??
          column['title'] ??
          column['header'] ??
          column['name'] ??
          column['key'] ??
          column['field'] ??
          '',
      )
    : textOf(column)

const firstList = (object: JsonObject, names: readonly string[]): readonly Json[] | undefined => {
  for (const name of names) {
    const value = object[name]
    if (isList(value)) return value
  }
  return undefined
}

/** Rows of one length: as wide as the widest, columns without a head numbered. */
const rowsOf = (
  heads: readonly string[],
  rows: readonly (readonly (Json | undefined)[])[],
): PresentedRows => {
  const kept = rows.slice(0, mostPresented.rows + 1)
  const widest = kept.reduce((most, row) => Math.max(most, row.length), heads.length)
  const columns = Array.from(
    { length: Math.min(widest, mostPresented.columns + 1) },
    (_, index) => heads[index] ?? String(index + 1),
  )
  return { columns, rows: kept.map((row) => columns.map((_, index) => cellOf(row[index]))) }
}
