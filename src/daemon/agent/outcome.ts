import { SparkyError } from '../../protocol/failure.ts'
import type { Task, TaskError } from '../../protocol/task.ts'
import type { AttemptDraft, AttemptOutcome, StopReason } from '../queue/running-attempt.ts'
import type { ProgressFacts } from './private-facts.ts'
import type { EngineEnd } from './react.ts'

/** How an attempt ends: a cancel always wins; else what the engine came to; else the reason that stopped it. */
export const outcomeOf = (end: EngineEnd, reason: StopReason | null, step: number): AttemptOutcome => {
  if (reason?.kind === 'cancel') return { kind: 'cancelled', reason: reason.reason }
  if (end.kind === 'answered') return { kind: 'completed', answer: end.answer, data: end.data }
  if (end.kind === 'failed') return { kind: 'failed', error: end.error }
  if (end.kind === 'waiting') return end
  if (reason?.kind === 'limit') {
    const { code, message } = reason
    return {
      kind: 'failed',
      // Another attempt has its whole time again; of steps, tokens and money a task has no more than it has.
      error: { code, message, retryable: code === 'stalled' || code === 'limit_time' },
    }
  }
  return { kind: 'parked', message: `The daemon stops; the task goes on after step ${step}` }
}

/** Why the calls of an attempt that is told to stop are interrupted, for people and models. */
export const stopMessage = (reason: StopReason): string => {
  if (reason.kind === 'limit') return reason.message
  return reason.kind === 'cancel' ? 'the task was cancelled' : 'the daemon was stopped'
}

/** What ended an attempt that threw, as the task's error: with what to do about it, where that is known. */
export const taskErrorOf = (error: unknown): TaskError => {
  if (!(error instanceof SparkyError)) {
    const message = `a fault in Sparky itself: ${error instanceof Error ? error.message : String(error)}`
    return { code: 'internal', message, retryable: false }
  }
  const { code, message, hint, retryable } = error
  return { code, message: hint === null ? message : `${message.replace(/\.$/, '')}. ${hint}`, retryable }
}

/** Something that went wrong, and ends nothing. */
export const problemDraft = ({ code, message, retryable }: SparkyError): AttemptDraft => ({
  type: 'error',
  data: { code, message, retryable },
})

/** Says where an attempt that is to go on stands, and what it waits for. */
export const parkedDraft = (
  task: Task,
  step: number,
  facts: Pick<Extract<ProgressFacts, { kind: 'parked' }>, 'for' | 'ranMs'>,
): AttemptDraft => ({
  type: 'progress',
  step,
  data: { step, max_steps: task.limits.max_steps, note: null },
  private: { kind: 'parked', ...facts } satisfies ProgressFacts,
})

/** A task that was taken up so often without anything coming of it is given up: it may be what ends the daemon. */
export const maxSilentClaims = 10

export const givenUp: EngineEnd = {
  kind: 'failed',
  error: {
    code: 'internal',
    message:
      `the daemon ended ${maxSilentClaims} times in a row while this task ran, without anything coming of it, ` +
      'so it is not taken up again by itself; "sparky agent tasks retry" starts it afresh',
    retryable: false,
  },
}
