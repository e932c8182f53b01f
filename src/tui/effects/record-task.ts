import type { Task } from '../../protocol/task.ts'
import type { FrameStore } from '../state/frame-store.ts'
import { Recorder } from '../state/recording.ts'
import type { WatchSource } from '../watch-source.ts'

interface Recorded {
  readonly store: FrameStore
  readonly source: Pick<WatchSource, 'taskEvents'>
  readonly task: Task
  readonly since: number
  readonly signal: AbortSignal
}

/** Reads all events of a task that there are now, and hands them to the screen for its replay. */
export const recordTask = async ({ store, source, task, since, signal }: Recorded): Promise<void> => {
  const recorder = new Recorder(task, since)
  let after: number | null = 0
  while (after !== null && !signal.aborted) {
    const page = await source.taskEvents(task.id, after)
    recorder.take(page.events)
    store.dispatch({ type: 'recording', read: recorder.count })
    after = page.next_after
  }
  if (!signal.aborted) store.dispatch({ type: 'recorded', recording: recorder.recording() })
}
