import type { EventPayload } from '../../protocol/event.ts'
import { digestOf } from '../projects/canonical-json.ts'
import type { Json } from '../../protocol/task.ts'

/** A tool call that stands in the task's events. */
export interface RecordedCall {
  readonly callId: string
  readonly name: string
  readonly args: Json
  /** Null where the daemon ended, or the attempt, while it ran. */
  readonly result: EventPayload<'tool_result'> | null
}

/** What is to be done with a call that a node makes. */
export type CallClaim =
  /** It has been made: this is what came of it. */
  | { readonly kind: 'finished'; readonly call: RecordedCall }
  /** It was begun and not finished. */
  | { readonly kind: 'open'; readonly call: RecordedCall }
  | { readonly kind: 'new' }

interface Kept {
  readonly key: string
  call: RecordedCall
  isClaimed: boolean
}

/**
 * The calls of one run of a node. When a node is run again, its nth call of a tool with equal arguments is the nth one
 * that was recorded, so calls that are made side by side find theirs in whichever order they come.
 */
export class RecordedCalls {
  /** Of the present try. */
  #present: Kept[] = []
  /** Of tries that have failed. */
  #earlier: Kept[] = []

  /** A call that is made now is claimed by who makes it. */
  begun(call: Pick<RecordedCall, 'callId' | 'name' | 'args'>, isLive: boolean): void {
    this.#present.push({ key: keyOf(call), call: { ...call, result: null }, isClaimed: isLive })
  }

  ended(result: EventPayload<'tool_result'>): void {
    const kept = this.#present.find(({ call }) => call.callId === result.call_id)
    if (kept !== undefined) kept.call = { ...kept.call, result }
  }

  /** What only reads is asked for anew in another try; what has been done, or may have been, is not done again. */
  newTry(): void {
    const done = this.#present.filter(({ call }) => call.result === null || hasEffect(call))
    this.#earlier = [...this.#earlier, ...done].map((kept) => ({ ...kept, isClaimed: false }))
    this.#present = []
  }

  /** `isOnce`: the tool must never do this twice by itself. */
  claim(name: string, args: Json, isOnce: boolean): CallClaim {
    const key = keyOf({ name, args })
    const fits = (kept: Kept): boolean => !kept.isClaimed && kept.key === key
    const again = this.#present.find((kept) => fits(kept) && !isCut(kept.call, isOnce))
    const kept = again ?? (isOnce ? this.#earlier.find(fits) : undefined)
    if (kept === undefined) return { kind: 'new' }
    kept.isClaimed = true
    return { kind: kept.call.result === null ? 'open' : 'finished', call: kept.call }
  }

  /** A call of this tool that was made before and that nobody has asked for yet. */
  unclaimed(name: string): RecordedCall | undefined {
    return this.#present.find(
      ({ call, isClaimed }) => !isClaimed && call.name === name && (call.result === null || hasEffect(call)),
    )?.call
  }
}

/** A read that was cut off is made anew, as if it had not been made. */
const isCut = ({ result }: RecordedCall, isOnce: boolean): boolean =>
  !isOnce && result?.status === 'interrupted'

const hasEffect = ({ result }: RecordedCall): boolean =>
  result?.status === 'ok' || result?.status === 'interrupted'

const keyOf = ({ name, args }: Pick<RecordedCall, 'name' | 'args'>): string => `${name} ${digestOf(args)}`
