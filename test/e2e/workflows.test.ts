import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Event } from '../../src/protocol/event.ts'
import type { Task } from '../../src/protocol/task.ts'
import { expectHonest, ofType, request } from '../support/honest-log.ts'
import { homeWith } from '../support/provider-home.ts'
import { startSearchServer } from '../support/search-server.ts'
import { openShell } from '../support/shell-window.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { isTmuxInstalled } from '../support/tmux.ts'
import { connect } from '../support/ws-client.ts'

const linesOf = (stdout: string): Event[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event)

const nodes = ['query_analysis', 'web_search', 'fetch_pages', 'synthesis', 'formatting']

const theTask = async (sparky: Sparky, number = 1): Promise<Task> => sparky.task(number)

const allowPagesOf = (sparky: Sparky, { host }: { readonly host: string }) =>
  sparky.configure({ 'fetch.allow': [host] })

describe('sparky workflow run search', () => {
  test('searches for what the model asks for, reads the best pages, and tells what they say with its sources', async () => {
    const web = await startSearchServer('search-key', { missingPage: true })
    const { server, sparky } = await homeWith(
      'google',
      [
        { text: '{"queries": ["models that nap", "models that say no"]}' },
        { text: 'Alpha naps [1], Beta says no [2, 9], and nobody knows more [7].' },
      ],
      () => ({ TAVILY_API_KEY: 'search-key', TAVILY_BASE_URL: web.url }),
    )
    allowPagesOf(sparky, web)
    await sparky.start()
    const { exitCode, stdout, stderr } = await sparky.run(['workflow', 'run', 'search', 'What', 'naps?'])
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `Alpha naps [1], Beta says no [2], and nobody knows more.

## Sources

1. [Alpha announced](${web.url}/alpha)
2. [Beta & friends](${web.url}/beta)

## Skipped

- [Gone \\[away\\]](${web.url}/gone): HTTP 404`,
    })
    expect(stderr).toMatch(/node +web_search executing\n.*web_search completed/)
    expect(web.queries.map(({ query }) => query).toSorted()).toEqual([
      'models that nap',
      'models that say no',
    ])
    expect(web.asked.toSorted()).toEqual(['/alpha', '/beta', '/gone'])
    expect(server.requests[1]?.text).toContain('The whole story.')
    expect(server.requests[1]?.text).not.toContain('evil()')

    const task = await theTask(sparky)
    expect(task).toMatchObject({
      kind: 'workflow',
      prompt: 'What naps?',
      request_payload: { workflow: 'search', input: 'What naps?', simulate: false },
      response_payload: {
        answer: stdout,
        data: {
          query: 'What naps?',
          queries: ['models that nap', 'models that say no'],
          sources: [{ number: 1, url: `${web.url}/alpha` }, { number: 2 }],
          skipped: [{ title: 'Gone [away]', url: `${web.url}/gone`, reason: 'HTTP 404' }],
        },
      },
      usage: { model_calls: 2, tool_calls: 5 },
    })
    const events = await sparky.events(1)
    expectHonest(events)
    const done = ofType(events, 'node_update').filter(({ data }) => data.status === 'completed')
    expect(done.map(({ data }) => data.node)).toEqual(nodes)
    expect(ofType(events, 'search_results').map(({ data }) => data)).toMatchObject([
      {
        workflow_id: task.id,
        query: 'What naps?',
        results: [{ title: 'Alpha announced' }, { title: 'Beta & friends' }, { title: 'Gone [away]' }],
        synthesis: expect.stringMatching(/^Alpha naps \[1\]/),
      },
    ])
    expect(ofType(events, 'tool_update').map(({ data }) => data.message)).toContain('Found 3 results')

    // A client that comes late, and knows nothing but the id of the workflow.
    const late = await connect(sparky)
    late.send({ type: 'subscribe', workflow_id: task.id, after: 0 })
    await late.until(() =>
      expect(late.events.at(-1)).toMatchObject({ type: 'status', data: { status: 'completed' } }),
    )
    expect(late.events).toEqual(events)
    late.close()
  })

  test('over a kill -9 while it reads goes on there, and searches for nothing again', async () => {
    let send = (): void => {}
    const pagesAfter = new Promise<void>((resolve) => {
      send = resolve
    })
    const web = await startSearchServer('search-key', { pagesAfter })
    const sparky = newSparky({ BRAVE_API_KEY: 'search-key', BRAVE_BASE_URL: web.url })
    allowPagesOf(sparky, web)
    await sparky.start()
    const response = await request(sparky, '/api/v1/workflows/search/run', {
      method: 'POST',
      body: JSON.stringify({ input: 'naps' }),
    })
    expect(response.status).toBe(201)
    const { id } = (await response.json()) as Task
    await vi.waitFor(() => expect(web.asked).toHaveLength(2), { timeout: 15_000 })
    const stats = await (await request(sparky, '/api/v1/websocket/stats')).json()
    expect(stats).toMatchObject({ active_workflows: 1 })
    await sparky.killDaemon()
    send()
    await sparky.start()
    const [task] = await sparky.json<Task[]>(['agent', 'tasks', 'wait', id])
    expect(task).toMatchObject({ status: 'completed', attempt: 1 })
    expect(task?.response_payload?.answer).toMatch(
      /^What the search engine says .* no language model is configured/,
    )
    expect(web.queries).toHaveLength(1)
    expect(web.asked).toHaveLength(4)
    const events = await sparky.events(id)
    expectHonest(events)
    const begun = ofType(events, 'node_update').filter(({ data }) => data.status === 'executing')
    expect(begun.map(({ step, data }) => `${step} ${data.node}`)).toEqual([
      '1 query_analysis',
      '2 web_search',
      '3 fetch_pages',
      '3 fetch_pages',
      '4 synthesis',
      '5 formatting',
    ])
  })

  test('without a search provider makes no task and says how to configure one; --simulate runs on samples', async () => {
    const sparky = newSparky()
    const refused = await sparky.run(['workflow', 'run', 'search', 'naps', '--json'])
    expect(refused).toMatchObject({ exitCode: 9, stdout: '' })
    expect(JSON.parse(refused.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      error: { code: 'search_not_configured', hint: expect.stringContaining('sparky config set') },
    })
    const response = await request(sparky, '/api/v1/workflows/search/run', {
      method: 'POST',
      body: '{"input": "x"}',
    })
    expect(response.status).toBe(400)
    expect(await sparky.json(['agent', 'tasks', 'list'])).toEqual([])

    const { exitCode, stdout } = await sparky.run([
      'workflow',
      'run',
      'search',
      'naps',
      '--simulate',
      '--json',
    ])
    expect(exitCode).toBe(0)
    const events = linesOf(stdout)
    expectHonest(events)
    expect(ofType(events, 'node_update').filter(({ data }) => data.status === 'completed')).toHaveLength(5)
    const { results, synthesis } = ofType(events, 'search_results')[0]?.data ?? { results: [] }
    expect(results.every(({ title }) => title.startsWith('Sample: '))).toBe(true)
    expect(synthesis).toMatch(/^\*\*Sample\*\*/)
    const task = await theTask(sparky)
    expect(task.response_payload).toMatchObject({
      answer: expect.stringMatching(/^\*\*Sample\*\*: this run was simulated/),
      data: { simulated: true },
    })
    expect(ofType(events, 'workflow_status').map(({ data }) => data.status)).toEqual([
      'executing',
      'completed',
    ])
    expect(task.usage).toMatchObject({ model_calls: 0, tool_calls: 0 })

    const unknown = await sparky.run(['workflow', 'run', 'nothing', 'x'])
    expect(unknown).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('no workflow "nothing"; there are search'),
    })
  })

  test('whose every query fails is tried again, and fails with what the provider said', async () => {
    const web = await startSearchServer('search-key')
    const sparky = newSparky({ TAVILY_API_KEY: 'wrong-key', TAVILY_BASE_URL: web.url })
    const { exitCode, stderr } = await sparky.run(['workflow', 'run', 'search', 'naps'])
    expect({ exitCode, queries: web.queries.length }).toEqual({ exitCode: 1, queries: 3 })
    expect(stderr).toContain('node web_search: Tavily: the key was not accepted (HTTP 401)')
    expect(stderr).toMatch(/trying again in .* \(2 of 3\)/)
  })
})

