import type { Duplex } from 'node:stream'
import { endWith, rawFailure } from './reply.ts'

interface MalformedContext {
  readonly socket: Duplex
  readonly version: string
}

/** Answers bytes that are no HTTP, or too much of it, or too slow. */
export const answerMalformed = (
  error: NodeJS.ErrnoException,
  { socket, version }: MalformedContext,
): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
  } else {
    endWith(socket, answerTo(error.code, version))
  }
}

const answerTo = (code: string | undefined, version: string): string => {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const failure = { code: 'too_large', message: 'expected smaller request headers', hint: null } as const
    return rawFailure(failure, version, { code: 431, reason: 'Request Header Fields Too Large' })
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const failure = { code: 'usage', message: 'expected the request sooner', hint: null } as const
    return rawFailure(failure, version, { code: 408, reason: 'Request Timeout' })
  }
  return rawFailure({ code: 'usage', message: 'expected an HTTP request', hint: null }, version)
}
