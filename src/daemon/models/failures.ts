import type { APICallError } from '@ai-sdk/provider'
import { cleanText } from './clean-text.ts'
import { member } from './dialect.ts'
import { ModelFailure } from './model-failure.ts'
import { nameOf, type ModelName } from './model-name.ts'
import { networkTrouble } from './network-trouble.ts'
import { retryAfterMsOf } from './retry-after.ts'

/** What a message may need to know to say what to do. */
export interface FailureContext {
  readonly model: ModelName
  /** Where the key comes from; null where there is none. */
  readonly keyName: string | null
  /** Null for the provider's own address. */
  readonly baseUrl: string | null
  /** Never shown, whoever quotes them. */
  readonly secrets: readonly string[]
}

/**
 * Whatever a call threw or its stream reported, as a `ModelFailure` whose message says what to do about it.
 * `httpStatus` is the true one of the answer, if there was an answer.
 */
export const failureOf = (error: unknown, context: FailureContext, httpStatus?: number): ModelFailure => {
  if (error instanceof ModelFailure) return error
  const answer = answerOf(error, httpStatus)
  if (answer !== null) return answeredFailure(answer, context)
  const trouble = networkTrouble(error, context.baseUrl)
  if (trouble !== null) {
    const { code, text, retryable } = trouble
    return new ModelFailure(code, `${nameOf(context.model)}: ${text}`, { retryable, cause: error })
  }
  const text = cleanText(error instanceof Error ? error.message : String(error), context.secrets)
  return new ModelFailure(
    'model_protocol',
    `${nameOf(context.model)} sent what cannot be understood: ${text}`,
    {
      // The same call may well get a sound answer; what the library refused to send stays refused.
      retryable: !isRefusedByLibrary(error),
      cause: error,
    },
  )
}

/** What a provider said, by status or in the middle of a stream. */
interface Answer {
  readonly status: number
  readonly message: string
  /** The provider's own code or type of the error. */
  readonly code: string
  readonly retryAfterMs: number | null
}

const answerOf = (error: unknown, httpStatus: number | undefined): Answer | null => {
  if (!isApiCallError(error)) {
    // An error within a stream is a plain object (or text) of the provider's making.
    return error instanceof Error || messageIn(error) === undefined ? null : answerIn(error, undefined)
  }
  const { statusCode, responseHeaders, responseBody } = error
  const body = parse(responseBody)
  // The AI SDK gives a status of its own making to a stream that begins with an error, or with garbage.
  const isStream = httpStatus === 200
  if (statusCode === undefined || statusCode < 300 || (isStream && isLibraryError(body))) return null
  const answer = answerIn(body, error)
  return isStream
    ? answer
    : { ...answer, status: statusCode, retryAfterMs: retryAfterMsOf(responseHeaders ?? {}, body) }
}

const isApiCallError = (error: unknown): error is APICallError =>
  error instanceof Error && error.name === 'AI_APICallError'

const answerIn = (body: unknown, error: APICallError | undefined): Answer => {
  const code = codeIn(body)
  return {
    status: streamStatus(body, code) ?? error?.statusCode ?? 500,
    message: messageIn(body) ?? error?.message ?? '',
    code,
    retryAfterMs: retryAfterMsOf({}, body),
  }
}

const isLibraryError = (body: unknown): boolean => String(member(body, 'name')).startsWith('AI_')

const parse = (body: string | undefined): unknown => {
  try {
    return JSON.parse(body ?? '')
  } catch {
    return undefined
  }
}

const messageIn = (body: unknown): string | undefined =>
  [body, ...['message', 'detail', 'error'].map((key) => member(body, key)), member(body, 'error', 'message')]
    .reverse()
    .find((value) => typeof value === 'string' && value.trim() !== '') as string | undefined

/** Code, type and reason in one text, to look for words in. */
const codeIn = (body: unknown): string => {
  const error = member(body, 'error') ?? body
  const reasons = [0, 1, 2].map((index) => member(error, 'details', index, 'reason'))
  return [member(error, 'code'), member(error, 'type'), member(error, 'status'), ...reasons]
    .filter((value) => typeof value === 'string')
    .join(' ')
}

const streamStatus = (error: unknown, code: string): number | undefined => {
  const numbers = [member(error, 'statusCode'), member(error, 'code'), member(error, 'error', 'code')].map(
    Number,
  )
  const status = numbers.find((number) => number >= 400 && number <= 599)
  return status ?? statusesByCode.find(([pattern]) => pattern.test(code))?.[1]
}

const statusesByCode: readonly (readonly [RegExp, number])[] = [
  [/overloaded/, 529],
  [/billing/, 402],
  [/rate_limit|insufficient_quota/, 429],
  [/authentication/, 401],
  [/permission/, 403],
  [/not_found/, 404],
  [/too_large/, 413],
  [/invalid|context_length/, 400],
]

