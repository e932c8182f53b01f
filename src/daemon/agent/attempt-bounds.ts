import type { RunningAttempt } from '../queue/running-attempt.ts'
import { AttemptClock } from './attempt-clock.ts'
import { stallMessage, timeLimitMessage } from './limits.ts'
import { StallWatch } from './stall-watch.ts'

interface BoundedAttempt {
  readonly attempt: Pick<RunningAttempt, 'task' | 'stop'>
  readonly stallTimeoutMs: () => number
  /** Who is to be blamed for a silence: the tools that run, or else the model. */
  readonly silentParts: () => readonly string[]
}

/** How long an attempt may take, and how long nothing may be heard of it: whoever runs it, it is told to stop at either. */
export const attemptBounds = ({
  attempt,
  stallTimeoutMs,
  silentParts,
}: BoundedAttempt): { readonly clock: AttemptClock; readonly watch: StallWatch } => {
  const { timeout_s: limitS } = attempt.task.limits
  return {
    clock: new AttemptClock({
      limitS,
      onTimeUp: () =>
        attempt.stop({ kind: 'limit', code: 'limit_time', message: timeLimitMessage(limitS ?? 0) }),
    }),
    watch: new StallWatch({
      timeoutMs: stallTimeoutMs,
      onStall: () =>
        attempt.stop({
          kind: 'limit',
          code: 'stalled',
          message: stallMessage(silentParts(), stallTimeoutMs()),
        }),
    }),
  }
}
