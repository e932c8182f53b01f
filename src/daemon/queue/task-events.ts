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
    // What ends an attempt is part of it, also where another one follows; a user's retry begins one.
    attempt: (fresh === true ? changes?.attempt : undefined) ?? task.attempt,
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

/** What those who watch a workflow are told with its end; nothing where the task is none. */
export const workflowEndDrafts = (
  { id, kind, attempt, progress }: Task,
  status: 'completed' | 'failed' | 'cancelled',
  error?: Pick<TaskError, 'message'>,
): EventDraft[] =>
  kind === 'workflow'
    ? [
        {
          task_id: id,
          attempt,
          step: progress.step,
          type: 'workflow_status',
          data: { workflow_id: id, status, ...(error === undefined ? {} : { error: error.message }) },
        },
      ]
    : []

/**
 * What it means that these tasks end together for those that wait for them and have not started: they may start, or where
 * they needed a success they fail, and with them what waits for them.
 */
export const dependantsDrafts = (view: StoreView, ended: readonly Task[], now: Date): EventDraft[] => {
  const after = new Map(ended.map((task) => [task.id, task]))
  const find = (id: string): Task | undefined => after.get(id) ?? view.task(id)
  const drafts: EventDraft[] = []
  const freed = new Map<string, Task>()
  for (const cause of after.values()) {
    for (const task of view.dependants(cause.id)) {
      if (task.started_at !== null || after.has(task.id)) continue
      if (cause.status === 'completed' || task.depends_on_any.includes(cause.id)) {
        freed.set(task.id, task)
      } else {
        drafts.push(...dependencyFailed(task, cause, now))
        // What waits for this one is looked at in its turn.
        after.set(task.id, { ...task, status: 'failed' })
      }
    }
  }
  const unblocked = [...freed.values()].filter(({ id, status }) => status === 'blocked' && !after.has(id))
  for (const task of unblocked) {
    const status = waitingStatus(task, { find, now })
    if (status !== 'blocked')
      drafts.push(statusDraft({ task, status, verb: 'unblock', message: 'What it waited for has ended' }))
  }
  return drafts
}

/** What it means for those that wait for a task, and have not started, that it is to run again. */
export const blockedAgainDrafts = (view: StoreView, again: Task): EventDraft[] =>
  view
    .dependants(again.id)
    .filter(
      ({ status, started_at }) => started_at === null && (status === 'pending' || status === 'scheduled'),
    )
    .map((task) =>
      statusDraft({
        task,
        status: 'blocked',
        verb: 'block',
        message: `Task ${again.number}, which it waits for, runs again`,
      }),
    )

export const dependencyFailed = (
  task: Task,
  broken: Pick<Task, 'number' | 'status'>,
  now: Date,
): EventDraft[] => {
  const message = `task ${broken.number}, which this one waits for, is ${broken.status}`
  const error = { code: 'dependency_failed' as const, message, retryable: false }
  return [
    ...workflowEndDrafts(task, 'failed', error),
    statusDraft({
      task,
      status: 'failed',
      verb: 'fail',
      message: `Task failed: ${message}`,
      error,
      changes: { finished_at: now.toISOString() },
    }),
  ]
}
