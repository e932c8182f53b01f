import type { ReactNode } from 'react'
import { Rows } from '../components/rows.tsx'
import { pagerHeading } from '../layout/pager-lines.ts'
import { viewAt } from '../layout/viewport.ts'
import { pagerDocument, pagerHeight, type Pager } from '../state/pager.ts'
import type { WatchState } from '../state/watch-state.ts'

interface PagerProps {
  readonly state: WatchState
  readonly pager: Pager
}

/** One entry on the whole screen, between its heading and the keys. */
export const PagerScreen = ({ state, pager }: PagerProps): ReactNode => {
  const { size } = state
  const height = pagerHeight(size)
  const { rows } = viewAt(pagerDocument(pager, size.columns), pager.anchor, height)
  return (
    <>
      <Rows lines={[pagerHeading(pager, size)]} width={size.columns} height={Math.min(1, size.rows)} />
      <Rows lines={rows.map(({ line }) => line)} width={size.columns} height={height} />
    </>
  )
}
