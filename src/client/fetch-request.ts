import { onAbort } from './on-abort.ts'
import type { HttpResponse, SendRequest } from './transport.ts'
import { cut, unreachable } from './unreachable.ts'

/** Requests of a page, and of whatever else has `fetch`. */
export const fetchRequest: SendRequest = async (
  { url, token },
  { method, path, body, accept = 'application/json', signal, timeoutMs },
) => {
  signal?.throwIfAborted()
  const ending = new AbortController()
  const forget = onAbort(signal, () => ending.abort())
  const timer = setTimeout(() => ending.abort(new Error(`no answer for ${timeoutMs / 1000} s`)), timeoutMs)
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        accept,
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
      signal: ending.signal,
      ...noCache,
    })
    return new FetchAnswer(response, () => {
      forget()
      ending.abort()
    })
  } catch (error) {
    forget()
    signal?.throwIfAborted()
    throw unreachable(error, url)
  } finally {
    clearTimeout(timer)
  }
}

/** Of a page; Node's types do not know it. */
const noCache: object = { cache: 'no-store' }

class FetchAnswer implements HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly #response: Response
  readonly #end: () => void

  constructor(response: Response, end: () => void) {
    this.status = response.status
    this.headers = Object.fromEntries(response.headers)
    this.#response = response
    this.#end = end
  }

  async text(): Promise<string> {
    try {
      return await this.#response.text()
    } catch {
      throw cut()
    } finally {
      this.#end()
    }
  }

  async *lines(): AsyncGenerator<string> {
    const reader = this.#response.body?.getReader()
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for (;;) {
        const chunk = await reader?.read().catch(() => {
          throw cut()
        })
        if (chunk === undefined || chunk.done) return
        const lines = (rest + decoder.decode(chunk.value as Uint8Array, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) if (line !== '') yield line
      }
    } finally {
      this.#end()
    }
  }
}
