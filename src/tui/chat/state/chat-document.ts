import { itemAt } from '../../state/chunked.ts'
import type { Entry } from '../../state/entry.ts'
import type { ConversationLog, Remark } from './conversation-log.ts'
import type { Turn } from './turn.ts'

/**
 * A conversation as a document of numbered places: each item has room for so many, of which only the first few are
 * there. So a place keeps its number while other items grow, or get the events of their past.
 */
const stride = 2 ** 20

/** What stands at a place. */
export type Place =
  | { readonly kind: 'remark'; readonly remark: Remark; readonly index: number }
  | { readonly kind: 'said'; readonly turn: Turn; readonly index: number }
  | { readonly kind: 'entry'; readonly turn: Turn; readonly entry: Entry; readonly index: number }
  /** The answer of a past turn whose events are not there. */
  | { readonly kind: 'brief'; readonly turn: Turn; readonly index: number }
  /** What is being said right now. */
  | { readonly kind: 'tail'; readonly turn: Turn; readonly index: number }

export const documentStart = ({ clearedTo }: ConversationLog): number => clearedTo * stride
export const documentEnd = ({ items }: ConversationLog): number => items.length * stride

/** The nearest place in a direction, the given one included, where something may stand. */
export const seekPlace = (log: ConversationLog, index: number, step: 1 | -1): number => {
  const item = log.items[Math.floor(index / stride)]
  if (item === undefined || index < 0) return index
  const first = index - (index % stride)
  const count = placesOf(item)
  if (index - first < count) return index
  return step === 1 ? first + stride : first + count - 1
}

export const placeAt = (log: ConversationLog, index: number): Place | null => {
  const item = log.items[Math.floor(index / stride)]
  const offset = index % stride
  if (item === undefined || offset >= placesOf(item)) return null
  if (item.kind === 'remark') return { kind: 'remark', remark: item, index }
  if (offset === 0) return { kind: 'said', turn: item, index }
  if (isBrief(item)) return { kind: 'brief', turn: item, index }
  const { entries } = item.transcript
  const entry = itemAt(entries, entries.start + offset - 1)
  return entry === undefined
    ? { kind: 'tail', turn: item, index }
    : { kind: 'entry', turn: item, entry, index }
}

/** The item that a place belongs to. */
export const itemIndexOf = (index: number): number => Math.floor(index / stride)

const placesOf = (item: Turn | Remark): number => {
  if (item.kind === 'remark') return 1
  if (isBrief(item)) return 2
  const { entries } = item.transcript
  return entries.end - entries.start + 2
}

const isBrief = ({ brief, transcript }: Turn): boolean => brief !== null && transcript.loading
