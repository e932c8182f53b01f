import type { Json } from './task.ts'

export type Cell = string | number | boolean | null

/** JSON that came as a text, as itself. */
export const unwrapped = (value: Json): Json => {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value) as Json
  } catch {
    return value
  }
}

/** A number, also where it is written as text: "1,234.5", "$12", "40 %". Null for anything else. */
export const numberOf = (cell: Cell | undefined): number | null => {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : null
  if (typeof cell !== 'string' || cell.length > 40) return null
  const match = /^([-+−]?)[$€£¥₹]?([-+−]?)(\d{1,3}(?:,\d{3})+|\d*)(\.\d+)?(e[-+]?\d+)?\s?%?$/i.exec(
    cell.trim(),
  )
  if (match === null) return null
  const [, sign = '', inner = '', whole = '', fraction = '', exponent = ''] = match
  if ((whole === '' && fraction === '') || (sign !== '' && inner !== '')) return null
  const size = Number(`${whole.replaceAll(',', '') || '0'}${fraction}${exponent}`)
  if (!Number.isFinite(size)) return null
  return /[-−]/.test(sign + inner) ? -size : size
}

/** A value as a cell: what is inside another value becomes text. */
export const cellOf = (value: Json | undefined): Cell => {
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? null
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return textOf(value)
}

/** A value as a text of bounded length; of what is deep inside it only that there is something. */
export const textOf = (value: Json, depth = 0): string => {
  if (typeof value === 'string') return value.slice(0, longestCell)
  if (typeof value !== 'object' || value === null) return String(value)
  if (depth === deepestInCell) return '…'
  const isArray = Array.isArray(value)
  const parts = isArray
    ? value.slice(0, mostParts).map((item) => textOf(item, depth + 1))
    : Object.entries(value)
        .slice(0, mostParts)
        .map(([key, item]) => `${key}: ${textOf(item, depth + 1)}`)
  const more = Object.keys(value).length > mostParts ? ', …' : ''
  const text = `${parts.join(', ')}${more}`
  return (depth === 0 && isArray ? text : isArray ? `[${text}]` : `{${text}}`).slice(0, longestCell)
}

const mostParts = 20

const deepestInCell = 3
const longestCell = 2000
