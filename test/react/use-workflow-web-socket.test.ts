import { expect, test, vi } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import type { EventDraft } from '../../src/protocol/event.ts'
import { SparkyError } from '../../src/protocol/failure.ts'
import { useWorkflowWebSocket, type UseWorkflowWebSocket } from '../../src/react/react.ts'
import { builtInPrograms } from '../../src/daemon/workflows/built-in-programs.ts'
import { runWorkflow } from '../../src/daemon/workflows/run-workflow.ts'
import { openAgent } from '../daemon/agent/open-agent.ts'
import { scriptedModel } from '../daemon/agent/scripted-model.ts'
import { Hub } from '../../src/daemon/server/delivery/hub.ts'
import { runServer, token, type RunningServer } from '../daemon/server/running-server.ts'
import { FakeDaemon } from '../support/fake-daemon.ts'
import { tempHome } from '../support/temp-home.ts'
import { hookInInk, soon } from './hook-in-ink.ts'

/** A real store behind a real server; what a workflow would write is appended to it. */
const running = async () => {
  const daemon = await runServer()
  return { ...daemon, client: createClient({ url: daemon.server.url, token }) }
}

type NodeStatus = 'executing' | 'completed' | 'failed'

const nodeUpdate = (workflow_id: string, node: string, status: NodeStatus = 'executing'): EventDraft => ({
  task_id: workflow_id,
  type: 'node_update',
  data: { workflow_id, node, status },
})

const tell = ({ store }: Pick<RunningServer, 'store'>, ...drafts: EventDraft[]): Promise<unknown> =>
  store.append(() => drafts)

/** Everything that the callbacks are told, in order. */
const listen = ({ onNodeUpdate, onToolUpdate, onSearchResults, onWorkflowStatus }: UseWorkflowWebSocket) => {
  const heard: { type: string; data: unknown; workflowId: string; seq: number }[] = []
  const hear =
    (type: string) =>
    (data: unknown, workflowId: string, { seq }: { seq: number }): void => {
      heard.push({ type, data, workflowId, seq })
    }
  const unsubscribes = [
    onNodeUpdate(hear('node')),
    onToolUpdate(hear('tool')),
    onSearchResults(hear('search')),
    onWorkflowStatus(hear('status')),
  ]
  return { heard, stop: () => unsubscribes.forEach((unsubscribe) => unsubscribe()) }
}

test('a search is followed from its first step to its end, whenever it is subscribed to', async () => {
  const daemon = await running()
  const { id } = await daemon.add('Search for it')
  await tell(daemon, nodeUpdate(id, 'analyze'), {
    task_id: id,
    type: 'tool_update',
    data: { workflow_id: id, tool: 'web_search', status: 'executing', message: 'Searching' },
  })
  const hook = hookInInk(() =>
    useWorkflowWebSocket({ client: daemon.client, userId: 'ada', autoConnect: true }),
  )
  const { heard, stop } = listen(hook.current)
  hook.current.subscribeToWorkflow(id)
  await soon(() => expect(heard.map(({ type }) => type)).toEqual(['node', 'tool']))
  await hook.until(({ isConnected, isAuthenticated, connectionState }) =>
    expect([isConnected, isAuthenticated, connectionState]).toEqual([true, true, { state: 'live' }]),
  )
  const results = {
    workflow_id: id,
    query: 'it',
    results: [{ title: 'It', url: 'http://it', snippet: '…' }],
    synthesis: 'It is',
  }
  await tell(
    daemon,
    { task_id: id, type: 'search_results', data: results },
    { task_id: id, type: 'workflow_status', data: { workflow_id: id, status: 'completed' } },
  )
  await soon(() => expect(heard).toHaveLength(4))
  expect(heard[2]).toMatchObject({ type: 'search', data: results, workflowId: id })
  expect(heard[3]).toMatchObject({ type: 'status', data: { status: 'completed' } })
  stop()
  await tell(daemon, nodeUpdate(id, 'late'))
  const other = listen(hook.current)
  await tell(daemon, nodeUpdate(id, 'later'))
  await soon(() => expect(other.heard).toHaveLength(1))
  expect(heard).toHaveLength(4)
  // The session is that of the user who was named.
  expect(await daemon.logged('WebSocket connected')).toBeTruthy()
  expect(daemon.log.some(({ fields }) => fields['user'] === 'ada')).toBe(true)
})

