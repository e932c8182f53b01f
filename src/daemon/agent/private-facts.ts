import type { ModelReply } from '../models/model.ts'
import type { Spent, StartedProcess } from '../tools/tool.ts'

/**
 * What the agent keeps in the `private` members of its events, to go on from them after a restart. Only the agent
 * writes them, so they are trusted when they are read.
 */

/** With `usage`: the whole reply, and the id that each of its calls got, in order. */
export interface ReplyFacts {
  readonly reply: ModelReply
  readonly callIds: readonly string[]
  /** How long the attempt had been in progress by then, over every time that it was taken up. */
  readonly ranMs?: number
}

/** With `tool_result`. */
export interface ResultFacts {
  /** What the model sees, where that is not what the reader sees. */
  readonly forModel?: string
  /** The call could not be run as the model made it. */
  readonly misuse?: boolean
  /** What the call has used beside the model calls of this task. */
  readonly spent?: Spent
}

/**
 * With `progress`: a process that a call has started, a word on what a call does, or that the attempt was parked here,
 * and what it waits for.
 */
export type ProgressFacts =
  | { readonly kind: 'process'; readonly callId: string; readonly process: StartedProcess }
  | { readonly kind: 'noted'; readonly callId: string }
  | {
      readonly kind: 'parked'
      /** Absent, as `ranMs`, where an earlier version wrote it. */
      readonly for?: 'shutdown' | 'rate_limit' | 'budget'
      readonly ranMs?: number
    }
