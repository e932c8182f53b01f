import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Task } from '../../src/protocol/task.ts'
import type { Script } from '../support/model-server.ts'
import { homeWith, tell } from '../support/provider-home.ts'
import { startSearchServer, type SearchServer } from '../support/search-server.ts'

const prompt = 'Research the latest news about AI and create a summary document'
const summary = '# AI this week\n\n- Alpha, a model that naps\n- Beta learns to say no\n'

/** Searches, reads what was found, writes the document, and answers. */
const researcher =
  ({ url }: SearchServer): Script =>
  (_, index) =>
    [
      {
        reasoning: 'Recent articles first.',
        calls: [{ name: 'web_search', args: { query: 'AI news this week', max_results: 2 } }],
      },
      { calls: ['alpha', 'beta'].map((page) => ({ name: 'fetch_url', args: { url: `${url}/${page}` } })) },
      { calls: [{ name: 'write_file', args: { path: 'summary.md', content: summary } }] },
      { text: 'The summary is in summary.md.' },
    ][index] ?? { httpStatus: 400 }

const settings = {
  tavily: ({ url }: SearchServer) => ({ TAVILY_API_KEY: 'search-key', TAVILY_BASE_URL: url }),
  brave: ({ url }: SearchServer) => ({ BRAVE_API_KEY: 'search-key', BRAVE_BASE_URL: url }),
  searxng: ({ url }: SearchServer) => ({ SEARXNG_URL: `${url}/` }),
}

describe.each(['tavily', 'brave', 'searxng'] as const)('with %s', (provider) => {
  test('the third task of the seeds searches, reads, and leaves its document', async () => {
    const web = await startSearchServer('search-key')
    const { server, sparky } = await homeWith('google', researcher(web), () => settings[provider](web))
    sparky.configure({ 'fetch.allow': [web.host] })
    const { exitCode, task, of } = await tell(sparky, prompt)
    expect(task.error).toBeNull()
    expect({ exitCode, answer: task.response_payload?.answer }).toEqual({
      exitCode: 0,
      answer: 'The summary is in summary.md.',
    })
    expect(readFileSync(path.join(sparky.work, 'summary.md'), 'utf8')).toBe(summary)
    expect(web.queries).toMatchObject([{ provider, query: 'AI news this week' }])
    const results = of('tool_result').map(({ data }) => [data.name, data.status])
    expect(results).toEqual([
      ['web_search', 'ok'],
      ['fetch_url', 'ok'],
      ['fetch_url', 'ok'],
      ['write_file', 'ok'],
    ])
    const told = server.requests.map(({ text }) => text)
    expect(told[1]).toContain('Alpha, a model that naps, was announced.')
    expect(told[2]).toContain('The whole story.')
    expect(told[2]).not.toContain('evil()')
    const doctor = await sparky.run(['doctor'])
    expect(doctor.stdout).toMatch(/✓ ok +search +configured/)
  })
})

test('without a search provider the model is not offered web_search, and doctor says why', async () => {
  const { server, sparky } = await homeWith('anthropic', [
    { calls: [{ name: 'web_search', args: { query: 'AI news' } }] },
    { text: 'I cannot search the web here.' },
  ])
  const { task, of } = await tell(sparky, prompt)
  expect(task.status).toBe('completed')
  const offered = ((server.requests[0]?.body['tools'] ?? []) as { name: string }[]).map(({ name }) => name)
  expect(offered).toContain('fetch_url')
  expect(offered).not.toContain('web_search')
  expect(of('tool_result').map(({ data }) => data.status)).toEqual(['error'])

  const doctor = await sparky.run(['doctor'])
  expect(doctor.stdout).toMatch(/! warn +search +not configured/)
  expect(doctor.stdout).toContain('TAVILY_API_KEY')
  const [search] = (
    await sparky.json<{ name: string; available: boolean; why_not: string }[]>(['tools', 'list'])
  ).filter(({ name }) => name === 'web_search')
  expect(search).toMatchObject({ available: false, why_not: expect.stringContaining('SEARXNG_URL') })
})

test('a search key that is refused is told to the model, and the key is shown to nobody', async () => {
  const web = await startSearchServer('search-key')
  const { server, sparky } = await homeWith('google', researcher(web), () => ({
    TAVILY_API_KEY: 'tvly-wrong-key',
    TAVILY_BASE_URL: web.url,
  }))
  const task = await sparky.json<Task>(['run', prompt])
  expect(task.status).toBe('completed')
  expect(server.requests[1]?.text).toContain('the key was not accepted (HTTP 401)')
  expect(JSON.stringify(await sparky.events(1)) + sparky.log()).not.toContain('tvly-wrong-key')
})
