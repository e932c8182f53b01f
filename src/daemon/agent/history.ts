import type { StoredEvent } from '../../protocol/event.ts'
import type { TaskEnvironment } from '../../protocol/task-environment.ts'
import type { Task } from '../../protocol/task.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { Store } from '../store/store.ts'
import { endGroup, startTicksOf } from '../tools/process-group.ts'
import type { StartedProcess } from '../tools/tool.ts'
import { interruptedDraft } from './run-calls.ts'
import { Transcript } from './transcript.ts'

/** Reads all that has happened to a task into its transcript; resolves with what it was added with. */
export const readHistory = async (
  transcript: Pick<Transcript, 'add'>,
  task: Pick<Task, 'id' | 'first_seq'>,
  store: Pick<Store, 'events'>,
  onEvent: (event: StoredEvent) => void = () => {},
): Promise<AddedWith> => {
  let added: AddedWith = { environment: {}, history: null }
  for await (const events of store.events({ taskId: task.id, after: task.first_seq - 1 })) {
    for (const event of events) {
      if (event.type === 'task_added') added = addedWith(event)
      transcript.add(event)
      onEvent(event)
    }
  }
  return added
}

/** What is kept of a task's addition, and shown to nobody. */
export interface AddedWith {
  readonly environment: TaskEnvironment
  /** What was said and done before it was delegated, where it is to know that. */
  readonly history: string | null
}

const addedWith = (event: StoredEvent): AddedWith => {
  const { environment = {}, history = null } = (event.private ?? {}) as Partial<AddedWith>
  return { environment, history }
}

/** Ends what a daemon that is gone has left running of these tasks: before anything else, as nobody watches it any more. */
export const endLeftoversOf = async (
  tasks: readonly Task[],
  store: Pick<Store, 'events'>,
  onEnded: (task: Task, process: StartedProcess) => void,
): Promise<void> => {
  for (const task of tasks) {
    const transcript = new Transcript()
    await readHistory(transcript, task, store)
    await endLeftovers(transcript, (process) => onEnded(task, process))
  }
}

/** Ends the processes of calls that a daemon which is gone had started and not ended. */
export const endLeftovers = async (
  transcript: Transcript,
  onEnded: (process: StartedProcess) => void,
): Promise<void> => {
  await Promise.all(
    transcript.unanswered.map(async ({ process }) => {
      if (process !== null && (await endLeftover(process))) onEnded(process)
    }),
  )
}

/** A number may be another process's by now: only one that started at the same time is the same. */
const endLeftover = async ({ pid, startTicks }: StartedProcess): Promise<boolean> =>
  startTicks !== null && startTicksOf(pid) === startTicks && (await endGroup(pid))

/** Results for calls that were lost with an earlier daemon and belong to no turn that still counts. */
export const lostCalls = (transcript: Transcript): AttemptDraft[] => {
  const open = new Set(transcript.openCalls.map(({ callId }) => callId))
  return transcript.unanswered
    .filter(({ callId }) => !open.has(callId))
    .map((use) => interruptedDraft(use, 'the daemon ended while it ran', transcript.turn?.step ?? 0))
}
