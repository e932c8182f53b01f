import http from 'node:http'
import type { Sparky } from './sparky.ts'

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

/** What curl would do against the daemon: no client of ours, no pooled connection. */
export const curl = (
  sparky: Sparky,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = http.request(`${sparky.daemon()?.url}${path}`, {
      method,
      agent: false,
      headers: {
        authorization: `Bearer ${sparky.token()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body))
  })
