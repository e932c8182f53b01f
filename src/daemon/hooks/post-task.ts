import { setTimeout as delay } from 'node:timers/promises'

export interface TaskPost {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** For each try. */
  readonly timeoutMs: number
  /** Between two tries, in turn; 1 and 5 seconds if left out. */
  readonly waitsMs?: readonly number[]
}

/**
 * Posts a task to a URL; tries again where the network or the server failed. Follows no redirect. Resolves with why it
 * did not succeed, in words without the URL, which may hold a secret; null where it did. Does not reject.
 */
export const postTask = async (post: TaskPost, signal: AbortSignal): Promise<string | null> => {
  for (const waitMs of post.waitsMs ?? defaultWaitsMs) {
    const answer = await tryOnce(post, signal)
    if (answer === null || !answer.mayPass) return answer?.reason ?? null
    await delay(waitMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return answer.reason
  }
  return (await tryOnce(post, signal))?.reason ?? null
}

const defaultWaitsMs = [1000, 5000]

interface Refusal {
  readonly reason: string
  readonly mayPass: boolean
}

const tryOnce = async (
  { url, body, headers, timeoutMs }: TaskPost,
  signal: AbortSignal,
): Promise<Refusal | null> => {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const target = new URL(url)
    const response = await fetch(withoutCredentials(target), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...authorization(target), ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    })
    await response.body?.cancel()
    return refusalOf(response.status)
  } catch (error) {
    if (timeout.aborted) return { reason: `no answer within ${timeoutMs / 1000} s`, mayPass: false }
    return { reason: `the request failed: ${innermost(error)}`, mayPass: true }
  }
}

const refusalOf = (status: number): Refusal | null => {
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) {
    return { reason: `it answered ${status}, and redirects are not followed`, mayPass: false }
  }
  return { reason: `it answered ${status}`, mayPass: status >= 500 || status === 429 || status === 408 }
}

/** `fetch` takes no URL with a name and a password in it. */
const withoutCredentials = (url: URL): URL => {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain
}

const authorization = ({ username, password }: URL): Record<string, string> => {
  if (username === '' && password === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

/** What the network said, not that a fetch failed. */
const innermost = (error: unknown): string => {
  let at = error
  for (let depth = 0; depth < 5; depth += 1) {
    const inner = at instanceof AggregateError ? at.errors[0] : at instanceof Error ? at.cause : undefined
    if (!(inner instanceof Error)) break
    at = inner
  }
  return at instanceof Error ? at.message : String(at)
}
