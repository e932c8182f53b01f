import type { LanguageModelV3, LanguageModelV3CallOptions, LanguageModelV3StreamPart } from '@ai-sdk/provider'
import { CallWatch, type CallLimits } from './call-watch.ts'
import type { Dialect } from './dialect.ts'
import { failureOf, type FailureContext } from './failures.ts'
import { ModelFailure } from './model-failure.ts'
import { nameOf, type ModelName } from './model-name.ts'
import type { ModelPart, ModelRequest } from './model.ts'
import { ReplyBuilder } from './reply-builder.ts'

export interface CallSetup {
  readonly model: ModelName
  /** Makes its requests by `watchedFetch`. */
  readonly languageModel: LanguageModelV3
  readonly dialect: Dialect
  readonly limits: CallLimits
  readonly failure: FailureContext
}

/** One call of a provider's model: the contract of `Model.stream`. */
export async function* streamReply(
  { model, languageModel, dialect, limits, failure }: CallSetup,
  request: ModelRequest,
): AsyncGenerator<ModelPart, void, undefined> {
  request.signal.throwIfAborted()
  const name = nameOf(model)
  const watch = new CallWatch({ model: name, signal: request.signal, limits, onBytes: request.onBytes })
  const builder = new ReplyBuilder()
  let isFinished = false
  try {
    const { stream } = await languageModel.doStream(
      callOptions(request, dialect, model.modelId, watch.signal),
    )
    for await (const part of readUntilAborted(stream, watch.signal)) {
      if (part.type === 'error') throw isReportOfCut(part.error) ? noReply(name, watch) : part.error
      if (part.type === 'raw') {
        if (!isFinished && dialect.isFinish(part.rawValue)) {
          isFinished = true
          watch.finishSeen()
        }
        continue
      }
      const delta = builder.add(part)
      watch.checkSize(builder.size)
      watch.signal.throwIfAborted()
      if (delta !== undefined) yield delta
    }
    watch.signal.throwIfAborted()
    if (!isFinished) throw noReply(name, watch)
    if (builder.finishReason?.unified === 'error') throw brokenReply(name, builder.finishReason.raw)
  } catch (error) {
    throw watch.signal.aborted ? watch.signal.reason : failureOf(error, failure, watch.httpStatus)
  } finally {
    watch.end()
  }
  yield { type: 'reply', reply: builder.reply() }
}

const callOptions = (
  request: ModelRequest,
  dialect: Dialect,
  modelId: string,
  abortSignal: AbortSignal,
): LanguageModelV3CallOptions => ({
  prompt: [...request.prompt],
  tools: request.tools.map((tool) => ({
    type: 'function',
    name: tool.name,
    description: tool.description,
    inputSchema: tool.inputSchema,
    ...(dialect.strictTools !== undefined && { strict: dialect.strictTools }),
  })),
  abortSignal,
  includeRawChunks: true,
  ...(request.temperature !== undefined && { temperature: request.temperature }),
  ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
  ...(dialect.providerOptions !== undefined && { providerOptions: dialect.providerOptions(modelId) }),
})

/** The parts of the stream; on abort it ends at once, even where the stream itself would not. */
async function* readUntilAborted(
  stream: ReadableStream<LanguageModelV3StreamPart>,
  signal: AbortSignal,
): AsyncGenerator<LanguageModelV3StreamPart, void, undefined> {
  const reader = stream.getReader()
  const cancel = (): void => {
    reader.cancel().catch(() => {})
  }
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}

/** What the AI SDK says of a stream of chat completions that ended early; the others' it takes for whole. */
const isReportOfCut = (error: unknown): boolean =>
  error instanceof Error &&
  error.name === 'AI_InvalidResponseDataError' &&
  error.message.includes('without a finish reason')

const noReply = (name: string, { isWebPage }: CallWatch): ModelFailure =>
  new ModelFailure(
    'model_unavailable',
    isWebPage
      ? `expected a reply of ${name}, found a web page; check the base URL, and whether the network wants you to log in`
      : `the connection to ${name} ended before its reply was whole`,
    { retryable: true },
  )

const brokenReply = (name: string, reason: string | undefined): ModelFailure =>
  new ModelFailure('model_protocol', `${name} broke off its reply (${reason ?? 'without a reason'})`, {
    retryable: true,
  })
