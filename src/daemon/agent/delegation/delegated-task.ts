import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Json, Task } from '../../../protocol/task.ts'

/** So deep may agents delegate what was delegated to them. */
export const maxDepth = 3

/** What a task that was delegated says of that, in its `request_payload`. */
export interface DelegationFacts {
  /** The call of its parent that it answers. */
  readonly call_id: string
  /** 1 where its parent was not delegated itself. */
  readonly depth: number
  readonly with_history: boolean
  /** True where the one that has delegated it may change nothing: then neither may this one. */
  readonly read_only: boolean
}

/** Null where the task was not delegated. Only Sparky writes these facts, so they are trusted. */
export const delegationOf = ({ request_payload }: Pick<Task, 'request_payload'>): DelegationFacts | null =>
  (request_payload['delegation'] as Json | undefined) === undefined
    ? null
    : (request_payload['delegation'] as unknown as DelegationFacts)

/**
 * The id of what a call delegates: the same however often the call is taken up again, so there is one task of it. A
 * UUID of version 7, of the time at which the attempt has begun.
 */
export const delegatedTaskId = (
  { id, attempt, attempts, created_at }: Pick<Task, 'id' | 'attempt' | 'attempts' | 'created_at'>,
  callId: string,
): string => {
  const random = createHash('sha256')
    .update(JSON.stringify([id, attempt, callId]))
    .digest()
  const begun = attempts.findLast(({ number }) => number === attempt)?.started_at ?? created_at
  return uuidv7({ msecs: Date.parse(begun), seq: random.readUInt32BE(16), random: random.subarray(0, 16) })
}
