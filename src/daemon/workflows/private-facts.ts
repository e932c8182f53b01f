import type { ReplyFacts } from '../agent/private-facts.ts'
import type { JsonObject } from '../../protocol/json-object.ts'

/**
 * What workflows keep in the `private` members of their events, to go on from them after a restart. Only they write
 * them, so they are trusted when they are read.
 */

/** With the first `node_update`: the state before the first node; with a `completed` one: after it, and what follows. */
export interface StateFacts {
  readonly state: JsonObject
  /** Null where the workflow is complete. */
  readonly next?: string | null
  /** How long the attempt had been in progress by then. */
  readonly ranMs: number
}

/** With `error`: a node is about to be tried again. */
export interface TryFacts {
  readonly kind: 'node_try'
}

/** With `usage`: as the agent's, and what the reply answers. */
export interface AnswerFacts extends ReplyFacts {
  /** Of the request: equal requests have equal keys. */
  readonly key: string
}
