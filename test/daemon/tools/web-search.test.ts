import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { webSearch } from '../../../src/daemon/tools/web-search.ts'
import type { SearchSettings } from '../../../src/daemon/tools/tool.ts'
import { bodyOf, localServer } from './local-server.ts'
import { call } from './tool-context.ts'

type Provider = 'tavily' | 'brave' | 'searxng'

const settingsFor = (provider: Provider, baseUrl: string): SearchSettings =>
  provider === 'searxng' ? { provider, baseUrl } : { provider, baseUrl, apiKey: 'key-1' }

const search = async (provider: Provider, answer: RequestListener, args = {}) => {
  const server = await localServer(answer)
  const settled = await call(
    webSearch,
    '/',
    { query: 'AI news & more', ...args },
    { search: settingsFor(provider, `${server.url}/`) },
  )
  return { ...settled, requests: server.requests }
}

const sending =
  (body: unknown, status = 200): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const failing = (status: number): RequestListener => sending({ error: 'no' }, status)

describe('web_search', () => {
  test('asks Tavily', async () => {
    let seen: unknown
    const { status, text, details, requests } = await search(
      'tavily',
      async (request, response) => {
        seen = [
          request.headers.authorization,
          request.headers['content-type'],
          JSON.parse(await bodyOf(request)),
        ]
        const results = [
          { title: 'First', url: 'https://a.example', content: 'About\n  it', score: 0.9, raw_content: null },
          { title: 'Second', url: 'https://b.example', content: '', score: 0.8 },
        ]
        response.end(JSON.stringify({ query: 'q', answer: null, images: [], results, response_time: 1.2 }))
      },
      { max_results: 3 },
    )
    expect(status).toBe('ok')
    expect(requests).toEqual(['POST /search'])
    expect(seen).toEqual(['Bearer key-1', 'application/json', { query: 'AI news & more', max_results: 3 }])
    expect(text).toBe('1. First\n   https://a.example\n   About it\n\n2. Second\n   https://b.example')
    expect(details).toEqual({
      query: 'AI news & more',
      results: [
        { title: 'First', url: 'https://a.example', snippet: 'About\n  it' },
        { title: 'Second', url: 'https://b.example', snippet: '' },
      ],
    })
  })

  test('asks Brave, and takes its markup away', async () => {
    let token: unknown
    const { text, requests } = await search('brave', (request, response) => {
      token = request.headers['x-subscription-token']
      const results = [
        { title: 'A &amp; B', url: 'https://a.example', description: 'the <strong>AI</strong> isn&#x27;t' },
      ]
      response.end(JSON.stringify({ type: 'search', web: { type: 'search', results } }))
    })
    expect(requests).toEqual(['GET /res/v1/web/search?q=AI+news+%26+more&count=5'])
    expect(token).toBe('key-1')
    expect(text).toBe("1. A & B\n   https://a.example\n   the AI isn't")
  })

  test('asks SearXNG, and keeps to the number of results', async () => {
    const results = Array.from({ length: 20 }, (_, index) => ({
      title: `T${index}`,
      url: `https://${index}.example`,
      content: 'c',
      engine: 'x',
    }))
    const { details, requests } = await search('searxng', sending({ query: 'q', results }), {
      max_results: 2,
    })
    expect(requests).toEqual(['GET /search?q=AI+news+%26+more&format=json'])
    expect(details?.['results']).toHaveLength(2)
  })

  test('passes over results that are none, and keeps the others', async () => {
    const good = { title: 'A', url: 'https://a.example', content: 'one', description: 'one' }
    const results = [null, 7, [], { title: 'no address' }, { url: { a: 1 } }, good]
    for (const [provider, answer] of [
      ['tavily', { results }],
      ['searxng', { results }],
      ['brave', { web: { results } }],
    ] as const) {
      const { details } = await search(provider, sending(answer))
      expect(details?.['results']).toEqual([{ title: 'A', url: 'https://a.example', snippet: 'one' }])
    }
  })

  test.each<Provider>(['tavily', 'brave', 'searxng'])('says that %s found nothing', async (provider) => {
    const { status, text } = await search(
      provider,
      sending(provider === 'brave' ? { type: 'search' } : { results: [] }),
    )
    expect([status, text]).toEqual(['ok', 'Nothing found for "AI news & more".'])
  })

  test.each<[Provider, RequestListener, RegExp]>([
    [
      'tavily',
      failing(401),
      /^Tavily: the key was not accepted \(HTTP 401\)\nA person must check TAVILY_API_KEY\.$/,
    ],
    ['brave', failing(422), /^Brave Search: the key was not accepted \(HTTP 422\)/],
    ['brave', failing(429), /^Brave Search: too many searches/],
    ['tavily', failing(432), /^Tavily: too many searches, or the plan is used up/],
    ['searxng', failing(403), /^SearXNG: it answered with HTTP 403\nThe JSON format must be on/],
    ['tavily', failing(500), /^Tavily: it answered with HTTP 500$/],
    ['searxng', (_, response) => response.end('<html>'), /^SearXNG: its answer is no JSON$/],
    ['tavily', sending({ detail: 'x' }), /^Tavily: its answer has no list of results$/],
    ['searxng', (_, response) => response.destroy(), /^SearXNG: it cannot be reached: /],
    ['brave', (_, response) => response.end(`"${'x'.repeat(6 * 1024 * 1024)}"`), /more than 5 MiB/],
  ])('says what is wrong with %s', async (provider, answer, text) => {
    expect(await search(provider, answer)).toMatchObject({
      status: 'error',
      text: expect.stringMatching(text),
    })
  })

  test('does not carry the key to where a redirect points', async () => {
    const other = await localServer(sending({ results: [] }))
    const { text } = await search('brave', (_, response) =>
      response.writeHead(302, { location: other.url }).end(),
    )
    expect(text).toBe('Brave Search: it answered with HTTP 302')
    expect(other.requests).toEqual([])
  })

  test('says how to configure a provider where there is none', async () => {
    expect(await call(webSearch, '/', { query: 'x' })).toMatchObject({
      status: 'error',
      text: expect.stringContaining('TAVILY_API_KEY'),
      details: { code: 'search_not_configured' },
    })
  })
})
