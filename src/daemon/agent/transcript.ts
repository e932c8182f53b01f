import type { EventPayload, StoredEvent } from '../../protocol/event.ts'
import { presentTool } from '../../protocol/presentation.ts'
import type { Json } from '../../protocol/task.ts'
import type { ModelPrompt } from '../models/model.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { Spent, StartedProcess } from '../tools/tool.ts'
import type { PastCall } from './loop-detection.ts'
import type { ProgressFacts, ReplyFacts, ResultFacts } from './private-facts.ts'
import { messagesOf } from './turn-messages.ts'
import { callPartsOf, isFaulty, type Turn, type TurnCall } from './turn.ts'

/** A call of the latest turn that has no result yet. */
export interface OpenCall extends TurnCall {
  /** Its `tool_use` is there, so it may have been run before the daemon ended. */
  readonly started: boolean
}

/** A `tool_use` without a `tool_result`. */
export interface UnansweredUse {
  readonly callId: string
  readonly name: string
  /** The process that it has started last. */
  readonly process: StartedProcess | null
}

/**
 * The conversation of a task, as a fold of the task's events: from stored ones to go on after a restart, from the
 * engine's own while it runs, so that both are the same conversation. Only what comes after the latest `fresh`
 * status counts, except that ids of calls stay used and open calls stay open.
 */
export class Transcript {
  #turns: Turn[] = []
  #spent: Spent = noneSpent
  #step = 0
  #silentClaims = 0
  #ranMs = 0
  #rateLimitsInARow = 0
  readonly #usedCallIds = new Set<string>()
  readonly #reservedCallIds = new Set<string>()
  readonly #unanswered = new Map<string, UnansweredUse>()

  add(event: StoredEvent | AttemptDraft): void {
    if (isNews(event)) this.#silentClaims = 0
    if (event.type === 'status') {
      if (event.data.fresh === true) this.#startAfresh()
      if (event.data.changes.attempt !== undefined) this.#startAttempt()
      if (event.data.status === 'in_progress') this.#silentClaims += 1
    } else if (event.type === 'usage') {
      this.#rateLimitsInARow = 0
      if (event.private !== undefined) {
        this.#addTurn(event.private as ReplyFacts, { step: event.step ?? 0, model: event.data.model })
      }
      const { input_tokens, output_tokens, cost_usd } = event.data
      this.#spend({ steps: 1, tokens: input_tokens + output_tokens, costUsd: cost_usd })
    } else if (event.type === 'tool_use') {
      const { call_id: callId, name } = event.data
      this.#usedCallIds.add(callId)
      this.#unanswered.set(callId, { callId, name, process: null })
    } else if (event.type === 'progress') {
      this.#step = event.data.step
      if (event.private !== undefined) this.#addProgress(event.private as ProgressFacts)
    } else if (event.type === 'tool_result') {
      this.#addResult(event.data, (event.private ?? {}) as ResultFacts)
    }
  }

  get turns(): readonly Turn[] {
    return this.#turns
  }

  get turn(): Turn | undefined {
    return this.#turns.at(-1)
  }

  /** The step that was begun last; 0 before the first. */
  get step(): number {
    return this.#step
  }

  /** What was used since the task was last started afresh, by what it has delegated too. */
  get spent(): Spent {
    return this.#spent
  }

