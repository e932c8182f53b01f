import type { EventDraft } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { emptyUsage, isFinal, type Task } from '../../protocol/task.ts'
import { claimantOf } from '../store/active-tasks.ts'
import type { StoreView } from '../store/store.ts'
import { waitingStatus, type QueueState } from './admission.ts'
import { answersWanted, withPrompt } from './answer-template.ts'
import { brokenDependency } from './dependencies.ts'
import { attemptEnded, triesOf } from './attempt-records.ts'
import { blockedAgainDrafts, dependantsDrafts, statusDraft } from './task-events.ts'

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
    changes: {
      finished_at: now.toISOString(),
      waiting_for: null,
      ...attemptEnded(task, { status: 'cancelled', finishedAt: now.toISOString() }),
    },
  }),
  ...dependantsDrafts(view, { ...task, status: 'cancelled' }, now),
  ...abandonedDrafts(view, task, now),
]

/**
 * What was delegated ends with the attempt that has delegated it. Where that ran, it has ended already, or is to be tried
 * again and has nobody to do so; a daemon that was killed leaves both to be taken up again, and a task that is not is the
 * end of its parts.
 */
export const abandonedDrafts = (view: StoreView, { id, number }: Task, now: Date): EventDraft[] =>
  view
    .children(id)
    .filter((child) => claimantOf(child) === 'parent' && child.status !== 'in_progress')
    .flatMap((child) =>
      cancelDrafts(view, child, {
        reason: `the attempt at task ${number} that it is a part of has ended`,
        now,
      }),
    )

export const retryDrafts = (
  view: StoreView,
  task: Task,
  state: Pick<QueueState, 'find' | 'now'>,
): EventDraft[] => {
  if (!isFinal(task.status)) {
    throw new SparkyError(
      'conflict',
      `cannot retry task ${task.number}: it is ${task.status}, and only what is completed, failed or cancelled can be pending again`,
    )
  }
  checkIsItsOwn(task, state)
  checkCanBeDone(task, state)
  const requestedModel = task.request_payload['model']
  return [
    statusDraft({
      task,
      status: waitingStatus({ ...task, not_before: null, started_at: null }, state),
      verb: 'retry',
      message: 'Queued again by the user',
      fresh: true,
      changes: {
        attempt: task.attempt + 1,
        ...withPrompt(task, task.prompt),
        max_attempts: task.attempt + triesOf(task).tries,
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
    ...blockedAgainDrafts(view, task),
  ]
}

/** Throws `conflict` for what makes no sense without what it is a part of. */
const checkIsItsOwn = (task: Task, { find }: Pick<QueueState, 'find'>): void => {
  if (claimantOf(task) === 'loop') return
  const { number, parent_id } = task
  throw claimantOf(task) === 'chat'
    ? new SparkyError('conflict', `cannot retry task ${number}: it is a turn of a conversation`, {
        hint: 'Say it again in the conversation.',
      })
    : new SparkyError('conflict', `cannot retry task ${number}: it is a part of another task`, {
        hint: `Retry that one: sparky agent tasks retry ${find(parent_id ?? '')?.number ?? parent_id}`,
      })
}

/** Throws `conflict` where what the task needs of others is not to be had, so that it could only fail or wait for ever. */
const checkCanBeDone = (task: Task, { find }: Pick<QueueState, 'find'>): void => {
  const broken = brokenDependency(task, find)
  if (broken !== undefined) {
    throw new SparkyError(
      'conflict',
      `cannot retry task ${task.number}: task ${broken.number}, which it waits for, is ${broken.status}`,
      { hint: `Retry that one first: sparky agent tasks retry ${broken.number}` },
    )
  }
  if (answersWanted(task, find).includes(null)) {
    throw new SparkyError(
      'conflict',
      `cannot retry task ${task.number}: a task whose answer it needs was removed`,
      { hint: 'Add it anew, with the answer in its prompt.' },
    )
  }
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
