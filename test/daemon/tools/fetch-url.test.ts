import type { RequestListener } from 'node:http'
import { gzipSync, brotliCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fetchUrl } from '../../../src/daemon/tools/fetch-url.ts'
import { runTool } from '../../../src/daemon/tools/run-tool.ts'
import { contextIn } from './tool-context.ts'
import { localServer } from './local-server.ts'

const mebibyte = 1024 * 1024

/** Fetches what a local server answers, which a person has allowed. */
const fetched = async (answer: RequestListener, path = '/') => {
  const server = await localServer(answer)
  const settled = await runTool(
    fetchUrl,
    { url: server.url + path },
    contextIn('/', { allowedFetchHosts: [server.host] }),
  )
  return { ...settled, server }
}

const sending =
  (
    type: string,
    body: string | Buffer,
    headers: Record<string, string> = {},
    status = 200,
  ): RequestListener =>
  (_, response) =>
    response.writeHead(status, { ...(type === '' ? {} : { 'content-type': type }), ...headers }).end(body)

const page = `<!doctype html><html><head><title>News &amp; more</title><style>p{}</style><script>let x = 1</script></head>
<body><nav><a href="/menu">Menu</a></nav><main><h1>Today</h1><p>Hello <b>world</b>, <a href="/more">read on</a>.</p>
<ul><li>one</li><li>two</li></ul></main><footer>Imprint</footer></body></html>`

describe('fetch_url', () => {
  test('returns the readable part of a page, its title first', async () => {
    const { status, text, server, details } = await fetched(sending('text/html; charset=utf-8', page))
    expect(status).toBe('ok')
    expect(text).toBe(
      `News & more\n${server.url}/\n\nToday\n\nHello world, read on (${server.url}/more).\n\n * one\n * two`,
    )
    expect(details).toMatchObject({ url: `${server.url}/`, status: 200, complete: true })
  })

  test('returns a page without a main part', async () => {
    expect((await fetched(sending('text/html', '<p>Only this.'))).text).toMatch(/\n\nOnly this\.$/)
    expect((await fetched(sending('text/html', ''))).text).toMatch(/\n\n\(no text\)$/)
  })

  test.each([
    ['application/json', '{"a": 1}'],
    ['text/plain', 'plain <b>text</b>'],
    ['application/vnd.api+json', '[]'],
    ['text/csv', 'a,b'],
    ['', 'no type'],
  ])('returns %s as it is', async (type, body) => {
    expect((await fetched(sending(type, body))).text.endsWith(`\n\n${body}`)).toBe(true)
  })

  test('decodes by the charset that the answer or the page names', async () => {
    const latin = Buffer.from('caf\xe9', 'latin1')
    expect((await fetched(sending('text/plain; charset=ISO-8859-1', latin))).text).toMatch(/café$/)
    const html = Buffer.from('<meta charset="windows-1252"><p>caf\xe9', 'latin1')
    expect((await fetched(sending('text/html', html))).text).toMatch(/café$/)
    expect((await fetched(sending('text/plain; charset=nonsense', 'ok'))).text).toMatch(/ok$/)
  })

  test('refuses what is no text, with its type and size', async () => {
    const { status, text } = await fetched(
      sending('application/pdf', 'x'.repeat(1234), { 'content-length': '1234' }),
    )
    expect(status).toBe('error')
    expect(text).toMatch(/expected text, found application\/pdf, 1,234 bytes/)
    expect((await fetched(sending('', Buffer.from([1, 0, 2])))).text).toContain('found binary content')
  })

  test('names an HTTP error and shows its page', async () => {
    const { status, text } = await fetched(sending('text/plain', 'no such page', {}, 404), '/gone')
    expect(status).toBe('error')
    expect(text).toMatch(/\/gone: HTTP 404 Not Found\n\nno such page$/)
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('unpacks %s', async (encoding, pack) => {
    const { text } = await fetched(
      sending('text/plain', pack('packed text'), { 'content-encoding': encoding }),
    )
    expect(text).toMatch(/packed text$/)
  })

  test('cuts a small answer that unfolds without end', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * mebibyte, 'x'))
    const before = process.memoryUsage().rss
    const { text, details } = await fetched(sending('text/plain', bomb, { 'content-encoding': 'gzip' }))
    expect(details).toMatchObject({ bytes: 5 * mebibyte, complete: false })
    expect(text).toMatch(/\[the answer is larger than 5 MiB; the rest was not read]$/)
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * mebibyte)
  })

  test('cuts an answer without end', async () => {
    const { details } = await fetched((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    expect(details).toMatchObject({ bytes: 5 * mebibyte, complete: false })
  })

  test('says what went wrong with damaged, cut and oversized answers', async () => {
    const damaged = await fetched(sending('text/plain', 'no gzip', { 'content-encoding': 'gzip' }))
    expect(damaged.text).toContain('its compressed body is damaged')
    const cut = await fetched((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' })
      response.write('half', () => response.destroy())
    })
    expect(cut.text).toContain('the connection was cut')
    const header = await fetched(sending('text/plain', '', { 'x-large': 'x'.repeat(mebibyte) }))
    expect(header.text).toContain('its header is larger than 64 KiB')
  })

  test('gives up a page that is made to take for ever', { timeout: 30_000 }, async () => {
    const { status, text } = await fetched(sending('text/html', '<div>'.repeat(400_000)))
    expect(status).toBe('error')
    expect(text).toContain('too complex')
  })

  test('stops when its task ends', async () => {
    const server = await localServer(() => abort.abort(new Error('cancelled')))
    const abort = new AbortController()
    const context = contextIn('/', { allowedFetchHosts: [server.host], signal: abort.signal })
    expect(await runTool(fetchUrl, { url: server.url }, context)).toMatchObject({
      status: 'interrupted',
      text: 'interrupted: cancelled',
    })
  })
})
