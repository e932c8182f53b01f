import http from 'node:http'
import net, { type AddressInfo, type Server, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sendRequest } from '../../src/client/http.ts'
import type { HttpTarget } from '../../src/client/transport.ts'

const listen = async (server: Server): Promise<HttpTarget> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'secret' }
}
/** A server of Node itself. */
const serve = (handle: http.RequestListener): Promise<HttpTarget> => listen(http.createServer(handle))
/** A server that answers whatever it is told, bytes as they are. */
const answer = (handle: (socket: Socket) => void): Promise<HttpTarget> =>
  listen(
    net.createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => handle(socket))
    }),
  )
const get = { method: 'GET', path: '/', timeoutMs: 5000 }
const collect = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe('a request', () => {
  test('carries method, path, body and token, and brings status, headers and body back', async () => {
    const target = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const { method, url, headers } = request
      response.writeHead(201, { 'Sparky-Version': '1' })
      response.end(
        JSON.stringify({ method, url, body, token: headers.authorization, type: headers['content-type'] }),
      )
    })
    const response = await sendRequest(target, {
      method: 'POST',
      path: '/a?b=c',
      body: '{"ü":1}',
      timeoutMs: 5000,
    })
    expect(response.status).toBe(201)
    expect(response.headers['sparky-version']).toBe('1')
    expect(JSON.parse(await response.text())).toEqual({
      method: 'POST',
      url: '/a?b=c',
      body: '{"ü":1}',
      token: 'Bearer secret',
      type: 'application/json',
    })
  })

  test('reads large bodies in chunks whole', async () => {
    const text = 'größer '.repeat(200_000)
    const target = await serve((_, response) => {
      response.write(text.slice(0, 500_001))
      response.end(text.slice(500_001))
    })
    expect(await (await sendRequest(target, get)).text()).toBe(text)
  })

  test('gives lines as they come, also where they are torn', async () => {
    const target = await answer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{"a"\r\n')
      setImmediate(() => socket.end('8\r\n:1}\n\n{}\n\r\n0\r\n\r\n'))
    })
    expect(await collect((await sendRequest(target, get)).lines())).toEqual(['{"a":1}', '{}'])
  })

  test('pulls no more than is asked for', async () => {
    let written = 0
    const target = await serve((_, response) => {
      const line = `${'x'.repeat(1023)}\n`
      const fill = (): void => {
        while (!response.destroyed && written < 64 * 1024 * 1024) {
          written += line.length
          if (!response.write(line)) return void response.once('drain', fill)
        }
      }
      fill()
    })
    const lines = (await sendRequest(target, get)).lines()
    for (let count = 0; count < 10; count += 1) await lines.next()
    await lines.return(undefined)
    expect(written).toBeLessThan(32 * 1024 * 1024)
  })

  test.each([
    ['in the middle of a body of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'],
    ['in the middle of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc'],
    ['between two chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ])('says that the connection was cut %s', async (_, bytes) => {
    const target = await answer((socket) => socket.end(bytes))
    await expect((await sendRequest(target, get)).text()).rejects.toMatchObject({
      code: 'daemon_unreachable',
    })
    await expect(collect((await sendRequest(target, get)).lines())).rejects.toMatchObject({
      code: 'daemon_unreachable',
    })
  })

  test('fails where nobody listens, with the reason of the system as its cause', async () => {
    const server = net.createServer()
    const target = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    await expect(sendRequest(target, get)).rejects.toMatchObject({
      code: 'daemon_unreachable',
      cause: { code: 'ECONNREFUSED' },
    })
  })

  test.each([
    ['hangs up', '', 'it hung up'],
    ['speaks something else', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'it does not speak HTTP'],
    ['never comes to the point', 'x'.repeat(100_000), 'it does not speak HTTP'],
  ])('fails where the other side %s', async (_, bytes, message) => {
    const target = await answer((socket) => socket.end(bytes))
    await expect(sendRequest(target, get)).rejects.toThrow(message)
  })

  test('fails where no answer comes in time', async () => {
    const target = await answer(() => {})
    await expect(sendRequest(target, { ...get, timeoutMs: 50 })).rejects.toThrow('no answer for 0.05 s')
  })

  test('fails with the reason of its signal', async () => {
    const controller = new AbortController()
    const target = await answer(() => controller.abort(new Error('enough')))
    await expect(sendRequest(target, { ...get, signal: controller.signal })).rejects.toThrow('enough')
    await expect(sendRequest(target, { ...get, signal: controller.signal })).rejects.toThrow('enough')
  })
})
