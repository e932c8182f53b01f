import {
  InsufficientScopeError,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import type { FailureCode } from '../../protocol/failure.ts'
import { sanitizeLine } from '../../protocol/sanitize.ts'

interface Surroundings {
  readonly timeoutMs: number
  /** How the server's process ended, as a clause; empty where it runs, or has none. */
  readonly ending: string
  readonly phase: 'start' | 'call'
}

interface FailureKind {
  readonly code?: FailureCode
  /** The server is not there any more, or does not know this connection. */
  readonly isLost?: boolean
  /** It did not answer in time. */
  readonly isLate?: boolean
  /** It has certainly not taken the request. */
  readonly isUntaken?: boolean
}

/** What went wrong with a server, as a clause: "it did not answer within 30 s". */
export class McpFailure extends Error {
  readonly code: FailureCode
  readonly isLost: boolean
  readonly isLate: boolean
  readonly isUntaken: boolean

  constructor(message: string, cause: unknown, kind: FailureKind = {}) {
    super(message, { cause })
    this.code = kind.code ?? 'mcp_failed'
    this.isLost = kind.isLost ?? false
    this.isLate = kind.isLate ?? false
    this.isUntaken = kind.isUntaken ?? false
  }
}

const maxMessageLength = 600

export const failureOf = (error: unknown, surroundings: Surroundings): McpFailure => {
  if (error instanceof McpFailure) return error
  const { clause, kind } = explain(error, surroundings)
  return new McpFailure(sanitizeLine(clause).slice(0, maxMessageLength), error, kind)
}

const explain = (
  error: unknown,
  { timeoutMs, ending, phase }: Surroundings,
): { clause: string; kind?: FailureKind } => {
  if (ending !== '') return { clause: ending, kind: { isLost: true } }
  if (UnauthorizedError.isInstance(error) || InsufficientScopeError.isInstance(error))
    return { clause: needsLogin }
  if (SdkHttpError.isInstance(error)) return explainHttp(error, phase)
  if (ProtocolError.isInstance(error)) {
    // -32602: invalid arguments, which is the model's mistake and not the server's.
    return {
      clause: `it refused: ${error.message}`,
      ...(error.code === -32_602 && { kind: { code: 'usage' } }),
    }
  }
  if (SdkError.isInstance(error)) {
    if (error.code === SdkErrorCode.RequestTimeout) {
      const verb = phase === 'start' ? 'start' : 'answer'
      return { clause: `it did not ${verb} within ${timeoutMs / 1000} s`, kind: { isLate: true } }
    }
    if (error.code === SdkErrorCode.InvalidResult) {
      return { clause: `it answered what the protocol does not know: ${error.message}` }
    }
    return lostCodes.has(error.code)
      ? { clause: 'the connection to it broke off', kind: { isLost: true } }
      : { clause: error.message }
  }
  return { clause: deepest(error), kind: { isLost: true } }
}

const lostCodes: ReadonlySet<string> = new Set([
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.NotConnected,
  SdkErrorCode.SendFailed,
])

const needsLogin = 'it asks for a login: give it a header, such as Authorization, in its definition'

const explainHttp = (
  error: SdkHttpError,
  phase: Surroundings['phase'],
): { clause: string; kind?: FailureKind } => {
  const { status, statusText, data } = error
  const text = typeof data['text'] === 'string' ? data['text'] : ''
  if (status === 401 || status === 403) return { clause: needsLogin }
  const said = [statusText ?? '', text.slice(0, 300)].filter((part) => part.trim() !== '').join(': ')
  // A session that it does not know (any more): a new one may be begun, and nothing of the request was done.
  const isForgotten = status === 404 || (status === 400 && /session/i.test(text))
  return {
    clause: `it answered HTTP ${status} ${said}`.trim(),
    kind: { isLost: true, isUntaken: phase === 'call' && isForgotten },
  }
}

/** "fetch failed" says nothing; its cause does. */
const deepest = (error: unknown): string => {
  let at = error
  while (at instanceof Error && at.cause !== undefined) at = at.cause
  if (at instanceof AggregateError && at.errors[0] instanceof Error) at = at.errors[0]
  return at instanceof Error ? at.message || at.name : String(at)
}
