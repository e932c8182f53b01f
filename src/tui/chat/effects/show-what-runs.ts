import { delegatedBy } from '../../../protocol/delegated.ts'
import { isFinal } from '../../../protocol/status.ts'
import type { Task } from '../../../protocol/task.ts'
import type { FrameStore } from '../../state/frame-store.ts'
import { selectedTask } from '../../state/selectors.ts'
import type { WatchState } from '../../state/watch-state.ts'
import type { ChatStore } from '../state/chat-store.ts'

/**
 * Until the user has been in the Task Monitor, it shows the task that began last, once the one before has ended: who
 * only looks sees each of them work. From then on the selection is the user's.
 */
export const showWhatRuns = (chat: ChatStore, monitor: FrameStore): (() => void) => {
  let known: ReadonlySet<string> = new Set()
  const look = (): void => {
    const state = monitor.getState()
    const running = runningTasks(state)
    const begun = running.filter(({ id }) => !known.has(id))
    known = new Set(running.map(({ id }) => id))
    const [newest] = begun.toSorted((one, other) => other.number - one.number)
    if (newest === undefined || !isDone(selectedTask(state))) return
    monitor.dispatch({ type: 'selected', taskId: newest.id })
  }
  const releases = [
    monitor.subscribe(look),
    chat.subscribe(() => {
      if (chat.getState().focus === 'monitor') release()
    }),
  ]
  const release = (): void => {
    for (const each of releases) each()
  }
  look()
  return release
}

/** What runs stands first. Turns of a chat are on the screen beside it, and what is delegated stands in its caller. */
const runningTasks = ({ order, tasks }: WatchState): readonly Task[] => {
  const running: Task[] = []
  for (const id of order) {
    const task = tasks.get(id)
    if (task?.status !== 'in_progress') break
    if (task.kind !== 'chat' && delegatedBy(task) === null) running.push(task)
  }
  return running
}

const isDone = (task: Task | null): boolean => task === null || task.kind === 'chat' || isFinal(task.status)
