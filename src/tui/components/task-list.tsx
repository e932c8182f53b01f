import type { ReactNode } from 'react'
import { span, type Line } from '../layout/line.ts'
import { panesOf } from '../layout/panes.ts'
import { numberWidthOf, taskRow } from '../layout/task-row.ts'
import { listWindow } from '../state/selectors.ts'
import type { WatchState } from '../state/watch-state.ts'
import { Rows } from './rows.tsx'

/** The list of tasks, or a word on why it is empty. */
export const TaskList = ({ state }: { readonly state: WatchState }): ReactNode => {
  const { listWidth, listHeight } = panesOf(state.size)
  return <Rows lines={linesOf(state, listWidth)} width={listWidth} height={listHeight} />
}

const linesOf = (state: WatchState, width: number): readonly Line[] => {
  const layout = { width, numberWidth: numberWidthOf(state) }
  const rows = listWindow(state).ids.flatMap((id) => {
    const task = state.tasks.get(id)
    return task === undefined ? [] : [taskRow(state, task, layout)]
  })
  return rows.length > 0 ? rows : emptyList(state)
}

const emptyList = ({ search, connection }: WatchState): readonly Line[] => {
  if (search !== '') return [[span('  no task has these words', 'dim')]]
  if (connection.state === 'connecting') return [[span('  connecting …', 'dim')]]
  return [[span('  no tasks yet', 'dim')], [span('  press a to add one', 'dim')]]
}
