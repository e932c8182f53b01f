import { member } from './dialect.ts'

/**
 * How long a provider asked to wait, in milliseconds: `retry-after-ms`, `retry-after` (seconds or an HTTP date), or
 * Google's RetryInfo in the body. Null where it said nothing that makes sense. `headers` have lower-case names.
 */
export const retryAfterMsOf = (
  headers: Readonly<Record<string, string>>,
  body: unknown,
  now: number = Date.now(),
): number | null => {
  const milliseconds = Number.parseFloat(headers['retry-after-ms'] ?? '')
  const after = headers['retry-after'] ?? ''
  const fromHeader = /^\s*[\d.]+\s*$/.test(after) ? Number.parseFloat(after) * 1000 : Date.parse(after) - now
  const candidates = [milliseconds, fromHeader, retryInfoMs(body)]
  return candidates.map(Math.round).find((wait) => wait >= 0) ?? null
}

const retryInfoMs = (body: unknown): number => {
  const details = member(body, 'error', 'details') ?? member(body, 'details')
  if (!Array.isArray(details)) return Number.NaN
  const delay = details
    .map((detail) => member(detail, 'retryDelay'))
    .find((value) => typeof value === 'string')
  return Number.parseFloat(String(delay)) * 1000
}
