import { toJsonObject } from '../plain-json.ts'
import type { FarError } from './messages.ts'

const maxMessageChars = 4000
const texts = ['code', 'hint', 'tool', 'status'] as const

/** What of an error, or of whatever else was thrown, goes to the other side. */
export const farError = (thrown: unknown): FarError => {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>
  const message = typeof error['message'] === 'string' ? error['message'] : String(thrown)
  const kept = texts.flatMap((name) => {
    const value = error[name]
    return typeof value === 'string' ? [[name, value.slice(0, maxMessageChars)]] : []
  })
  return {
    name: typeof error['name'] === 'string' ? error['name'].slice(0, 100) : 'Error',
    message: message.slice(0, maxMessageChars),
    ...(typeof error['retryable'] === 'boolean' ? { retryable: error['retryable'] } : {}),
    ...Object.fromEntries(kept),
    ...detailsOf(error['details']),
  }
}

const detailsOf = (details: unknown): Pick<FarError, 'details'> => {
  try {
    return details === undefined ? {} : { details: toJsonObject(details, 'details') }
  } catch {
    return {}
  }
}

/** The same as an error again. */
export const nearError = ({ message, name, ...facts }: FarError): Error =>
  Object.assign(new Error(message), facts, { name })
