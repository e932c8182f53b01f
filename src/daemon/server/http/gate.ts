import type { IncomingMessage, ServerResponse } from 'node:http'
import { toFailure } from '../../../protocol/failure.ts'
import { allowOrigin, answerPreflight, isPreflight } from './cors.ts'
import { bearerToken, checkSource, type GuardRules } from '../guard.ts'
import { sendFailure } from './reply.ts'

interface Gate {
  readonly rules: GuardRules
  readonly isToken: (presented: string | undefined) => boolean
}

/** Whether the request may go on to its route; where not, it has been answered. */
export const admits = (
  request: IncomingMessage,
  response: ServerResponse,
  { rules, isToken }: Gate,
): boolean => {
  try {
    const origin = checkSource(request, rules)
    if (origin !== null) {
      allowOrigin(response, origin)
      if (isPreflight(request)) {
        answerPreflight(response)
        return false
      }
    }
  } catch (error) {
    sendFailure(response, toFailure(error))
    return false
  }
  if (isPublic(request) || isToken(bearerToken(request))) return true
  response.setHeader('www-authenticate', 'Bearer')
  sendFailure(response, {
    code: 'unauthorized',
    message: 'expected the daemon\'s token as "Authorization: Bearer TOKEN", found none or another one',
    hint: 'the token is in $SPARKY_HOME/token',
  })
  return false
}

/** The one path that says nothing about anybody's work. */
const isPublic = ({ url = '' }: IncomingMessage): boolean => url === '/health' || url.startsWith('/health?')
