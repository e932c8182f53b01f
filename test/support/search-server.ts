import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A web to search and to read: Tavily, Brave and SearXNG in their wire formats, and the pages that they find. */
export interface SearchServer {
  readonly url: string
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** What was searched for, oldest first. */
  readonly queries: readonly { readonly provider: string; readonly query: string; readonly key: string }[]
  /** Paths of the pages that were asked for, oldest first. */
  readonly asked: readonly string[]
}

interface Web {
  /** One more result, whose page is not there. */
  readonly missingPage?: boolean
  /** Pages are sent once this is settled. */
  readonly pagesAfter?: Promise<unknown>
}

/** Keys other than `apiKey` are refused as each provider does it. */
export const startSearchServer = async (
  apiKey: string,
  { missingPage = false, pagesAfter }: Web = {},
): Promise<SearchServer> => {
  const found = (url: string) => (missingPage ? [...pages(url), gone(url)] : pages(url))
  const asked: string[] = []
  const queries: { provider: string; query: string; key: string }[] = []
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const { headers } = request
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.method === 'POST' && pathname === '/search') {
      const body = JSON.parse(await readBody(request)) as { query: string; max_results: number }
      const key = String(headers.authorization).replace(/^Bearer /, '')
      queries.push({ provider: 'tavily', query: body.query, key })
      if (key !== apiKey) return send(401, { detail: { error: 'Unauthorized: missing or invalid API key.' } })
      const results = found(url).map(({ snippet, ...page }) => ({
        ...page,
        content: snippet,
        score: 0.9,
        raw_content: null,
      }))
      return send(200, {
        query: body.query,
        answer: null,
        images: [],
        results: results.slice(0, body.max_results),
      })
    }
    if (pathname === '/search' && searchParams.get('format') === 'json') {
      const query = searchParams.get('q') ?? ''
      queries.push({ provider: 'searxng', query, key: '' })
      const results = found(url).map(({ snippet, ...page }) => ({
        ...page,
        content: snippet,
        engine: 'duckduckgo',
      }))
      return send(200, { query, number_of_results: 2, results, answers: [], suggestions: [] })
    }
    if (pathname === '/res/v1/web/search') {
      const query = searchParams.get('q') ?? ''
      const key = String(headers['x-subscription-token'])
      queries.push({ provider: 'brave', query, key })
      if (key !== apiKey)
        return send(422, { type: 'ErrorResponse', error: { code: 'SUBSCRIPTION_TOKEN_INVALID' } })
      const results = found(url).map(({ snippet, ...page }) => ({
        ...page,
        description: `<strong>${snippet}</strong>`,
      }))
      return send(200, { type: 'search', query: { original: query }, web: { type: 'search', results } })
    }
    asked.push(pathname)
    await pagesAfter
    const page = pages(url).find((one) => one.url.endsWith(pathname))
    if (page === undefined) return send(404, {})
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(
        `<html><head><title>${page.title}</title><script>evil()</script></head><body><nav>Menu</nav><h1>${page.title}</h1><p>${page.snippet} The whole story.</p></body></html>`,
      )
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `http://${host}`
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  })
  return { url, host, queries, asked }
}

const pages = (url: string) => [
  { title: 'Alpha announced', url: `${url}/alpha`, snippet: 'Alpha, a model that naps, was announced.' },
  { title: 'Beta & friends', url: `${url}/beta`, snippet: 'Beta learns to say no.' },
]

const gone = (url: string) => ({ title: 'Gone [away]', url: `${url}/gone`, snippet: 'It was here.' })

const readBody = async (request: http.IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
