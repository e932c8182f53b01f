import type { Json } from '../../protocol/task.ts'
import type { ModelReply, ReplyPart } from '../models/model.ts'

/** One reply of the model, and what has become of the calls that it made. */
export interface Turn {
  readonly step: number
  /** Which one replied, as `provider/model`. */
  readonly model: string
  readonly reply: ModelReply
  readonly calls: readonly TurnCall[]
  /** By call id, as they come in. */
  readonly results: Map<string, CallResult>
}

export interface TurnCall {
  /** Unique within the task. */
  readonly callId: string
  readonly name: string
  /** Undefined where the model's arguments were no JSON. */
  readonly input: Json | undefined
  /** As shown to people: the input, or what the model wrote instead of JSON. */
  readonly args: Json
}

interface CallResult {
  readonly forModel: string
  /** As the reader sees it. */
  readonly shown: string
  readonly status: 'ok' | 'error' | 'denied' | 'interrupted'
  /** The call could not be run as the model made it. */
  readonly misuse: boolean
  /** Of what was presented: what it was. */
  readonly details?: Record<string, Json>
}

/** What a finished turn means: an answer, a reason to end, something to tell the model, or simply the next step. */
export type Verdict =
  | { readonly kind: 'answered'; readonly answer: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'correct'; readonly correction: string }
  | { readonly kind: 'go_on' }

/** Derived from the reply alone, so that a conversation is the same when it is rebuilt from its events. */
export const verdictOf = ({ reply, calls }: { reply: ModelReply; calls: readonly unknown[] }): Verdict => {
  const text = textOf(reply)
  if (reply.finish === 'content_filter') return { kind: 'refused' }
  if (calls.length > 0) return { kind: 'go_on' }
  if (reply.finish === 'length') return { kind: 'correct', correction: cutCorrection }
  if (text.trim() === '') return { kind: 'correct', correction: emptyCorrection }
  return { kind: 'answered', answer: text }
}

const cutCorrection =
  'Your reply reached the limit of its length and was cut, so nothing of it counts. Reply again, shorter; put long text into a file with write_file, in several parts if need be.'
const emptyCorrection =
  'Your reply was empty. Call a tool to go on, or give your final answer as text if the task is done.'

/** What a call of a reply that was cut at its length gets instead of being run. */
export const cutCallResult =
  'Not run: your reply reached the limit of its length, so this call may be incomplete. Make it again, with less text in one reply.'

/** Whether the turn brought nothing: it has to be corrected, or none of its calls could be run. */
export const isFaulty = (turn: Turn): boolean =>
  verdictOf(turn).kind === 'correct' ||
  (turn.calls.length > 0 && turn.calls.every(({ callId }) => turn.results.get(callId)?.misuse === true))

export const textOf = (reply: ModelReply): string => joined(reply, 'text')
export const reasoningOf = (reply: ModelReply): string => joined(reply, 'reasoning')

export type CallPart = Extract<ReplyPart, { type: 'tool_call' }>
export const callPartsOf = (reply: ModelReply): CallPart[] =>
  reply.parts.filter((part): part is CallPart => part.type === 'tool_call')

const joined = (reply: ModelReply, type: 'text' | 'reasoning'): string =>
  reply.parts.map((part) => (part.type === type ? part.text : '')).join('')
