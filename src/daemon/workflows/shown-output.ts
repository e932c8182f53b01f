import type { Json } from '../../protocol/task.ts'
import { headOf } from '../tools/truncate.ts'

const maxTextChars = 500
const maxItems = 20
const maxTotalChars = 16_000

/** What a node has changed, as watchers see it: long texts and lists cut; undefined where it is too much all the same. */
export const shownOutput = (changes: Json): Json | undefined => {
  const shown = cut(changes)
  return JSON.stringify(shown).length > maxTotalChars ? undefined : shown
}

const cut = (value: Json): Json => {
  if (typeof value === 'string')
    return value.length <= maxTextChars ? value : `${headOf(value, maxTextChars)}…`
  if (Array.isArray(value)) {
    const more = value.length - maxItems
    return [...value.slice(0, maxItems).map(cut), ...(more > 0 ? [`… ${more} more`] : [])]
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cut(member)]))
}
