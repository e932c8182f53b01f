import type { EventPayload } from '../../protocol/event.ts'
import type { Json, Limits, TaskError } from '../../protocol/task.ts'
import type { Model, ModelPrompt, ModelReply } from '../models/model.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { ToolOffer } from '../tools/tool.ts'
import { callModel, type CallEnd, type ReplyDelta, type RetryTiming } from './call-model.ts'
import { limitReached } from './limits.ts'
import { loopIn } from './loop-detection.ts'
import type { ReplyFacts } from './private-facts.ts'
import { runOpenCalls, type CallSetup } from './run-calls.ts'
import type { Transcript } from './transcript.ts'
import { callPartsOf, reasoningOf, textOf, verdictOf } from './turn.ts'

export interface EngineSetup extends Omit<CallSetup, 'maxSteps'> {
  /** What stands before the transcript: the instructions and the request. */
  readonly opening: ModelPrompt
  readonly model: Model
  /** Null: the provider's own. */
  readonly temperature: number | null
  /** What answers say of who gives them. */
  readonly speaker: Speaker
  readonly offers: readonly ToolOffer[]
  readonly limits: Limits
  readonly onDelta: (delta: ReplyDelta, step: number) => void
  readonly retryTiming?: RetryTiming
  /** Called for every sign of life of the model. */
  readonly onBytes: () => void
  /** Why the budgets of today forbid one more model call, whose price may be unknown; null where they do not. */
  readonly budget: (isPriceKnown: boolean) => Promise<BudgetStop | null>
  /** How long the attempt has been in progress, over every time that it was taken up. */
  readonly ranMs: () => number
}

export type Speaker = Pick<EventPayload<'message'>, 'agent_type' | 'pillar' | 'conversation_id'>

/** What a budget has against a call: it has to wait until then, or it could not be counted. */
export type BudgetStop =
  | { readonly kind: 'over'; readonly message: string; readonly until: string }
  | { readonly kind: 'unpriced'; readonly message: string }

export type EngineEnd =
  /** `data` is what was presented last. */
  | { readonly kind: 'answered'; readonly answer: string; readonly data: Json | null }
  | { readonly kind: 'failed'; readonly error: TaskError }
  /** It may go on at `until` (ISO 8601, UTC), from where it stands. */
  | {
      readonly kind: 'waiting'
      readonly for: 'rate_limit' | 'budget'
      readonly until: string
      readonly message: string
    }
  /** The signal aborted. */
  | { readonly kind: 'stopped' }

/** So often in a row a model that brings nothing is told so; once more, and the task fails. */
const maxFaults = 3
/** So often in a row a provider may ask for patience without answering once; then the attempt has failed. */
const maxRateLimits = 10
/** After this long a provider is asked again, whatever it said. */
const longestWaitMs = 24 * 3_600_000

/**
 * The ReAct engine: model call, tool calls, model call …, until there is an answer. Knows no disk and no socket.
 *
 * Yields its events in batches; whoever pulls it records a batch before asking for the next, so nothing is done
 * with a fact that is not durable. Each turn of the loop looks at the transcript alone, so going on with stored
 * events is the same as going on. At the end what was not yielded is left in `setup.batch`. Throws the
 * `SparkyError` of a model that gave no reply; on abort it stops as soon as no call runs any more.
 */
export async function* react(setup: EngineSetup): AsyncGenerator<readonly AttemptDraft[], EngineEnd, void> {
  const { transcript, batch, limits, model, signal } = setup
  const calls: CallSetup = { ...setup, maxSteps: limits.max_steps }
  for (;;) {
    yield* runOpenCalls(calls)
    if (signal.aborted) return { kind: 'stopped' }
    const end = endOf(transcript) ?? limitEnd(setup) ?? (await budgetEnd(setup))
    if (end !== null) return end
    const step = (transcript.turn?.step ?? 0) + 1
    batch.add(progressDraft(step, limits.max_steps))
    yield batch.take()
    if (signal.aborted) return { kind: 'stopped' }
    const called = yield* callModel({
      model,
      request: {
        prompt: [...setup.opening, ...transcript.messages()],
        tools: setup.offers,
        ...(setup.temperature === null ? {} : { temperature: setup.temperature }),
        signal,
        onBytes: setup.onBytes,
      },
      step,
      onDelta: (delta) => setup.onDelta(delta, step),
      ...(setup.retryTiming === undefined ? {} : { timing: setup.retryTiming }),
    })
    if (called.kind === 'wait') return waitEnd(called, transcript)
    batch.add(...replyDrafts(called.reply, { ...setup, step, ranMs: setup.ranMs() }))
  }
}

