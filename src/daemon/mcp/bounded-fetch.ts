import { setTimeout as delay } from 'node:timers/promises'

/** More than that in one answer, or in one event of a stream, is not read. */
const maxBytes = 10 * 1024 * 1024
const lineFeed = 0x0a

/** `fetch` whose answers fail where they are larger than a message may be: what reads them keeps them in memory. */
export const boundedFetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
  const response = await fetch(url, init)
  if (response.body === null) return response
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  const body = response.body.pipeThrough(bounded(isStream))
  const { status, statusText, headers } = response
  return withUrl(new Response(body, { status, statusText, headers }), response.url)
}

/** What a stream of events may keep the daemon busy with: what comes faster waits with its server. */
const windowMs = 100
const maxBytesInWindow = 1024 * 1024

/** Of a stream of events the bytes since the last line count, of any other answer all of them. */
const bounded = (isStream: boolean): TransformStream<Uint8Array, Uint8Array> => {
  let bytes = 0
  let windowEndsAt = 0
  let bytesInWindow = 0
  return new TransformStream({
    transform: async (chunk, controller) => {
      const lastLine = isStream ? chunk.lastIndexOf(lineFeed) : -1
      bytes = lastLine === -1 ? bytes + chunk.length : chunk.length - lastLine - 1
      if (bytes > maxBytes)
        controller.error(new Error(`it sent a message larger than ${maxBytes / 1024 / 1024} MiB`))
      else controller.enqueue(chunk)
      const now = performance.now()
      if (now >= windowEndsAt) {
        windowEndsAt = now + windowMs
        bytesInWindow = 0
      }
      bytesInWindow += chunk.length
      if (isStream && bytesInWindow > maxBytesInWindow) await delay(windowEndsAt - now)
    },
  })
}

/** Addresses in answers are relative to where the answer came from. */
const withUrl = (response: Response, url: string): Response =>
  Object.defineProperty(response, 'url', { value: url })
