import type {
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3ToolCall,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from '@ai-sdk/provider'
import type { Json } from '../../protocol/task.ts'
import type { ModelPart, ModelReply, ReplyPart } from './model.ts'

type DeltaPart = Exclude<ModelPart, { type: 'reply' }>

interface Block {
  readonly type: 'text' | 'reasoning'
  text: string
  providerMetadata?: SharedV3ProviderMetadata
}

/** Puts a reply together from the stream parts of the AI SDK. */
export class ReplyBuilder {
  /** Characters of text, reasoning and arguments so far. */
  size = 0
  readonly #parts: (Block | Extract<ReplyPart, { type: 'tool_call' }>)[] = []
  readonly #open = new Map<string, Block>()
  #finish: { reason: LanguageModelV3FinishReason; usage: LanguageModelV3Usage } | undefined

  /** Takes one part; gives the delta to show for it, if there is one. */
  add(part: LanguageModelV3StreamPart): DeltaPart | undefined {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start':
        this.#start(part.type === 'text-start' ? 'text' : 'reasoning', part)
        return undefined
      case 'text-delta':
      case 'reasoning-delta': {
        const type = part.type === 'text-delta' ? 'text' : 'reasoning'
        const block = this.#open.get(`${type} ${part.id}`) ?? this.#start(type, part)
        keepMetadata(block, part.providerMetadata)
        block.text += part.delta
        this.size += part.delta.length
        return part.delta === '' ? undefined : { type: `${type}_delta`, text: part.delta }
      }
      case 'text-end':
      case 'reasoning-end': {
        const key = `${part.type === 'text-end' ? 'text' : 'reasoning'} ${part.id}`
        const block = this.#open.get(key)
        if (block !== undefined) keepMetadata(block, part.providerMetadata)
        this.#open.delete(key)
        return undefined
      }
      case 'tool-input-delta':
        this.size += part.delta.length
        return undefined
      case 'tool-call':
        // A call that the provider ran itself is none of ours; we offer none of those tools.
        if (part.providerExecuted !== true) this.#parts.push(toolCall(part))
        return undefined
      case 'finish':
        this.#finish = { reason: part.finishReason, usage: part.usage }
        return undefined
      case 'stream-start':
      case 'response-metadata':
      case 'raw':
      case 'error':
      case 'tool-input-start':
      case 'tool-input-end':
      case 'tool-result':
      case 'tool-approval-request':
      case 'file':
      case 'source':
        return undefined
    }
  }

  /** Why the model stopped, in the AI SDK's words; undefined before the end. */
  get finishReason(): LanguageModelV3FinishReason | undefined {
    return this.#finish?.reason
  }

  reply(): ModelReply {
    const parts = this.#parts.filter(
      (part) => part.type === 'tool_call' || part.text !== '' || part.providerMetadata !== undefined,
    )
    const usage = this.#finish?.usage
    return {
      parts,
      finish: finishOf(
        this.#finish?.reason.unified,
        parts.some(({ type }) => type === 'tool_call'),
      ),
      usage: {
        inputTokens: usage?.inputTokens.total ?? 0,
        outputTokens: usage?.outputTokens.total ?? 0,
        cachedTokens: usage?.inputTokens.cacheRead ?? 0,
      },
    }
  }

  #start(type: Block['type'], part: { id: string; providerMetadata?: SharedV3ProviderMetadata }): Block {
    const block: Block = { type, text: '' }
    keepMetadata(block, part.providerMetadata)
    this.#parts.push(block)
    this.#open.set(`${type} ${part.id}`, block)
    return block
  }
}

/** Later metadata of a block replaces earlier: the signature comes last. */
const keepMetadata = (block: Block, metadata: SharedV3ProviderMetadata | undefined): void => {
  if (metadata !== undefined) block.providerMetadata = metadata
}

const toolCall = (part: LanguageModelV3ToolCall): Extract<ReplyPart, { type: 'tool_call' }> => {
  const input = parseInput(part.input)
  return {
    type: 'tool_call',
    callId: part.toolCallId,
    name: part.toolName,
    rawInput: part.input,
    ...(input === undefined ? {} : { input }),
    ...(part.providerMetadata === undefined ? {} : { providerMetadata: part.providerMetadata }),
  }
}

/** No arguments at all is how some models call a tool that needs none. */
const parseInput = (raw: string): Json | undefined => {
  if (raw.trim() === '') return {}
  try {
    return JSON.parse(raw) as Json
  } catch {
    return undefined
  }
}

/** Some servers say "stop" after calls and "tool calls" without any: what stands in the reply decides. */
const finishOf = (
  unified: LanguageModelV3FinishReason['unified'] | undefined,
  hasCalls: boolean,
): ModelReply['finish'] => {
  switch (unified) {
    case 'length':
      return 'length'
    case 'content-filter':
      return 'content_filter'
    case 'stop':
    case 'tool-calls':
      return hasCalls ? 'tool_calls' : 'stop'
    case 'other':
    case 'error':
    case undefined:
      return hasCalls ? 'tool_calls' : 'other'
  }
}
