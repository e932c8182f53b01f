import { Box } from 'ink'
import type { ReactNode } from 'react'
import { Rows } from '../components/rows.tsx'
import { span, type Line } from '../layout/line.ts'
import { viewAt } from '../layout/viewport.ts'
import { WatchScreen } from '../screens/watch-screen.tsx'
import type { WatchState } from '../state/watch-state.ts'
import { chatHeader } from './layout/chat-header.ts'
import { chatPanes, type ChatPanes } from './layout/chat-panes.ts'
import { inputRule, statusLine } from './layout/chat-status.ts'
import { inputRows, popupRows } from './layout/input-rows.ts'
import { pickerLines } from './layout/picker-lines.ts'
import { emptyLogLines } from './layout/welcome.ts'
import { logDocument } from './layout/log-document.ts'
import type { ChatState } from './state/chat-state.ts'

interface ChatScreenProps {
  readonly state: ChatState
  /** Null where there is no Task Monitor. */
  readonly monitor: WatchState | null
}

/** The conversation, the input and the status line; for the Task Monitor's user the tasks beside or below them. */
export const ChatScreen = ({ state, monitor }: ChatScreenProps): ReactNode => {
  const panes = chatPanes(state)
  const { columns, rows } = state.size
  const shown = monitor === null ? null : panes.monitor
  const hasFocus = state.focus === 'monitor'
  return (
    <Box flexDirection={shown?.at === 'beside' ? 'row' : 'column'} width={columns} height={rows}>
      <Chat state={state} panes={panes} />
      {shown !== null && monitor !== null && (
        <>
          {shown.at === 'beside' ? (
            <Rows lines={upright(rows, hasFocus)} width={1} height={rows} />
          ) : (
            <Rows
              lines={[[span((hasFocus ? '━' : '─').repeat(columns), hasFocus ? 'running' : 'dim')]]}
              width={columns}
              height={1}
            />
          )}
          <WatchScreen state={monitor} />
        </>
      )}
    </Box>
  )
}

/** Heavier beside a Task Monitor that has the keyboard. */
const upright = (height: number, hasFocus: boolean): readonly Line[] =>
  Array.from({ length: height }, () => [span(hasFocus ? '┃' : '│', hasFocus ? 'running' : 'dim')])

const Chat = ({ state, panes }: { readonly state: ChatState; readonly panes: ChatPanes }): ReactNode => {
  const { width, height, logHeight } = panes
  if (height <= 0) return null
  return (
    <Box flexDirection="column" flexShrink={0} width={width} height={height}>
      <Rows lines={[chatHeader(state, width)]} width={width} height={panes.headerHeight} />
      <Rows lines={logLines(state, width, logHeight)} width={width} height={logHeight} />
      <Rows lines={pickerLines(state, width, panes.pickerHeight)} width={width} height={panes.pickerHeight} />
      <Rows lines={[inputRule(state, width)]} width={width} height={panes.ruleHeight} />
      <Rows lines={popupRows(state, width, panes.popupHeight)} width={width} height={panes.popupHeight} />
      <Rows lines={inputRows(state, width, panes.inputHeight)} width={width} height={panes.inputHeight} />
      <Rows lines={[statusLine(state, width)]} width={width} height={panes.statusHeight} />
    </Box>
  )
}

/** Only what is visible is laid out; a short conversation begins at the top. */
const logLines = (state: ChatState, width: number, height: number): readonly Line[] => {
  const { rows } = viewAt(logDocument(state, width), state.view.anchor, height)
  if (rows.length === 0) return emptyLogLines(state, width, height)
  const { cursor } = state.view
  const first = rows.findIndex(({ index, line }) => index === cursor && line.length > 0)
  return rows.map(({ index, line }, at): Line => {
    const mark = index !== cursor || at < first ? ' ' : at === first ? '▸' : '│'
    return [span(mark, 'running'), ...line]
  })
}
