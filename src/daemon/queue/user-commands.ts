import type { EventDraft } from '../../protocol/event.ts'
import { SparkyError } from '../../protocol/failure.ts'
import { emptyUsage, isFinal, type Task } from '../../protocol/task.ts'
import { claimantOf } from '../store/active-tasks.ts'
import type { StoreView } from '../store/store.ts'
import { waitingStatus, type QueueState } from './admission.ts'
import { answersWanted, withPrompt } from './answer-template.ts'
import { brokenDependency } from './dependencies.ts'
import { attemptEnded, triesOf } from './attempt-records.ts'
import { blockedAgainDrafts, dependantsDrafts, statusDraft, workflowEndDrafts } from './task-events.ts'

/** What a user's commands make of a task, as events; each throws `conflict` where the task's status does not allow it. */

export const cancelDrafts = (
  view: StoreView,
  task: Task,
  { reason, now }: { readonly reason: string | null; readonly now: Date },
): EventDraft[] => [
  ...workflowEndDrafts(task, 'cancelled'),
  cancelledDraft(task, reason, now),
  ...endedDrafts(view, { ...task, status: 'cancelled' }, now),
]

const cancelledDraft = (task: Task, reason: string | null, now: Date): EventDraft =>
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
  })

/** What the end of a task means for others: for its parts, and for those that wait for it or for one of them. */
export const endedDrafts = (view: StoreView, ended: Task, now: Date): EventDraft[] => {
  const parts = abandonedParts(view, ended)
  return [
    ...cancelledParts(parts, ended, now),
    ...dependantsDrafts(view, [ended, ...parts.map(asCancelled)], now),
  ]
}

/**
 * What was delegated ends with the attempt that has delegated it. Where that ran, it has ended already, or is to be tried
 * again and has nobody to do so; a daemon that was killed leaves both to be taken up again, and a task that is not is the
 * end of its parts.
 */
export const abandonedDrafts = (view: StoreView, task: Task, now: Date): EventDraft[] => {
  const parts = abandonedParts(view, task)
  return [...cancelledParts(parts, task, now), ...dependantsDrafts(view, parts.map(asCancelled), now)]
}

/** What was delegated and does not run, and what that has delegated in its turn. */
const abandonedParts = (view: StoreView, { id }: Task): readonly Task[] =>
  view
    .children(id)
    .filter((child) => claimantOf(child) === 'parent' && child.status !== 'in_progress')
    .flatMap((child) => [child, ...abandonedParts(view, child)])

const cancelledParts = (parts: readonly Task[], { number }: Task, now: Date): EventDraft[] =>
  parts.map((part) =>
    cancelledDraft(part, `the attempt at task ${number} that it is a part of has ended`, now),
  )

const asCancelled = (task: Task): Task => ({ ...task, status: 'cancelled' })

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
  checkIsItsOwn(task, state, 'retry')
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

/**
 * Throws `conflict` for what makes no sense without what it is a part of: what was said in a conversation stays as it was
 * said, and what was delegated runs when, and as, the one that waits for it wants it.
 */
export const checkIsItsOwn = (
  task: Task,
  { find }: Pick<QueueState, 'find'>,
  verb: 'retry' | 'pause' | 'edit',
): void => {
  if (claimantOf(task) === 'loop') return
  const { number, parent_id } = task
  const parent = find(parent_id ?? '')?.number ?? parent_id
  throw claimantOf(task) === 'chat'
    ? new SparkyError('conflict', `cannot ${verb} task ${number}: it is a turn of a conversation`, {
        hint: verb === 'retry' ? 'Say it again in the conversation.' : `Or cancel it: ${cancelling(number)}`,
      })
    : new SparkyError('conflict', `cannot ${verb} task ${number}: it is a part of task ${parent}`, {
        hint:
          verb === 'retry'
            ? `Retry that one: sparky agent tasks retry ${parent}`
            : `Or cancel it, and that one goes on without it: ${cancelling(number)}`,
      })
}

const cancelling = (number: number): string => `sparky agent tasks cancel ${number}`

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

export const pauseDrafts = (task: Task, state: Pick<QueueState, 'find'>): EventDraft[] => {
  if (task.status === 'paused') return []
  const draft = statusDraft({ task, status: 'paused', verb: 'pause', message: 'Paused by the user' })
  checkIsItsOwn(task, state, 'pause')
  return [draft]
}

export const resumeDrafts = (task: Task, state: QueueState): EventDraft[] => {
  if (task.status !== 'paused') {
    throw new SparkyError('conflict', `cannot resume task ${task.number}: it is ${task.status}, not paused`)
  }
  return [
    statusDraft({ task, status: waitingStatus(task, state), verb: 'resume', message: 'Resumed by the user' }),
  ]
}
