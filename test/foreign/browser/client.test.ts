import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Task } from '../../../src/protocol/task.ts'
import { upgradeProxy, type UpgradeProxy } from '../../support/upgrade-proxy.ts'
import { openBrowser, type Browser, type Page } from './open-browser.ts'
import type { ClientTools } from './page/client-page.ts'
import { sparkyForPages, type SparkyForPages } from './sparky-for-pages.ts'

/** The library as a page gets it, with the browser's own `fetch` and WebSocket. */
let browser: Browser
let page: Page<ClientTools>
let daemon: SparkyForPages
let at: { url: string; token: string }

beforeAll(async () => {
  const opened = await openBrowser<ClientTools>({ page: 'client-page.ts' })
  browser = opened
  page = opened.page
  daemon = await sparkyForPages([page.origin])
  at = { url: daemon.url, token: daemon.token }
})

afterAll(async () => {
  const unheard = await page?.run((_, tools) => tools.unheard, null)
  await browser?.close()
  await daemon?.stop()
  expect(unheard).toEqual([])
})

const behind = async (rule: UpgradeProxy['rule']): Promise<{ proxy: UpgradeProxy; at: typeof at }> => {
  const proxy = await upgradeProxy(() => daemon.sparky.daemon()?.url ?? 'http://127.0.0.1:9', rule)
  onTestFinished(() => proxy.close())
  return { proxy, at: { url: proxy.url, token: daemon.token } }
}

/** Submits one task in the page; what it was told on the way, and what it got. */
const submit = (where: typeof at, prompt: string) =>
  page.run(
    async ({ url, token, prompt }, { sparky }) => {
      const client = await sparky.connect({ url, token })
      const updates: string[] = []
      const connections: unknown[] = []
      const task = await sparky.submitTask(
        { prompt, context: { from: 'a page' } },
        ({ status, last_seq }) => void updates.push(`${last_seq} ${status}`),
        { client, onConnection: (connection) => connections.push(connection) },
      )
      const seqs: number[] = []
      for await (const event of sparky.watchTask(task.number, { client })) seqs.push(event.seq)
      return { task, updates, connections, seqs }
    },
    { ...where, prompt },
  )

describe('the library on a page', () => {
  test('submits a task, is told of each state, and watches it again from its first event', async () => {
    const { task, updates, connections, seqs } = await submit(at, 'What time is it?')
    expect(task).toEqual(await daemon.sparky.json<Task>(['agent', 'tasks', 'show', task.id]))
    expect(task).toMatchObject({ status: 'completed', request_payload: { context: { from: 'a page' } } })
    expect(new Set(updates).size).toBe(updates.length)
    expect(updates.at(-1)).toBe(`${task.last_seq} completed`)
    expect(connections[0]).toEqual({ state: 'connecting' })
    expect(JSON.stringify(connections)).not.toContain('degraded')
    expect(seqs).toEqual((await daemon.sparky.events(task.id)).map(({ seq }) => seq))
  })

  test.each([404, 502, 'cut'] as const)(
    'follows over HTTP where upgrades are answered %s, and says so',
    async (rule) => {
      const { at: place } = await behind(rule)
      const { task, connections, seqs } = await submit(place, 'List files')
      expect(task.status).toBe('completed')
      expect(connections.at(-1)).toMatchObject({ degraded: expect.stringContaining('could not be opened') })
      expect(seqs).toEqual((await daemon.sparky.events(task.id)).map(({ seq }) => seq))
    },
  )

  test('goes on after cuts, and over kill -9 of the daemon, without a gap or a duplicate', async () => {
    const { proxy, at: place } = await behind('pass')
    const { number } = await daemon.sparky.add('List files', ['--at', '1h'])
    await page.run(({ url, token }, { sparky, kept }) => {
      const session = sparky.createClient({ url, token }).openSession({ subscribe: { after: 0 } })
      const seqs: number[] = []
      session.on('event', ({ seq }) => seqs.push(seq))
      kept.set('session', { session, seqs })
    }, place)
    const until = (last: number) =>
      page.run(async (last, { kept }) => {
        const { session, seqs } = kept.get('session') as {
          session: InstanceType<ClientTools['sparky']['Session']>
          seqs: number[]
        }
        while ((seqs.at(-1) ?? 0) < last) await new Promise((resolve) => session.on('event', resolve))
        return { seqs, sessionId: session.state.sessionId }
      }, last)
    const priority = async (value: number): Promise<number> =>
      (await daemon.sparky.json<Task>(['agent', 'tasks', 'edit', `${number}`, '--priority', `${value}`]))
        .last_seq
    const { sessionId } = await until(await priority(1))
    proxy.cutAll()
    await until(await priority(2))
    await daemon.sparky.killDaemon()
    await daemon.sparky.json(['agent', 'start'])
    const end = await until(await priority(3))
    expect(end.seqs).toEqual(Array.from(end.seqs, (_, index) => index + 1))
    expect(end.sessionId).toBe(sessionId)
    await page.run(
      (_, { kept }) => (kept.get('session') as { session: { close(): void } }).session.close(),
      null,
    )
  })

  test('says what is wrong where the token is, or where the origin is not listed', async () => {
    const codeOf = (where: typeof at) =>
      page.run(
        async ({ url, token }, { sparky }) =>
          sparky.connect({ url, token }).then(
            () => 'connected',
            (error: unknown) => (error as { code: string }).code,
          ),
        where,
      )
    const { url = '' } = daemon.sparky.daemon() ?? {}
    expect(await codeOf({ url, token: 'wrong' })).toBe('unauthorized')
    await daemon.sparky.run(['config', 'set', 'server.origins', '["http://example.org"]'])
    await vi.waitFor(
      async () => expect(await codeOf({ url, token: daemon.token })).toBe('daemon_unreachable'),
      5000,
    )
  })
})
