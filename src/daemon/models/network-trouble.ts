import { cleanText } from './clean-text.ts'

export interface NetworkTrouble {
  readonly code: 'model_unavailable' | 'stalled'
  readonly text: string
  readonly retryable: boolean
}

/**
 * What the network did, in words for people; null where the error is none of the network's. `baseUrl` is the address
 * that was asked, null for the provider's own.
 */
export const networkTrouble = (error: unknown, baseUrl: string | null): NetworkTrouble | null => {
  const chain = causes(error)
  const code = chain.map((cause) => Reflect.get(cause, 'code')).find((value) => typeof value === 'string')
  const where = baseUrl ?? 'the provider'
  const trouble = (text: string, retryable = true): NetworkTrouble => ({
    code: 'model_unavailable',
    text,
    retryable,
  })
  switch (code) {
    case undefined:
      return chain.some(({ message }) => /^(terminated|fetch failed|network error)$/i.test(message))
        ? trouble(`the connection to ${where} was cut`)
        : null
    case 'ECONNREFUSED':
      return trouble(`nothing answers at ${where} (connection refused)${startIt(baseUrl)}`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return trouble(`the address of ${where} cannot be found; is there a network?`)
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return trouble(`the connection to ${where} was cut`)
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return trouble(`${where} cannot be reached; is there a network?`)
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return trouble(`${where} did not take the connection in time`)
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return { code: 'stalled', text: `${where} sent nothing for minutes`, retryable: true }
    default:
      if (/CERT|SSL|TLS|ISSUER|SIGNATURE/.test(code)) {
        return trouble(`the certificate of ${where} is not trusted (${code}); see NODE_EXTRA_CA_CERTS`, false)
      }
      return /^(E[A-Z]+|UND_ERR_\w+|HPE_\w+)$/.test(code)
        ? trouble(`the connection to ${where} failed: ${cleanText(chain.at(-1)?.message ?? code)}`)
        : null
  }
}

/** The error and what caused it, outermost first. Node hides several failed addresses in an AggregateError. */
const causes = (error: unknown): readonly Error[] => {
  const chain: Error[] = []
  for (let at = error; at instanceof Error && !chain.includes(at);) {
    chain.push(at)
    at = at.cause ?? (at instanceof AggregateError ? at.errors[0] : undefined)
  }
  return chain
}

const startIt = (baseUrl: string | null): string =>
  baseUrl?.includes(':11434') === true ? '; "ollama serve" starts Ollama' : ''
