import type { LanguageModelV3Prompt, SharedV3ProviderMetadata } from '@ai-sdk/provider'
import type { Json } from '../../protocol/task.ts'
import type { ToolOffer } from '../tools/tool.ts'

/** The conversation as the AI SDK's providers take it: system, user, assistant and tool messages. */
export type ModelPrompt = LanguageModelV3Prompt

export interface ModelRequest {
  readonly prompt: ModelPrompt
  readonly tools: readonly ToolOffer[]
  /** 0 to 2; left out, it is the provider's own. */
  readonly temperature?: number
  /** Upper bound of one reply, in tokens. */
  readonly maxOutputTokens?: number
  readonly signal: AbortSignal
  /** Called for whatever comes from the provider, before anybody can know what it is. */
  readonly onBytes?: () => void
}

/**
 * One part of a reply, JSON-serialisable, because the whole reply is kept in the log before anything is done with
 * it. `providerMetadata` is what the provider wants back with the part (thought signatures and the like).
 */
export type ReplyPart =
  | { readonly type: 'text'; readonly text: string; readonly providerMetadata?: SharedV3ProviderMetadata }
  | {
      readonly type: 'reasoning'
      readonly text: string
      readonly providerMetadata?: SharedV3ProviderMetadata
    }
  | {
      readonly type: 'tool_call'
      /** The provider's own id of the call; may be empty or used twice by a careless model. */
      readonly callId: string
      readonly name: string
      /** The arguments as the model wrote them; `input` is undefined where they are no JSON. */
      readonly rawInput: string
      readonly input?: Json
      readonly providerMetadata?: SharedV3ProviderMetadata
    }

export interface ModelReply {
  readonly parts: readonly ReplyPart[]
  /** Why the model stopped. `length`: cut at its limit, so its tool calls are not to be run. */
  readonly finish: 'stop' | 'tool_calls' | 'length' | 'content_filter' | 'other'
  readonly usage: {
    readonly inputTokens: number
    readonly outputTokens: number
    readonly cachedTokens: number
  }
}

export type ModelPart =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'reasoning_delta'; readonly text: string }
  | { readonly type: 'reply'; readonly reply: ModelReply }

/**
 * A language model. `stream` makes one call and no retries:
 *
 * - yields deltas, then exactly one `reply`, last, and only when the provider's own finish marker was seen;
 * - throws `ModelFailure` for whatever the provider or the network did; on abort, throws the signal's reason
 *   within one tick;
 * - holds no state between calls.
 */
export interface Model {
  /** `provider/model`, as in a task's `model`. */
  readonly name: string
  stream(request: ModelRequest): AsyncGenerator<ModelPart, void, undefined>
  /** US dollars of one call; null where the price is not known. */
  cost(usage: ModelReply['usage']): number | null
}