test.skipIf(!isTmuxInstalled())(
  'on a terminal a card of the nodes is drawn while they run, and stays; Ctrl+C cancels (skipped only where tmux is not installed)',
  async () => {
    const sparky = newSparky()
    const folder = path.join(sparky.home, 'workflows')
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      path.join(folder, 'wait.mjs'),
      `export default { description: 'Waits', start: 'look', nodes: {
  look: { run: async (_, { tool }) => void (await tool('current_time')), next: 'wait' },
  wait: { run: async ({ input }, { sleep, progress }) => { progress('for ' + input); await sleep(Number(input)) }, next: 'say' },
  say: { run: () => ({ answer: 'Waited.' }) } } }`,
    )
    await sparky.start()
    const window = await openShell(sparky, 60, 16)
    const { tmux } = window
    await window.enter('clear; sparky workflow run wait 1500')
    await tmux.until(
      /1 {2}wait {2}executing {2}00:0\d\n {2}✓ look .*\n {6}✓ current_time .*\n {2}\S wait .*\n {6}for 1500\n {2}· say/,
    )
    expect(await tmux.until(/Waited\./)).toMatch(
      /^1 {2}wait {2}completed {2}00:0\d\n {2}✓ look .*\n {6}✓ current_time .*\n {2}✓ wait {2}1\.\d s\n {2}✓ say .*\n✓ 1 {2}completed in .*\nWaited\./,
    )
    await window.expectAsFound()
    await window.enter('clear; sparky workflow run wait 600000; echo "left with $?"')
    await tmux.until(/for 600000/)
    await tmux.press('C-c')
    expect(await tmux.until(/left with \d+/)).toMatch(
      /Cancelling task 2.*\n2 {2}wait {2}cancelled[^]*⊘ wait [^]*2 {2}cancelled in[^]*left with 130/,
    )
    await window.expectAsFound()
  },
)
