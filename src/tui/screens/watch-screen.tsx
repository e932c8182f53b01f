import { Box } from 'ink'
import type { ReactNode } from 'react'
import { Rows } from '../components/rows.tsx'
import { TaskList } from '../components/task-list.tsx'
import { Transcript } from '../components/transcript.tsx'
import { footerLine } from '../layout/footer.ts'
import { headerLine } from '../layout/header.ts'
import { panesOf, type Panes } from '../layout/panes.ts'
import { bottomRule, divider, topRule } from '../layout/rules.ts'
import { titleLines } from '../layout/title.ts'
import type { WatchState } from '../state/watch-state.ts'
import { HelpScreen } from './help-screen.tsx'

/** Everything: the header, the list and the transcript, and the footer. Fills the terminal exactly. */
export const WatchScreen = ({ state }: { readonly state: WatchState }): ReactNode => {
  const panes = panesOf(state.size)
  const { columns, rows } = panes
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Rows lines={[headerLine(state)]} width={columns} height={Math.min(1, rows)} />
      {state.mode.kind === 'help' ? (
        <HelpScreen top={state.mode.top} width={columns} height={Math.max(0, rows - 2)} />
      ) : panes.arrangement === 'beside' ? (
        <BesideEachOther state={state} panes={panes} />
      ) : (
        <Stacked state={state} panes={panes} />
      )}
      <Rows lines={[footerLine(state)]} width={columns} height={rows > 1 ? 1 : 0} />
    </Box>
  )
}

interface PanesProps {
  readonly state: WatchState
  readonly panes: Panes
}

const BesideEachOther = ({ state, panes }: PanesProps): ReactNode => {
  const { columns, listWidth, listHeight, paneWidth, titleHeight } = panes
  return (
    <>
      <Rows lines={[topRule(columns, listWidth)]} width={columns} height={1} />
      <Box height={listHeight}>
        <TaskList state={state} />
        <Rows lines={divider(listHeight, titleHeight)} width={1} height={listHeight} />
        <Box flexDirection="column">
          <Rows lines={titleLines(state)} width={paneWidth} height={titleHeight} />
          <Transcript state={state} />
        </Box>
      </Box>
      <Rows lines={[bottomRule(state, columns, listWidth)]} width={columns} height={1} />
    </>
  )
}

const Stacked = ({ state, panes }: PanesProps): ReactNode => (
  <>
    <TaskList state={state} />
    <Rows lines={titleLines(state)} width={panes.columns} height={panes.titleHeight} />
    <Transcript state={state} />
  </>
)
