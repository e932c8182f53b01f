import type { EventDraft } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { emptyUsage, isFinal, type Task } from '../../protocol/task.ts'
import type { StoreView } from '../store/store.ts'
import { waitingStatus, type QueueState } from './admission.ts'
import { dependantsDrafts, statusDraft } from './task-events.ts'

/** What a user's commands make of a task, as events; each throws `conflict` where the task's status does not allow it. */

export const cancelDrafts = (
  view: StoreView,
  task: Task,
  { reason, now }: { readonly reason: string | null; readonly now: Date },
): EventDraft[] => [
  statusDraft({
    task,
    status: 'cancelled',
    verb: 'cancel',
    message: reason === null ? 'Task cancelled' : `Task cancelled: ${reason}`,
    changes: { finished_at: now.toISOString(), waiting_for: null },
  }),
  ...dependantsDrafts(view, { ...task, status: 'cancelled' }, now),
]

export const retryDrafts = (task: Task, state: QueueState): EventDraft[] => {
  if (!isFinal(task.status)) {
    throw new SparkyError(
      'conflict',
      `cannot retry task ${task.number}: it is ${task.status}, and only what is completed, failed or cancelled can be pending again`,
    )
  }
  const requestedModel = task.request_payload['model']
  return [
    statusDraft({
      task,
      status: waitingStatus({ ...task, not_before: null }, state),
      verb: 'retry',
      message: 'Queued again by the user',
      fresh: true,
      changes: {
        attempt: task.attempt + 1,
        response_payload: null,
        waiting_for: null,
        model: typeof requestedModel === 'string' ? requestedModel : null,
        progress: { step: 0, max_steps: task.limits.max_steps, note: null },
        usage: emptyUsage,
        not_before: null,
        started_at: null,
        finished_at: null,
      },
    }),
  ]
}

export const pauseDrafts = (task: Task): EventDraft[] =>
  task.status === 'paused'
    ? []
    : [statusDraft({ task, status: 'paused', verb: 'pause', message: 'Paused by the user' })]

export const resumeDrafts = (task: Task, state: QueueState): EventDraft[] => {
  if (task.status !== 'paused') {
    throw new SparkyError('conflict', `cannot resume task ${task.number}: it is ${task.status}, not paused`)
  }
  return [
    statusDraft({ task, status: waitingStatus(task, state), verb: 'resume', message: 'Resumed by the user' }),
  ]
}

export const removeDraft = (task: Task): EventDraft => {
  if (!isFinal(task.status)) {
    throw new SparkyError(
      'conflict',
      `cannot remove task ${task.number}: it is ${task.status}, not finished`,
      {
        hint: `Cancel it first: sparky agent tasks cancel ${task.number}`,
      },
    )
  }
  return { task_id: task.id, type: 'task_removed', data: {} }
}
