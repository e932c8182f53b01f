import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ChatAgents } from '../../../src/daemon/server/chat-agents.ts'
import { Hub } from '../../../src/daemon/server/delivery/hub.ts'
import { runServer, token } from '../../daemon/server/running-server.ts'
import { agentTypes } from '../../support/agent-types.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { openBrowser, type Browser, type Page } from './open-browser.ts'
import type { ReactTools } from './page/react-page.tsx'
import { sparkyForPages, type SparkyForPages } from './sparky-for-pages.ts'

let browser: Browser
let page: Page<ReactTools>
let daemon: SparkyForPages
let at: { url: string; token: string }

beforeAll(async () => {
  const opened = await openBrowser<ReactTools>({ page: 'react-page.tsx' })
  browser = opened
  page = opened.page
  daemon = await sparkyForPages([page.origin])
  at = { url: daemon.url, token: daemon.token }
})

afterAll(async () => {
  await browser?.close()
  await daemon?.stop()
})

/** How many WebSockets the real daemon has. */
const connections = async (): Promise<number> => {
  const response = await fetch(`${at.url}/api/v1/websocket/stats`, {
    headers: { authorization: `Bearer ${at.token}` },
  })
  return ((await response.json()) as { total_connections: number }).total_connections
}

/** Takes the component away, and says what was told and what went wrong since the test before. */
const leave = () =>
  page.run((_, { leave, told, unheard }) => {
    leave()
    return { told: told.splice(0), unheard: unheard.splice(0) }
  }, null)

test('a page submits a task and shows its answer; strictly mounted, it is one task, told of once', async () => {
  const answer = await page.run(async (at, { show, click, text }) => {
    show(at, { name: 'TaskCard', prompt: 'Run the command: echo for a page' })
    await text('button', 'Submit')
    click('button')
    await text('button', 'Processing')
    await text('#status', 'completed')
    await text('button', 'Submit')
    return text('#answer', /./)
  }, at)
  expect(answer).toContain('for a page')
  expect(await leave()).toEqual({
    told: [{ completed: answer }, { resolved: 'completed' }],
    unheard: [],
  })
  const tasks = await daemon.sparky.json<Task[]>(['agent', 'tasks', 'list', '--all'])
  expect(tasks).toHaveLength(1)
  expect(tasks[0]?.request_payload).toMatchObject({ context: { from: 'a page' } })
  await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 10_000 })
})

test('a task that fails is an error on the page, and no promise is left to reject', async () => {
  const message = await page.run(async (at, { show, click, text }) => {
    show(at, { name: 'TaskCard', prompt: 'Nothing that the demo understands' })
    await text('button', 'Submit')
    click('button')
    return text('#error', /./)
  }, at)
  expect(message).not.toBe('')
  expect(await leave()).toEqual({
    told: [{ failed: 'model_not_configured' }, { resolved: 'failed' }],
    unheard: [],
  })
})

test('a page that leaves a task behind cancels nothing, and hears no more of it', async () => {
  await page.run(async (at, { show, click, text }) => {
    show(at, { name: 'TaskCard', prompt: 'Run the command: sleep 0.5; echo alone' })
    await text('button', 'Submit')
    click('button')
    await text('#status', 'in_progress')
  }, at)
  expect(await leave()).toEqual({ told: [], unheard: [] })
  const [task] = await daemon.sparky.json<Task[]>(['agent', 'tasks', 'wait', '3'])
  expect(task?.status).toBe('completed')
  expect(await leave()).toEqual({ told: [{ resolved: null }], unheard: [] })
})

test('a table of tasks is live', async () => {
  const shown = page.run(async (at, { show, text }) => {
    show(at, { name: 'TaskTable' })
    await text('#connection', 'live')
    return text('#tasks', /^4 completed, 3 completed, 2 failed$/)
  }, at)
  await daemon.sparky.json(['run', 'List files'])
  await shown
  expect(await leave()).toEqual({ told: [], unheard: [] })
})

