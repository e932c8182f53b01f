import type { StoredEvent } from '../../protocol/event.ts'
import { textOf } from '../agent/turn.ts'
import { Transcript } from '../agent/transcript.ts'
import type { AttemptDraft } from '../queue/running-attempt.ts'
import type { JsonObject } from '../../protocol/json-object.ts'
import type { Said } from './ask-model.ts'
import type { AnswerFacts, StateFacts, TryFacts } from './private-facts.ts'
import { RecordedCalls } from './recorded-calls.ts'

/** One run of a node that has not completed. */
export interface NodeRecord {
  readonly node: string
  readonly step: number
  readonly calls: RecordedCalls
  /** Replies of the model in the present try, which nobody has asked for again yet. */
  replies: (Said & { readonly key: string })[]
  /** What it has said in the present try and is not to say again. */
  messages: string[]
  /** How many tries of this attempt have failed. */
  failedTries: number
}

/** Where a workflow stands. */
export type Position =
  | { readonly kind: 'not_begun' }
  | { readonly kind: 'at'; readonly node: string; readonly step: number; readonly state: JsonObject }
  | { readonly kind: 'complete'; readonly state: JsonObject }

/**
 * What has happened in a workflow, as a fold of its task's events: from stored ones to go on after a restart, from its
 * own while it runs. Only what comes after the latest `fresh` status counts, except that ids of calls stay used and
 * open calls stay open.
 */
export class WorkflowHistory {
  /** What it has spent, how often it was taken up, which calls are open: the same as an agent's. */
  readonly transcript = new Transcript()
  #state: JsonObject | null = null
  #next: string | null = null
  #steps = 0
  #ranMs = 0
  #run: NodeRecord | null = null

  /** `isLive`: it happens now, in this process. */
  add(event: StoredEvent | AttemptDraft, isLive = false): void {
    // That it is taken up again and begins a node once more is no news.
    const isNews = event.type !== 'workflow_status' && !isExecuting(event)
    if (isNews) this.transcript.add(event)
    if (event.type === 'status') {
      if (event.data.fresh === true) this.#startAfresh()
      if (event.data.changes.attempt !== undefined) this.#startAttempt()
    } else if (event.type === 'node_update') {
      this.#addNode(event)
    } else if (event.type === 'error') {
      if ((event.private as TryFacts | undefined)?.kind === 'node_try') this.#newTry()
    } else if (event.type === 'tool_use') {
      const { call_id: callId, name, args } = event.data
      this.#run?.calls.begun({ callId, name, args }, isLive)
    } else if (event.type === 'tool_result') {
      this.#run?.calls.ended(event.data)
    } else if (event.type === 'usage') {
      this.#addReply(event.private as AnswerFacts | undefined, isLive)
    } else if (event.type === 'message' && !isLive && event.data.role === 'assistant') {
      this.#run?.messages.push(event.data.text)
    }
  }

  get position(): Position {
    if (this.#state === null) return { kind: 'not_begun' }
    if (this.#run !== null)
      return { kind: 'at', node: this.#run.node, step: this.#run.step, state: this.#state }
    return this.#next === null
      ? { kind: 'complete', state: this.#state }
      : { kind: 'at', node: this.#next, step: this.#steps + 1, state: this.#state }
  }

  /** The run of a node that was begun and has not completed. */
  get run(): NodeRecord | null {
    return this.#run
  }

  /** How long the present attempt has been in progress, as far as that was recorded. */
  get ranMs(): number {
    return Math.max(this.#ranMs, this.transcript.ranMs)
  }

  /** An id for one more call. */
  newCallId(): string {
    return this.transcript.newCallIds([''])[0] ?? ''
  }

  #addNode(event: Extract<StoredEvent | AttemptDraft, { type: 'node_update' }>): void {
    const facts = event.private as StateFacts | undefined
    if (facts !== undefined) this.#state = facts.state
    if (facts !== undefined) this.#ranMs = facts.ranMs
    const { node, status } = event.data
    if (status === 'failed') {
      this.#newTry()
      if (this.#run !== null) this.#run.failedTries = 0
      return
    }
    if (status === 'completed') {
      this.#run = null
      this.#next = facts?.next ?? null
      return
    }
    const step = event.step ?? 0
    if (this.#run?.step === step) return
    this.#steps = step
    this.#run = { node, step, calls: new RecordedCalls(), replies: [], messages: [], failedTries: 0 }
  }

  #addReply(facts: AnswerFacts | undefined, isLive: boolean): void {
    if (facts?.ranMs !== undefined) this.#ranMs = facts.ranMs
    if (!isLive && facts !== undefined) {
      const { key, reply } = facts
      this.#run?.replies.push({ key, text: textOf(reply), finish: reply.finish })
    }
  }

  #newTry(): void {
    if (this.#run === null) return
    this.#run.calls.newTry()
    this.#run.replies = []
    this.#run.messages = []
    this.#run.failedTries += 1
  }

  #startAfresh(): void {
    this.#state = null
    this.#next = null
    this.#steps = 0
    this.#run = null
  }

  #startAttempt(): void {
    this.#ranMs = 0
    // Also where no failed node has ended the attempt before, but its time.
    this.#newTry()
    if (this.#run !== null) this.#run.failedTries = 0
  }
}

const isExecuting = (event: StoredEvent | AttemptDraft): boolean =>
  event.type === 'node_update' && event.data.status === 'executing'
