import { Box } from 'ink'
import { Fragment, type ReactNode } from 'react'
import { Rows } from '../components/rows.tsx'
import { TaskList } from '../components/task-list.tsx'
import { Transcript } from '../components/transcript.tsx'
import { footerLine } from '../layout/footer.ts'
import { headerLine } from '../layout/header.ts'
import { panesOf, type Panes } from '../layout/panes.ts'
import { bottomRule, divider, paneDivider, topRule } from '../layout/rules.ts'
import { scrubberLine } from '../layout/scrubber.ts'
import { titleLines } from '../layout/title.ts'
import { paneState, visibleTaskIds } from '../state/pinned.ts'
import { shownTaskIds } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { HelpScreen } from './help-screen.tsx'
import { PagerScreen } from './pager-screen.tsx'

/** Everything: the header, the list and the transcript, and the footer. Fills the terminal exactly. */
export const WatchScreen = ({ state }: { readonly state: WatchState }): ReactNode => {
  const panes = panesOf(state.size)
  const { columns, rows } = panes
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      {state.mode.kind !== 'pager' && (
        <Rows lines={[headerLine(state)]} width={columns} height={Math.min(1, rows)} />
      )}
      {state.mode.kind === 'pager' ? (
        <PagerScreen state={state} pager={state.mode.pager} />
      ) : state.mode.kind === 'help' ? (
        <HelpScreen state={state} top={state.mode.top} width={columns} height={Math.max(0, rows - 2)} />
      ) : (
        <Inside state={state} panes={panes} />
      )}
      <Rows lines={[footerLine(state)]} width={columns} height={rows > 1 ? 1 : 0} />
    </Box>
  )
}

interface PanesProps {
  readonly state: WatchState
  readonly panes: Panes
}

/** Between header and footer: the list and the transcripts, and where a replay stands. */
const Inside = ({ state, panes }: PanesProps): ReactNode => {
  const { columns, rows, listWidth, listHeight, ruled, arrangement } = panes
  const isBeside = arrangement === 'beside'
  const inner = isBeside ? listHeight : panes.paneHeight * panes.down
  const rulerWidth = isBeside ? listWidth : 0
  return (
    <>
      <Rows lines={[topRule(columns, rulerWidth)]} width={columns} height={ruled ? 1 : 0} />
      {isBeside ? (
        <Box height={inner}>
          <TaskList state={state} />
          <Rows lines={divider(inner, panes.titleHeight, panes.paneHeight)} width={1} height={inner} />
          <Tiles state={state} panes={panes} />
        </Box>
      ) : (
        <>
          {arrangement === 'stacked' && <TaskList state={state} />}
          <Tiles state={state} panes={panes} />
        </>
      )}
      <Box flexGrow={1} />
      <Rows lines={[bottomRule(state, columns, rulerWidth)]} width={columns} height={ruled ? 1 : 0} />
      {state.replay !== null && rows > 2 && (
        <Rows lines={[scrubberLine(state.replay, columns)]} width={columns} height={1} />
      )}
    </>
  )
}

/** One transcript, or several beside and below each other. */
const Tiles = ({ state, panes }: PanesProps): ReactNode => {
  const { across, paneWidth, paneHeight, titleHeight } = panes
  const ids = visibleTaskIds(state)
  const isOnly = shownTaskIds(state).length === 1
  const rows = Array.from({ length: Math.ceil(ids.length / across) }, (_, row) =>
    ids.slice(row * across, (row + 1) * across),
  )
  return (
    <Box flexDirection="column" flexShrink={0}>
      {rows.map((row) => (
        <Box key={row[0]} height={paneHeight} flexShrink={0}>
          {row.map((id, column) => {
            const shown = paneState(state, id)
            const focus = isOnly ? 'only' : id === state.selectedId ? 'yes' : 'no'
            return (
              <Fragment key={id}>
                {column > 0 && (
                  <Rows lines={paneDivider(paneHeight, titleHeight)} width={1} height={paneHeight} />
                )}
                <Box flexDirection="column" flexShrink={0} width={paneWidth}>
                  <Rows lines={titleLines(shown, focus)} width={paneWidth} height={titleHeight} />
                  <Transcript state={shown} />
                </Box>
              </Fragment>
            )
          })}
        </Box>
      ))}
    </Box>
  )
}