test('a workflow is heard from its first event on, once, over a server that goes and comes', async () => {
  const allowedOrigins = () => [page.origin]
  const first = await runServer({ allowedOrigins })
  const { store, queue } = first
  const { id } = await first.add('Search')
  const tell = (...nodes: string[]) =>
    store.append(() =>
      nodes.map((node) => ({
        task_id: id,
        type: 'node_update' as const,
        data: { workflow_id: id, node, status: 'executing' as const },
      })),
    )
  const until = (nodes: string) => page.run(async (nodes, { text }) => text('#nodes', nodes), nodes)
  await tell('a', 'b')
  await page.run(
    async ({ at, workflowId }, { show, text }) => {
      show(at, { name: 'WorkflowCard', workflowId })
      await text('#state', 'connected, authenticated')
    },
    { at: { url: first.server.url, token }, workflowId: id },
  )
  await until('a b')
  await tell('c')
  await until('a b c')
  // Mounted twice, but connected once.
  await vi.waitFor(() => expect(first.server.sessionCount).toBe(1), { timeout: 10_000 })
  await first.server.close({ code: 1001, reason: 'shutdown' })
  await page.run(async (_, { text }) => text('#state', ''), null)
  await tell('d')
  const { server } = await runServer({
    allowedOrigins,
    store,
    queue,
    hub: new Hub(store),
    port: first.server.port,
  })
  await tell('e')
  await until('a b c d e')
  await store.append(() => [
    {
      task_id: id,
      type: 'search_results' as const,
      data: { workflow_id: id, query: 'q', results: [], synthesis: 'found' },
    },
  ])
  await tell('f')
  await until('a b c d e f')
  const { told, unheard } = await leave()
  expect(told).toEqual([
    ...['a', 'b', 'c', 'd', 'e'].map((node) => ({ node, id })),
    { synthesis: 'found', id },
    { node: 'f', id },
  ])
  expect(unheard).toEqual([])
  await vi.waitFor(() => expect(server.sessionCount).toBe(0), { timeout: 10_000 })
})

test('a page chats with two agents over one connection', async () => {
  const chat: ChatAgents = {
    agentTypes,
    answer: async function* ({ agentType, pillar, conversationId, message }) {
      const turn = {
        agent_type: agentType,
        pillar,
        conversation_id: conversationId,
        task_id: `t ${agentType}`,
      }
      yield { type: 'message_delta', ...turn, data: { text: 'I he', offset: 0 } }
      yield { type: 'message', ...turn, message: `I heard ${message}`, data: null, visualization: null }
    },
  }
  const { server } = await runServer({ allowedOrigins: () => [page.origin], chat })
  const seen = await page.run(
    async (at, { show, click, text }) => {
      show(at, { name: 'ChatPanel' })
      await text('#state', 'connected')
      click('#send')
      const withGuide = await text('#messages', /complete/)
      click('#insights')
      await text('#agent', 'insights')
      await text('#messages', '')
      click('#send')
      const withInsights = await text('#messages', /complete/)
      click('#guide')
      await text('#agent', 'guide')
      return { withGuide, withInsights, again: await text('#messages', /complete/) }
    },
    { url: server.url, token },
  )
  const both = 'user: Hello (answered); assistant: I heard Hello (complete)'
  expect(seen).toEqual({ withGuide: both, withInsights: both, again: both })
  expect(server.sessionCount).toBe(1)
  expect(await leave()).toEqual({ told: [], unheard: [] })
})

test('the daemon as it is today answers a chat with an error that stands in the conversation', async () => {
  const messages = await page.run(async (at, { show, click, text }) => {
    show(at, { name: 'ChatPanel' })
    await text('#agent', 'guide')
    click('#send')
    return text('#messages', /; assistant: /)
  }, at)
  expect(messages).toMatch(/^user: Hello \(answered\); assistant: .+ \(complete\)$/)
  expect(await leave()).toEqual({ told: [], unheard: [] })
})
