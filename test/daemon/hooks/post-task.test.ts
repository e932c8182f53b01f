import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { postTask } from '../../../src/daemon/hooks/post-task.ts'
import { bodyOf, localServer, type LocalServer } from '../tools/local-server.ts'

const body = '{"id":"1"}'

const post = (url: string, { timeoutMs = 10_000, waitsMs = [1, 1] } = {}): Promise<string | null> =>
  postTask(
    { url, body, headers: { 'x-sparky-event': 'completed' }, timeoutMs, waitsMs },
    new AbortController().signal,
  )

/** A server that answers with these statuses, in turn. */
const answering = (...statuses: number[]): Promise<LocalServer> => {
  const left = [...statuses]
  return localServer((request, response) => {
    request.resume()
    response.writeHead(left.shift() ?? 200, { location: '/elsewhere' }).end('some answer')
  })
}

const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('posting a task', () => {
  it('sends it as JSON, with what it is about in a header', async () => {
    const seen: { headers?: IncomingHttpHeaders; body?: string } = {}
    const record = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      seen.headers = request.headers
      seen.body = await bodyOf(request)
      response.writeHead(204).end()
    }
    const server = await localServer((request, response) => void record(request, response))
    expect(await post(`${server.url.replace('//', '//me:p%40ss@')}/hook?a=b`)).toBeNull()
    expect(server.requests).toEqual(['POST /hook?a=b'])
    expect(seen.body).toBe(body)
    expect(seen.headers).toMatchObject({
      'content-type': 'application/json',
      'x-sparky-event': 'completed',
      authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    })
  })

  it('tries again where the server failed or was busy', async () => {
    const server = await answering(503, 429, 200)
    expect(await post(server.url)).toBeNull()
    expect(server.requests).toHaveLength(3)
  })

  it('gives up after the third try, and says what it heard', async () => {
    const server = await answering(500, 502, 503, 200)
    expect(await post(server.url)).toBe('it answered 503')
    expect(server.requests).toHaveLength(3)
  })

  it('does not try again what was refused, and follows no redirect', async () => {
    const refusing = await answering(404)
    expect(await post(refusing.url)).toBe('it answered 404')
    const redirecting = await answering(302)
    expect(await post(redirecting.url)).toBe('it answered 302, and redirects are not followed')
    expect([refusing.requests, redirecting.requests]).toEqual([['POST /'], ['POST /']])
  })

  it('says that nobody listens, without the URL', async () => {
    const reason = await post(`http://127.0.0.1:${await closedPort()}/secret-path`)
    expect(reason).toMatch(/^the request failed: .*ECONNREFUSED/)
    expect(reason).not.toContain('secret')
  })

  it('gives up on a server that does not answer', async () => {
    const server = await localServer(() => undefined)
    expect(await post(server.url, { timeoutMs: 200 })).toBe('no answer within 0.2 s')
    expect(server.requests).toHaveLength(1)
  })

  it('goes on after a server that broke the connection', async () => {
    let requests = 0
    const server = await localServer((request, response) => {
      requests += 1
      if (requests === 1) request.socket.destroy()
      else response.end()
    })
    expect(await post(server.url)).toBeNull()
    expect(requests).toBe(2)
  })
})
