import { foldIdOf, type Entry } from '../../state/entry.ts'
import type { LogView } from './chat-state.ts'

/** Whether an entry is shown whole. */
export const isUnfolded = ({ unfoldAll, flipped }: LogView, entry: Entry, index: number): boolean =>
  unfoldAll !== flipped.has(foldKey(entry, index))

/** By what it is remembered that an entry is the other way round than the others. */
export const foldKey = (entry: Entry, index: number): string => foldIdOf(entry) ?? String(index)

export const isFoldable = (entry: Entry): boolean =>
  foldIdOf(entry) !== null || (entry.kind === 'text' && entry.voice === 'thought')

export const withFlipped = (view: LogView, key: string): LogView => {
  const flipped = new Set(view.flipped)
  if (!flipped.delete(key)) flipped.add(key)
  return { ...view, flipped }
}
