import type { EventDraft } from '../../protocol/event.ts'
import type { Task, TaskError } from '../../protocol/task.ts'
import type { StoreView } from '../store/store.ts'
import { attemptEnded } from './attempt-records.ts'
import { nextTry, type NextTry, type RetrySettings } from './retry-policy.ts'
import type { AttemptOutcome } from './running-attempt.ts'
import { statusDraft, workflowEndDrafts } from './task-events.ts'
import { abandonedDrafts, cancelDrafts, endedDrafts } from './user-commands.ts'

interface EndFacts {
  readonly now: Date
  readonly retries: RetrySettings
}

/** The end of an attempt as events: exactly one final or parking status of its task, and what follows for others. */
export const endDrafts = (
  view: StoreView,
  task: Task,
  outcome: AttemptOutcome,
  { now, retries }: EndFacts,
): EventDraft[] => {
  switch (outcome.kind) {
    case 'completed':
      return completedDrafts(view, task, outcome, now)
    case 'cancelled':
      return cancelDrafts(view, task, { reason: outcome.reason, now })
    case 'parked':
      return [statusDraft({ task, status: 'pending', verb: 'park', message: outcome.message })]
    case 'waiting':
      return [waitingDraft(task, outcome)]
    case 'failed': {
      const { error } = outcome
      const next = nextTry(task, error, retries)
      return next === null
        ? failedDrafts(view, task, error, now)
        : [retryDraft(task, error, { ...next, now }), ...abandonedDrafts(view, task, now)]
    }
  }
}

const completedDrafts = (
  view: StoreView,
  task: Task,
  { answer, data }: Extract<AttemptOutcome, { kind: 'completed' }>,
  now: Date,
): EventDraft[] => {
  const finishedAt = now.toISOString()
  return [
    ...workflowEndDrafts(task, 'completed'),
    statusDraft({
      task,
      status: 'completed',
      verb: 'complete',
      message: 'Task completed',
      changes: {
        finished_at: finishedAt,
        response_payload: { answer, data },
        ...attemptEnded(task, { status: 'completed', finishedAt }),
      },
    }),
    ...endedDrafts(view, { ...task, status: 'completed' }, now),
  ]
}

const waitingDraft = (
  task: Task,
  { for: kind, until, message }: Extract<AttemptOutcome, { kind: 'waiting' }>,
): EventDraft =>
  statusDraft({
    task,
    status: 'waiting',
    verb: 'wait',
    message,
    changes: { waiting_for: { kind, until, approval_id: null } },
  })

const failedDrafts = (view: StoreView, task: Task, error: TaskError, now: Date): EventDraft[] => {
  const finishedAt = now.toISOString()
  return [
    ...workflowEndDrafts(task, 'failed', error),
    statusDraft({
      task,
      status: 'failed',
      verb: 'fail',
      message: `Task failed: ${error.message}`,
      error,
      changes: { finished_at: finishedAt, ...attemptEnded(task, { status: 'failed', error, finishedAt }) },
    }),
    ...endedDrafts(view, { ...task, status: 'failed' }, now),
  ]
}

const retryDraft = (
  task: Task,
  error: TaskError,
  { waitMs, maxAttempts, now }: NextTry & { readonly now: Date },
): EventDraft =>
  statusDraft({
    task,
    status: 'pending',
    verb: 'retry',
    message: `Attempt ${task.attempt} of ${maxAttempts} failed: ${error.message}; the next one in ${seconds(waitMs)}`,
    changes: {
      attempt: task.attempt + 1,
      ...(maxAttempts > task.max_attempts ? { max_attempts: maxAttempts } : {}),
      not_before: new Date(now.getTime() + waitMs).toISOString(),
      ...attemptEnded(task, { status: 'failed', error, finishedAt: now.toISOString() }),
    },
  })

const seconds = (ms: number): string => `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)} s`