const answeredFailure = (answer: Answer, context: FailureContext): ModelFailure => {
  const { status } = answer
  const said = cleanText(answer.message, context.secrets)
  const name = nameOf(context.model)
  const failure = (
    code: ConstructorParameters<typeof ModelFailure>[0],
    retryable: boolean,
    text: string,
  ): ModelFailure =>
    new ModelFailure(code, text, {
      retryable,
      ...(retryable && answer.retryAfterMs !== null && { retryAfterMs: answer.retryAfterMs }),
    })

  switch (kindOf(answer, context)) {
    case 'quota':
      return failure(
        'model_rate_limited',
        false,
        `${name}: the account's quota or credit is used up (${said}); add credit, or choose another model`,
      )
    case 'key':
      return failure('model_auth', false, keyRefused(said, context))
    case 'not_found':
      return failure('model_not_found', false, noSuchModel(said, context))
    case 'too_long':
      return failure(
        'model_protocol',
        false,
        `the conversation is longer than ${name} can take (${said}); choose a model with a larger context, or split the task`,
      )
    case 'rate_limit':
      return failure('model_rate_limited', true, `${name} is rate limited: ${said}`)
    case 'unavailable':
      return failure('model_unavailable', true, `${name} answered ${status}: ${said}`)
    case 'redirect':
      return failure(
        'model_protocol',
        false,
        `${name}: ${context.baseUrl ?? 'the provider'} answered with a redirect (${status}), which is not followed, for the ` +
          `key's sake; set the base URL to the final address`,
      )
    case 'refused':
      return failure('model_protocol', false, `${name} refused the request (${status}): ${said}`)
  }
}

type Kind = 'quota' | 'key' | 'not_found' | 'too_long' | 'rate_limit' | 'unavailable' | 'redirect' | 'refused'

const kindOf = ({ status, message, code }: Answer, { model }: FailureContext): Kind => {
  if (status < 400) return 'redirect'
  // Google says "check your plan and billing" for every rate limit; only a quota of nothing or of a day is final.
  const usedUp =
    model.provider === 'google'
      ? /limit: 0\b|PerDay/i.test(message)
      : /insufficient_quota|billing/.test(code) || /credit balance|exceeded your current quota/i.test(message)
  if (status === 402 || (status < 500 && usedUp)) return 'quota'
  if (status === 401 || status === 403) return 'key'
  if (
    status === 400 &&
    (/API_KEY_INVALID|invalid_api_key/.test(code) || /API key (not valid|expired)/i.test(message))
  )
    return 'key'
  if (status === 404 || /model_not_found/.test(code)) return 'not_found'
  if (status === 400 && /\bmodel\b.{0,200}\b(not found|does not exist|is not supported)/is.test(message))
    return 'not_found'
  if (status === 413 || /context_length/.test(code) || tooLong.test(message)) return 'too_long'
  if (status === 429) return 'rate_limit'
  return status >= 500 || [408, 409, 425].includes(status) ? 'unavailable' : 'refused'
}

const tooLong =
  /prompt is too long|maximum context length|context (window|length)|input token count.*exceeds|exceeds the maximum number of tokens/i

const keyPages: Readonly<Partial<Record<ModelName['provider'], string>>> = {
  google: 'https://aistudio.google.com/apikey',
  anthropic: 'https://platform.claude.com/settings/keys',
  openai: 'https://platform.openai.com/api-keys',
}

const keyRefused = (said: string, { model, keyName, baseUrl }: FailureContext): string => {
  const { provider } = model
  const who = baseUrl === null ? provider : `${provider} at ${baseUrl}`
  if (provider === 'ollama')
    return `${who} wants a key (${said}), and Ollama is asked without one; reach it as OPENAI_BASE_URL with OPENAI_API_KEY`
  const set = `set it with "sparky config set providers.${provider}.api_key KEY"`
  if (keyName === null) return `${who} wants a key (${said}); ${set}`
  const page = baseUrl === null ? keyPages[provider] : undefined
  return `${who} did not accept the key in ${keyName} (${said}); ${page === undefined ? '' : `get one at ${page}, `}${set}`
}

const noSuchModel = (said: string, { model, baseUrl }: FailureContext): string => {
  const mend =
    model.provider === 'ollama'
      ? `"ollama pull ${model.modelId}" installs it`
      : `--model, AGENT_MODEL or "sparky config set model NAME" chooses another`
  const where = baseUrl === null ? '' : ` at ${baseUrl}`
  return `no model ${nameOf(model)}${where} (${said}); "sparky models list" shows those there are, ${mend}`
}

/** The AI SDK's own objections, before anything went out. */
const isRefusedByLibrary = (error: unknown): boolean =>
  error instanceof Error &&
  /^AI_(Unsupported|InvalidPrompt|InvalidArgument|LoadAPIKey|NoSuchModel)/.test(error.name)
