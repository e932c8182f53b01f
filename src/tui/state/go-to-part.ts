import type { Task } from '../../protocol/task.ts'
import { itemAt } from './chunked.ts'
import { moveSelectionTo } from './selection.ts'
import { listedIds, selectedTask } from './selectors.ts'
import { delegatedTask, lastDelegated, parentOf } from './task-tree.ts'
import type { WatchState } from './watch-state.ts'

/** What the call that the keys are on has delegated, or else what the selected task has delegated last; null where that is nothing. */
export const partInView = (state: WatchState): Task | null => {
  const { selectedId, transcript, view } = state
  if (selectedId === null) return null
  const entry =
    transcript === null || view.cursor === null ? undefined : itemAt(transcript.entries, view.cursor)
  const ofCall = entry?.kind === 'call' ? delegatedTask(state, selectedId, entry.callId) : null
  return ofCall ?? lastDelegated(state, selectedId)
}

/** The task that has delegated the selected one; null where none has, or it is not listed. */
export const callerOf = (state: WatchState): Task | null => {
  const task = selectedTask(state)
  return task === null ? null : parentOf(state, task)
}

/** To a task wherever it stands in the list; a search that hides it is over. */
export const goTo = (state: WatchState, taskId: string): WatchState => {
  const isHidden = state.search !== '' && !listedIds(state).includes(taskId)
  return moveSelectionTo(isHidden ? { ...state, search: '' } : state, taskId)
}