  /** Calls of the latest turn without a result, in source order. */
  get openCalls(): readonly OpenCall[] {
    const { turn } = this
    return turn === undefined
      ? []
      : turn.calls
          .filter(({ callId }) => !turn.results.has(callId))
          .map((call) => ({ ...call, started: this.#unanswered.has(call.callId) }))
  }

  /** Every `tool_use` without a result, also of turns that do not count any more. */
  get unanswered(): readonly UnansweredUse[] {
    return [...this.#unanswered.values()]
  }

  /** Calls that have ended, in source order. */
  get pastCalls(): readonly PastCall[] {
    return this.#turns.flatMap(({ calls, results }) =>
      calls.flatMap(({ callId, name, args }) => {
        const result = results.get(callId)
        return result === undefined ? [] : [{ name, args, result: result.shown }]
      }),
    )
  }

  /** What was presented last, in the order of the calls; null where nothing was. */
  get presented(): Json | null {
    const results = this.#turns.flatMap(({ calls, results }) =>
      calls.flatMap(({ callId, name }) => (name === presentTool ? (results.get(callId) ?? []) : [])),
    )
    return results.findLast(({ status }) => status === 'ok')?.details ?? null
  }

  /** How many of the latest turns, one after the other, brought nothing. */
  get faultsInARow(): number {
    return this.#turns.length - 1 - this.#turns.findLastIndex((turn) => !isFaulty(turn))
  }

  /** How often the task was taken up, one time after the other, without anything coming of it. */
  get silentClaims(): number {
    return this.#silentClaims
  }

  /** How long the present attempt has been in progress, as far as that was recorded. */
  get ranMs(): number {
    return this.#ranMs
  }

  /** How often the present attempt has waited for a rate limit since the model has answered last. */
  get rateLimitsInARow(): number {
    return this.#rateLimitsInARow
  }

  /** The conversation so far, for the model. Every call must have its result. */
  messages(): ModelPrompt {
    return this.#turns.flatMap(messagesOf)
  }

  /** Every id that a call of the task has. */
  get callIds(): ReadonlySet<string> {
    return this.#usedCallIds
  }

  /** No further call gets one of these: they stand before it in the prompt. */
  reserve(callIds: Iterable<string>): void {
    for (const callId of callIds) this.#reservedCallIds.add(callId)
  }

  /** An id for each call of a reply: the provider's own where it can be used, else one of ours. */
  newCallIds(proposed: readonly string[]): string[] {
    const taken = new Set([...this.#usedCallIds, ...this.#reservedCallIds])
    let number = this.#usedCallIds.size
    return proposed.map((callId) => {
      let unique = callId
      while (!usableCallId.test(unique) || taken.has(unique)) unique = `call_${(number += 1)}`
      taken.add(unique)
      return unique
    })
  }

  #startAfresh(): void {
    this.#turns = []
    this.#spent = noneSpent
    this.#step = 0
    this.#silentClaims = 0
  }

  #startAttempt(): void {
    this.#ranMs = 0
    this.#rateLimitsInARow = 0
  }

  #addTurn(
    { reply, callIds, ranMs = this.#ranMs }: ReplyFacts,
    { step, model }: Pick<Turn, 'step' | 'model'>,
  ): void {
    this.#ranMs = ranMs
    const calls = callPartsOf(reply).map(({ name, input, rawInput }, index): TurnCall => {
      const callId = callIds[index] ?? ''
      this.#usedCallIds.add(callId)
      return { callId, name, input, args: input ?? rawInput }
    })
    this.#turns.push({ step, model, reply, calls, results: new Map() })
  }

  #addResult(data: EventPayload<'tool_result'>, { forModel, misuse = false, spent }: ResultFacts): void {
    if (spent !== undefined) this.#spend(spent)
    const { call_id: callId, name, status, result, details } = data
    const shown = typeof result === 'string' ? result : JSON.stringify(result)
    this.#unanswered.delete(callId)
    this.turn?.results.set(callId, {
      forModel: forModel ?? shown,
      shown,
      status,
      misuse,
      ...(name === presentTool && details !== undefined ? { details } : {}),
    })
  }

  #addProgress(facts: ProgressFacts): void {
    if (facts.kind === 'parked') {
      this.#ranMs = facts.ranMs ?? this.#ranMs
      if (facts.for === 'rate_limit') this.#rateLimitsInARow += 1
      return
    }
    if (facts.kind === 'noted') return
    const use = this.#unanswered.get(facts.callId)
    if (use !== undefined) this.#unanswered.set(facts.callId, { ...use, process: facts.process })
  }

  #spend(more: Spent): void {
    const { steps, tokens, costUsd } = this.#spent
    this.#spent = {
      steps: steps + more.steps,
      tokens: tokens + more.tokens,
      costUsd: costUsd === null || more.costUsd === null ? null : costUsd + more.costUsd,
    }
  }
}

const noneSpent: Spent = { steps: 0, tokens: 0, costUsd: 0 }

/** Ids of calls stand in addresses and file names. */
const usableCallId = /^[\w-][\w.:-]{0,127}$/

/** Whether an event shows that the task gets somewhere: more than being taken up and starting a step. */
const isNews = (event: StoredEvent | AttemptDraft): boolean => {
  if (event.type === 'status') return event.data.changes.attempt !== undefined
  if (event.type === 'progress') return event.private !== undefined
  return event.type !== 'task_updated'
}
