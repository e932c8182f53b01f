import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { callOutcome } from '../../../src/daemon/mcp/call-outcome.ts'
import { freePort, startEverything } from '../../support/mcp-servers.ts'
import { calling, openServers, quiet, untilAborted, wantedServer } from './open-servers.ts'

describe('server-everything', () => {
  test('over streamable HTTP, which is what an address means; a server that was restarted in between is met anew', async () => {
    const port = await freePort()
    const first = await startEverything('streamableHttp', port)
    const { servers } = openServers()
    const everything = wantedServer({ url: first.url })
    const say = async (message: string): Promise<string> =>
      callOutcome(await servers.call(everything, calling('echo', { message }), quiet)).text
    expect((await servers.tools(everything, untilAborted)).map(({ name }) => name)).toContain('echo')
    expect(await say('one')).toBe('Echo: one')
    const image = callOutcome(await servers.call(everything, calling('get-tiny-image'), quiet))
    expect(image.text).toMatch(/\[image image\/png, \d+ (kB|bytes)\]/)
    const weather = await servers.call(
      everything,
      calling('get-structured-content', { location: 'Chicago' }),
      quiet,
    )
    expect(callOutcome(weather).details).toEqual({
      structured_content: expect.objectContaining({ temperature: 36 }),
    })

    await first.kill()
    await startEverything('streamableHttp', port)
    expect(await say('two')).toBe('Echo: two')
  })

  test('over SSE, where the server knows nothing newer, and where that is said', async () => {
    const { url } = await startEverything('sse', await freePort())
    const { servers } = openServers()
    for (const written of [{ url }, { type: 'sse', url }]) {
      const everything = wantedServer(written)
      const sum = await servers.call(everything, calling('get-sum', { a: 2, b: 3 }), quiet)
      expect(callOutcome(sum).text).toBe('The sum of 2 and 3 is 5.')
    }
  })
})

describe('a server on the network', () => {
  test('that wants a login is said to want one', async () => {
    const { url } = await listen((_request, response) => void response.writeHead(401).end())
    const { servers } = openServers()
    await expect(servers.tools(wantedServer({ url }), untilAborted)).rejects.toThrow(
      'MCP server "test": it asks for a login: give it a header, such as Authorization, in its definition',
    )
  })

  test('gets its headers, and no other host does where it leads elsewhere', async () => {
    const elsewhere = await listen((_request, response) => void response.end())
    const { url, requests } = await listen((_request, response) => {
      response.writeHead(307, { location: elsewhere.url }).end()
    })
    const { servers } = openServers()
    const server = wantedServer({ type: 'http', url, headers: { 'X-Secret': 'sesame' } })
    await expect(servers.tools(server, untilAborted)).rejects.toThrow('MCP server "test"')
    expect(requests[0]?.headers['x-secret']).toBe('sesame')
    expect(elsewhere.requests).toEqual([])
  })

  test('that answers with 20 MB is not read to the end', async () => {
    let written = 0
    const { url } = await listen((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const piece = Buffer.alloc(1024 * 1024, ' ')
      const more = (): void => {
        if (response.destroyed || written >= 64) return void response.end()
        written += 1
        response.write(piece, more)
      }
      more()
    })
    const { servers } = openServers()
    await expect(servers.tools(wantedServer({ type: 'http', url }), untilAborted)).rejects.toThrow(
      'it sent a message larger than 10 MiB',
    )
    expect(written).toBeLessThan(40)
  })

  test('that never answers is given up', async () => {
    const { url } = await listen(() => {})
    const { servers } = openServers()
    await expect(servers.tools(wantedServer({ url, startup_timeout: 200 }), untilAborted)).rejects.toThrow(
      'it did not start within 0.2 s',
    )
  })
})

const listen = async (answer: http.RequestListener) => {
  const requests: http.IncomingMessage[] = []
  const server = http.createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, requests }
}