test('a real workflow is told as it runs: its nodes, its tools, what it has found, and its end', async () => {
  const daemon = await running()
  const [program] = builtInPrograms(() => null)
  if (program === undefined) throw new Error('expected a workflow that comes with Sparky')
  const { id } = await daemon.queue.add(
    { prompt: 'naps' },
    { kind: 'workflow', payload: { workflow: 'search', input: 'naps', simulate: true } },
  )
  const hook = hookInInk(() => useWorkflowWebSocket({ client: daemon.client }))
  const { heard } = listen(hook.current)
  hook.current.subscribeToWorkflow(id)
  const attempt = await daemon.queue.claim()
  if (attempt === undefined) throw new Error('expected a task to claim, found none')
  const agent = await openAgent(scriptedModel([]))
  const parts = { ...agent.parts, store: daemon.store, programOf: async () => program }
  await runWorkflow(attempt, parts, new AbortController().signal)
  await soon(() => expect(heard.at(-1)).toMatchObject({ type: 'status', data: { status: 'completed' } }))
  const nodes = heard
    .filter(({ type }) => type === 'node')
    .map(({ data }) => data as { node: string; status: string })
  expect(nodes.filter(({ status }) => status === 'completed').map(({ node }) => node)).toEqual([
    'query_analysis',
    'web_search',
    'fetch_pages',
    'synthesis',
    'formatting',
  ])
  expect(heard.filter(({ type }) => type === 'search')).toMatchObject([
    { data: { query: 'naps' }, workflowId: id },
  ])
  expect(heard.some(({ type }) => type === 'tool')).toBe(true)
})

test('several workflows share one connection; each is heard once and in order as they come and go', async () => {
  const daemon = await running()
  const ids: string[] = []
  for (const prompt of ['one', 'two', 'three', 'not followed']) ids.push((await daemon.add(prompt)).id)
  const [one = '', two = '', three = '', other = ''] = ids
  const hook = hookInInk(() => useWorkflowWebSocket({ client: daemon.client }))
  const { heard } = listen(hook.current)
  const of = (id: string) =>
    heard.filter(({ workflowId }) => workflowId === id).map(({ data }) => (data as { node: string }).node)
  let written = 0
  const writeSome = async (): Promise<void> => {
    for (let round = 0; round < 20; round += 1) {
      await tell(daemon, ...ids.map((id) => nodeUpdate(id, String(written))))
      written += 1
    }
  }
  const all = () => Array.from({ length: written }, (_, index) => String(index))

  hook.current.subscribeToWorkflow(one)
  const writing = writeSome()
  hook.current.subscribeToWorkflow(two)
  await writing
  await soon(() => expect([of(one), of(two)]).toEqual([all(), all()]))
  // By its number, and twice.
  hook.current.subscribeToWorkflow('3')
  hook.current.subscribeToWorkflow(three)
  hook.current.unsubscribeFromWorkflow(one)
  const untilThen = of(one)
  await writeSome()
  await soon(() => expect([of(two), of(three)]).toEqual([all(), all()]))
  expect(of(one)).toEqual(untilThen)
  expect(of(other)).toEqual([])
  expect(daemon.server.sessionCount).toBe(1)
  // Followed anew, it is told from its first event.
  heard.length = 0
  hook.current.subscribeToWorkflow(one)
  await soon(() => expect(of(one)).toEqual(all()))
  expect(of(two)).toEqual([])
})

test('a connection that breaks again and again leaves no gap and tells nothing twice', async () => {
  const daemon = await running()
  const { id } = await daemon.add('Long')
  const hook = hookInInk(() => useWorkflowWebSocket({ client: daemon.client }))
  const { heard } = listen(hook.current)
  hook.current.subscribeToWorkflow(id)
  let { server } = daemon
  for (let round = 0; round < 3; round += 1) {
    for (let step = 0; step < 10; step += 1) await tell(daemon, nodeUpdate(id, `${round}.${step}`))
    await soon(() => expect(heard.length).toBeGreaterThan(round * 12))
    await server.close({ code: 1001, reason: 'shutdown' })
    await hook.until(({ isConnected }) => expect(isConnected).toBe(false))
    await tell(daemon, nodeUpdate(id, `${round}.gone`), nodeUpdate(id, `${round}.gone too`))
    const again = { queue: daemon.queue, store: daemon.store, hub: new Hub(daemon.store), port: server.port }
    ;({ server } = await runServer(again))
  }
  await soon(() => expect(heard).toHaveLength(36))
  const stored: string[] = []
  for await (const events of daemon.store.events({ after: 0, taskId: id })) {
    for (const event of events) if (event.type === 'node_update') stored.push(event.data.node)
  }
  expect(heard.map(({ data }) => (data as { node: string }).node)).toEqual(stored)
})

