import { neighbour } from '../layout/viewport.ts'
import { entryKinds, everything, withKindToggled, type EntryFilter } from './entry-filter.ts'
import { lookAgain } from './find.ts'
import type { KeyPress } from './key-names.ts'
import { transcriptDocument } from './selectors.ts'
import { endOf, startOf, withView } from './view.ts'
import type { WatchState } from './watch-state.ts'

/** A key of the open filter: shows or hides a kind at once. Any other key closes it. */
export const filterTyped = (state: WatchState, press: KeyPress): WatchState => {
  const name = press.kind === 'key' ? press.name : ''
  const { filter } = state.view
  const kind = entryKinds.find(({ key }) => key === name)
  if (kind !== undefined) return withFilter(state, withKindToggled(filter, kind))
  if (name === 'e') {
    const preset = filter.preset === 'errors' ? 'everything' : 'errors'
    return withFilter(state, { ...filter, preset })
  }
  if (name === 'a') return withFilter(state, everything)
  return { ...state, mode: { kind: 'browse' } }
}

/** What was at the top of the window stays there, or what is shown next to it. */
export const withFilter = (state: WatchState, filter: EntryFilter): WatchState => {
  const filtered = lookAgain(withView(state, { filter }))
  const { cursor } = state.view
  if (cursor === null) return filtered
  const document = { ...transcriptDocument(filtered), start: startOf(state), end: endOf(filtered) }
  const nearest = neighbour(document, cursor + 1, -1) ?? neighbour(document, cursor, 1)
  return withView(filtered, { cursor: nearest ?? cursor })
}