/** What the latest turn means for the task; null where it goes on. */
const endOf = (transcript: Transcript): EngineEnd | null => {
  const { turn } = transcript
  if (turn === undefined) return null
  const verdict = verdictOf(turn)
  if (verdict.kind === 'answered') return { ...verdict, data: transcript.presented }
  if (verdict.kind === 'refused') {
    return failed(
      'model_protocol',
      "the provider's content filter stopped the reply; word the task differently",
    )
  }
  const faults = transcript.faultsInARow
  if (faults > maxFaults) {
    return failed(
      'model_protocol',
      `the model gave ${faults} replies in a row that cannot be used; the last: ${faultOf(transcript)}`,
    )
  }
  const loop = loopIn(transcript.pastCalls)
  return loop === null ? null : failed('loop_detected', `the task goes round in circles: ${loop}`)
}

const limitEnd = ({ limits, transcript, model }: EngineSetup): EngineEnd | null => {
  const error = limitReached(limits, transcript.spent, isPriceKnown(model))
  return error === null ? null : { kind: 'failed', error }
}

/** Over a budget a task is parked and not ended: tomorrow there is another. */
export const budgetEnd = async ({
  budget,
  model,
}: Pick<EngineSetup, 'budget' | 'model'>): Promise<EngineEnd | null> => {
  const stop = await budget(isPriceKnown(model))
  if (stop === null) return null
  if (stop.kind === 'unpriced') return failed('limit_cost', stop.message)
  const { message, until } = stop
  return { kind: 'waiting', for: 'budget', until, message: `Waiting until ${until}: ${message}` }
}

export const isPriceKnown = (model: Model): boolean => model.cost(noTokens) !== null

/** The attempt gives its slot back for as long as the provider asks, unless that has come to nothing too often. */
export const waitEnd = (
  { waitMs, failure }: Extract<CallEnd, { kind: 'wait' }>,
  transcript: Pick<Transcript, 'rateLimitsInARow'>,
): EngineEnd => {
  const { code, message } = failure
  const nth = transcript.rateLimitsInARow + 1
  if (nth > maxRateLimits) {
    const inVain = `${message} (has waited ${maxRateLimits} times in a row, as the provider asked, without an answer)`
    return { kind: 'failed', error: { code, message: inVain, retryable: true } }
  }
  const until = new Date(Date.now() + Math.min(waitMs, longestWaitMs)).toISOString()
  const count = nth === 1 ? '' : `, for time ${nth} of ${maxRateLimits} in a row`
  return {
    kind: 'waiting',
    for: 'rate_limit',
    until,
    message: `Waiting until ${until}, as the provider asks${count}: ${message}`,
  }
}

const noTokens: ModelReply['usage'] = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 }

const failed = (code: TaskError['code'], message: string): EngineEnd => ({
  kind: 'failed',
  error: { code, message, retryable: false },
})

/** What was wrong with the latest reply, in a few words. */
const faultOf = ({ turn }: Transcript): string => {
  const [result] = turn?.results.values() ?? []
  if (result !== undefined) return firstLine(result.forModel)
  return turn?.reply.finish === 'length' ? 'it was cut at the limit of its length' : 'it was empty'
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

const progressDraft = (step: number, maxSteps: number | null): AttemptDraft => ({
  type: 'progress',
  step,
  data: { step, max_steps: maxSteps, note: null },
})

interface ReplyPlace extends Pick<EngineSetup, 'model' | 'transcript' | 'speaker'> {
  readonly step: number
  readonly ranMs: number
}

/** A reply as events. Text on the way to tool calls, or of a reply that does not count, is a thought, not an answer. */
const replyDrafts = (
  reply: ModelReply,
  { step, model, transcript, speaker, ranMs }: ReplyPlace,
): AttemptDraft[] => {
  const callParts = callPartsOf(reply)
  const callIds = transcript.newCallIds(callParts.map(({ callId }) => callId))
  const isAnswer = verdictOf({ reply, calls: callParts }).kind === 'answered'
  const { inputTokens, outputTokens, cachedTokens } = reply.usage
  const facts: ReplyFacts = { reply, callIds, ranMs }
  const thought = (text: string): AttemptDraft[] =>
    text.trim() === '' ? [] : [{ type: 'thought', step, data: { text } }]
  return [
    ...thought(reasoningOf(reply)),
    ...(isAnswer
      ? [
          {
            type: 'message' as const,
            step,
            data: { role: 'assistant' as const, text: textOf(reply), ...speaker },
          },
        ]
      : thought(textOf(reply))),
    {
      type: 'usage',
      step,
      data: {
        model: model.name,
        input_tokens: inputTokens,
        output_tokens: outputTokens,
        cached_tokens: cachedTokens,
        cost_usd: model.cost(reply.usage),
      },
      private: facts,
    },
  ]
}