test('nothing connects before there is a token, or where it is not wanted; callbacks outlive both', async () => {
  const daemon = await running()
  const { id } = await daemon.add('Wait')
  await tell(daemon, nodeUpdate(id, 'begun'))
  const client = createClient({ url: daemon.server.url })
  const hook = hookInInk(() => useWorkflowWebSocket({ client, token: null }))
  const { heard } = listen(hook.current)
  hook.current.subscribeToWorkflow(id)
  expect(hook.current).toMatchObject({ isConnected: false, connectionState: { state: 'disconnected' } })
  hook.rerender(() => useWorkflowWebSocket({ client, token }))
  await soon(() => expect(heard).toHaveLength(1))
  hook.rerender(() => useWorkflowWebSocket({ client, token, autoConnect: false }))
  await soon(() => expect(daemon.server.sessionCount).toBe(0))
  await tell(daemon, nodeUpdate(id, 'meanwhile'))
  hook.current.connect()
  await soon(() => expect(heard).toHaveLength(2))
  hook.current.disconnect()
  await hook.until(({ connectionState }) => expect(connectionState).toEqual({ state: 'disconnected' }))
  await soon(() => expect(daemon.server.sessionCount).toBe(0))
})

test('a wrong token is not authenticated, and says so', async () => {
  const daemon = await running()
  const hook = hookInInk(() => useWorkflowWebSocket({ client: daemon.client, token: 'wrong' }))
  await hook.until(({ error }) => expect(error).toMatchObject({ code: 'unauthorized' }))
  expect(hook.current).toMatchObject({ isConnected: false, isAuthenticated: false })
})

test('a workflow that is not there is an error, and the others go on', async () => {
  const daemon = await running()
  const [{ id }, gone] = [await daemon.add('Here'), await daemon.add('Gone')]
  const hook = hookInInk(() => useWorkflowWebSocket({ client: daemon.client }))
  const { heard } = listen(hook.current)
  hook.current.subscribeToWorkflow(gone.id)
  hook.current.subscribeToWorkflow('777')
  await hook.until(({ error }) => expect(error).toMatchObject({ code: 'not_found' }))
  // Found once, and removed before the next subscription.
  await daemon.queue.cancel(gone.id, { by: 'user', reason: null })
  await daemon.queue.remove(gone.id)
  hook.current.subscribeToWorkflow(id)
  await tell(daemon, nodeUpdate(id, 'on'))
  await soon(() => expect(heard.map(({ workflowId }) => workflowId)).toEqual([id]))
})

test('a workflow that could not be asked for is looked for again, by whatever name it was followed', async () => {
  const daemon = await running()
  const { id, number } = await daemon.add('Search for it')
  await tell(daemon, nodeUpdate(id, 'analyze'))
  const hook = hookInInk(() => useWorkflowWebSocket({ client: daemon.client }))
  const { heard } = listen(hook.current)
  await hook.until(({ isConnected }) => expect(isConnected).toBe(true))
  const lost = new SparkyError('daemon_unreachable', 'the connection to the daemon was cut', {
    retryable: true,
  })
  vi.spyOn(daemon.client, 'call').mockRejectedValueOnce(lost)
  hook.current.subscribeToWorkflow(String(number))
  await soon(() => expect(heard).toEqual([expect.objectContaining({ type: 'node', workflowId: id })]))
  expect(hook.current.error).toBeNull()
})

test('a token of the user counts wherever the daemon is, also where it comes later than the component', async () => {
  const home = tempHome()
  const client = createClient({ env: { SPARKY_HOME: home } })
  const first = new FakeDaemon({ home })
  const hook = hookInInk(() => useWorkflowWebSocket({ client, token: first.token }))
  await hook.until(({ connectionState }) => expect(connectionState.state).toBe('reconnecting'))
  expect(hook.current.error).toBeNull()
  for (const daemon of [first, new FakeDaemon({ home })]) {
    await daemon.start()
    await hook.until(({ isConnected }) => expect(isConnected).toBe(true))
    await daemon.stop()
    await hook.until(({ isConnected }) => expect(isConnected).toBe(false))
  }
})

test('a component that leaves closes the connection, and nothing is told or rendered after it', async () => {
  const daemon = await running()
  const { id } = await daemon.add('Short')
  const hook = hookInInk(() => useWorkflowWebSocket({ client: daemon.client }))
  const { heard } = listen(hook.current)
  hook.current.subscribeToWorkflow(id)
  await hook.until(({ isConnected }) => expect(isConnected).toBe(true))
  await tell(daemon, nodeUpdate(id, 'seen'))
  await soon(() => expect(heard).toHaveLength(1))
  hook.unmount()
  const renders = hook.renders.length
  await soon(() => expect(daemon.server.sessionCount).toBe(0))
  await tell(daemon, nodeUpdate(id, 'unseen'))
  expect(heard).toHaveLength(1)
  expect(hook.renders).toHaveLength(renders)
})
