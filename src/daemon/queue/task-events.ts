import type { EventDraft } from '../../protocol/event.ts'
import type { Task, TaskChanges, TaskError, TaskStatus } from '../../protocol/task.ts'
import type { StoreView } from '../store/store.ts'
import { waitingStatus } from './admission.ts'
import { checkTransition } from './transitions.ts'

interface StatusChange {
  readonly task: Task
  readonly status: TaskStatus
  readonly message: string
  /** What the user or the daemon was about to do, for the refusal: "cancel", "retry" … */
  readonly verb: string
  readonly error?: TaskError
  readonly changes?: TaskChanges
  readonly fresh?: boolean
}

/** A `status` event, or `conflict` where the task may not go there. */
export const statusDraft = ({
  task,
  status,
  message,
  verb,
  error,
  changes,
  fresh,
}: StatusChange): EventDraft => {
  checkTransition(task, status, verb)
  return {
    task_id: task.id,
    attempt: changes?.attempt ?? task.attempt,
    step: task.progress.step,
    type: 'status',
    data: {
      status,
      previous: task.status,
      message,
      ...(error === undefined ? {} : { error }),
      changes: changes ?? {},
      ...(fresh === undefined ? {} : { fresh }),
    },
  }
}

/**
 * What the end of a task means for those that wait for it: after a success they may start, after a failure they
 * fail, and so do those that wait for them.
 */
export const dependantsDrafts = (view: StoreView, ended: Task, now: Date): EventDraft[] => {
  const drafts: EventDraft[] = []
  const failed = new Set<string>()
  const causes = [ended]
  for (let cause = causes.shift(); cause !== undefined; cause = causes.shift()) {
    const { id, status } = cause
    const dependants = view.dependants(id).filter((task) => !failed.has(task.id))
    for (const task of dependants) {
      if (status === 'completed') {
        drafts.push(...unblocked(task, { find: (other) => (other === id ? ended : view.task(other)), now }))
      } else {
        drafts.push(dependencyFailed(task, cause, now))
        failed.add(task.id)
        causes.push({ ...task, status: 'failed' })
      }
    }
  }
  return drafts
}

const unblocked = (
  task: Task,
  state: { find: (id: string) => Task | undefined; now: Date },
): EventDraft[] => {
  if (task.status !== 'blocked') return []
  const status = waitingStatus(task, state)
  return status === 'blocked'
    ? []
    : [statusDraft({ task, status, verb: 'unblock', message: 'What it waited for is completed' })]
}

/** The first dependency that can no longer be completed; undefined where there is none. */
export const brokenDependency = (task: Task, find: (id: string) => Task | undefined): Task | undefined =>
  task.depends_on
    .map(find)
    .find((dependency) => dependency?.status === 'failed' || dependency?.status === 'cancelled')

export const dependencyFailed = (
  task: Task,
  broken: Pick<Task, 'number' | 'status'>,
  now: Date,
): EventDraft => {
  const message = `task ${broken.number}, which this one waits for, is ${broken.status}`
  return statusDraft({
    task,
    status: 'failed',
    verb: 'fail',
    message: `Task failed: ${message}`,
    error: { code: 'dependency_failed', message, retryable: false },
    changes: { finished_at: now.toISOString() },
  })
}
