import type { IncomingHttpHeaders } from 'node:http'
import type { ScriptedReply, WireProvider } from './model-server.ts'

/** The formats that the providers speak; `chat` is OpenAI's chat completions, which Ollama and others speak too. */
export type WireApi = 'google' | 'responses' | 'chat' | 'anthropic'

/** What a request asks for: a reply of `model`, or (without a model) the list of models. */
export const apiOf = (
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
): { readonly provider: WireProvider; readonly api: WireApi; readonly model?: string } | undefined => {
  const path = url.replace(/\?.*$/, '')
  if (method === 'POST') {
    const google = /^\/v1beta\/models\/([^/]+):streamGenerateContent$/.exec(path)
    if (google?.[1] !== undefined) return { provider: 'google', api: 'google', model: google[1] }
    if (path === '/v1/responses') return { provider: 'openai', api: 'responses', model: '' }
    if (path === '/v1/chat/completions') return { provider: 'openai', api: 'chat', model: '' }
    if (path === '/v1/messages') return { provider: 'anthropic', api: 'anthropic', model: '' }
  }
  if (method === 'GET') {
    if (path === '/v1beta/models') return { provider: 'google', api: 'google' }
    if (path === '/api/tags') return { provider: 'ollama', api: 'chat' }
    if (path === '/v1/models') {
      return 'x-api-key' in headers
        ? { provider: 'anthropic', api: 'anthropic' }
        : { provider: 'openai', api: 'chat' }
    }
  }
  return undefined
}

/** The provider's own error body. */
export const errorBody = (api: WireApi, status: number, { message, errorCode }: ScriptedReply): string => {
  const text =
    message ??
    (errorCode === 'invalid_api_key' ? badKey : messages[status]) ??
    `the server answered ${status}`
  switch (api) {
    case 'google': {
      const reason = errorCode === 'invalid_api_key' ? 'API_KEY_INVALID' : errorCode
      const details =
        reason === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }]
      return JSON.stringify({
        error: { code: status, message: text, status: googleStatuses[status], details },
      })
    }
    case 'anthropic':
      return JSON.stringify({
        type: 'error',
        error: { type: anthropicTypes[status] ?? 'api_error', message: text },
      })
    case 'chat':
    case 'responses':
      return JSON.stringify({
        error: { message: text, type: 'invalid_request_error', param: null, code: errorCode ?? null },
      })
  }
}

/** The answer of the provider's list endpoint. */
export const modelList = (provider: WireProvider, names?: readonly string[]): string => {
  switch (provider) {
    case 'google':
      return JSON.stringify({
        models: (names ?? ['gemini-flash-latest']).map((name) => ({
          name: `models/${name}`,
          supportedGenerationMethods: ['generateContent'],
        })),
      })
    case 'anthropic':
      return JSON.stringify({
        data: (names ?? ['claude-haiku-4-5']).map((id) => ({ id, type: 'model' })),
        has_more: false,
      })
    case 'openai':
      return JSON.stringify({
        object: 'list',
        data: (names ?? ['gpt-5-mini']).map((id) => ({ id, object: 'model' })),
      })
    case 'ollama':
      return JSON.stringify({
        models: (names ?? ['llama3.2:latest']).map((name) => ({
          name,
          model: name,
          details: { family: 'llama' },
        })),
      })
  }
}

const badKey = 'API key not valid. Please pass a valid API key.'

const messages: Record<number, string> = {
  400: 'Invalid request.',
  401: 'Invalid API key.',
  404: 'The model does not exist.',
  429: 'Rate limit reached.',
  500: 'Internal error.',
}

const googleStatuses: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
}

const anthropicTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}
