import type { ReactNode } from 'react'
import { span, type Line } from '../layout/line.ts'
import { panesOf } from '../layout/panes.ts'
import { viewAt } from '../layout/viewport.ts'
import { rowOfMatch } from '../state/find.ts'
import { transcriptDocument } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { Rows } from './rows.tsx'

/** The visible part of the selected task's transcript; a mark stands before the entry, or the match, that the keys work on. */
export const Transcript = ({ state }: { readonly state: WatchState }): ReactNode => {
  const { paneWidth, transcriptHeight } = panesOf(state.size)
  const { rows } = viewAt(transcriptDocument(state), state.view.anchor, transcriptHeight)
  const markedRow = rowOfMatch(state) ?? 0
  const lines = rows.map(({ index, row, line }): Line => {
    const isMarked = index === state.view.cursor && row === markedRow
    return [span(isMarked ? '▸' : ' ', 'running'), ...line]
  })
  return <Rows lines={lines} width={paneWidth} height={transcriptHeight} />
}
