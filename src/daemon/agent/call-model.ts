import { setTimeout as delay } from 'node:timers/promises'
import { SparkyError } from '../../protocol/failure.ts'
import { ModelFailure } from '../models/model-failure.ts'
import type { Model, ModelReply, ModelRequest } from '../models/model.ts'
import { backoffMs } from '../queue/backoff.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import { DeltaFeed } from './delta-feed.ts'

/** A fragment of a reply as it comes in; `offset` 0 starts anew. */
export interface ReplyDelta {
  readonly type: 'message_delta' | 'thought_delta'
  readonly text: string
  readonly offset: number
}

export interface ModelCall {
  readonly model: Model
  readonly request: ModelRequest
  readonly step: number
  readonly onDelta: (delta: ReplyDelta) => void
  readonly timing?: RetryTiming
}

/** How retries wait; tests wait less. */
export interface RetryTiming {
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly backoff: (tries: number) => number
}

/** What came of a call: the reply, or that the provider asks to wait longer than a slot is kept for. */
export type CallEnd =
  | { readonly kind: 'reply'; readonly reply: ModelReply }
  | { readonly kind: 'wait'; readonly waitMs: number; readonly failure: SparkyError }

const maxTries = 5
/** A provider that asks for more than this, at once or bit by bit, gets its wish, but not the slot meanwhile. */
const maxRetryAfterMs = 60_000
/** All waiting of one call together. */
const maxTotalWaitMs = 180_000

/** In earnest. */
export const patient: RetryTiming = {
  wait: (ms, signal) => delay(ms, undefined, { signal }),
  backoff: (tries) => backoffMs(tries, { firstMs: 1000, maxMs: 30_000 }),
}

/**
 * One step's model call: tries again what may succeed later, yielding an `error` event before each wait, and returns
 * what came of it. Throws the failure that is final, with the number of tries; on abort, whatever the abort made
 * the model or the wait throw.
 */
export async function* callModel(call: ModelCall): AsyncGenerator<readonly AttemptDraft[], CallEnd, void> {
  const { wait, backoff } = call.timing ?? patient
  let waitedMs = 0
  let askedMs = 0
  for (let tries = 1; ; tries += 1) {
    try {
      return { kind: 'reply', reply: await oneReply(call) }
    } catch (error) {
      call.request.signal.throwIfAborted()
      if (!(error instanceof SparkyError) || !error.retryable) throw error
      const retryAfterMs = retryAfterMsOf(error)
      const waitMs = retryAfterMs ?? backoff(tries)
      askedMs += retryAfterMs ?? 0
      const isUsedUp = tries === maxTries || waitedMs + waitMs > maxTotalWaitMs
      if (retryAfterMs !== null && (waitMs > maxRetryAfterMs || (isUsedUp && askedMs > maxRetryAfterMs))) {
        return { kind: 'wait', waitMs, failure: error }
      }
      if (isUsedUp) throw usedUp(error, tries)
      yield [retryDraft(error, { waitMs, nextTry: tries + 1, step: call.step })]
      call.request.signal.throwIfAborted()
      await wait(waitMs, call.request.signal)
      waitedMs += waitMs
    }
  }
}

const oneReply = async ({ model, request, onDelta }: ModelCall): Promise<ModelReply> => {
  const text = new DeltaFeed((text, offset) => onDelta({ type: 'message_delta', text, offset }))
  const thought = new DeltaFeed((text, offset) => onDelta({ type: 'thought_delta', text, offset }))
  try {
    for await (const part of model.stream(request)) {
      if (part.type === 'reply') return part.reply
      // What came first is shown first.
      const [feed, other] = part.type === 'text_delta' ? [text, thought] : [thought, text]
      other.flush()
      feed.push(part.text)
    }
  } finally {
    thought.flush()
    text.flush()
  }
  throw new ModelFailure('model_unavailable', 'the model ended its stream without a reply', {
    retryable: true,
  })
}

interface Retry {
  readonly waitMs: number
  readonly nextTry: number
  readonly step: number
}

const retryDraft = ({ code, message }: SparkyError, { waitMs, nextTry, step }: Retry): AttemptDraft => ({
  type: 'error',
  step,
  data: {
    code,
    message: `${message}; trying again in ${seconds(waitMs)} (${nextTry} of ${maxTries})`,
    retryable: true,
  },
})

const usedUp = (error: SparkyError, tries: number): SparkyError =>
  new SparkyError(error.code, `${error.message} (tried ${tries} times)`, {
    hint: error.hint ?? undefined,
    retryable: true,
    cause: error,
  })

/** What the provider asked for; null where it said nothing. */
const retryAfterMsOf = (error: SparkyError): number | null =>
  'retryAfterMs' in error ? (error as ModelFailure).retryAfterMs : null

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`
