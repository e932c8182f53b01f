import { expect, test, vi } from 'vitest'
import { api } from '../../../../src/protocol/api.ts'
import { claim, runServer, token, type RunningServer } from '../running-server.ts'

const statistics = async ({ call }: RunningServer) => {
  const { json } = await call('GET', '/api/v1/websocket/stats')
  const parsed = api.websocketStats.result.strict().parse(json)
  expect(parsed).toEqual(json)
  return parsed
}

test('the statistics count connections, users, events and running tasks', async () => {
  const running = await runServer()
  const { connect, add, queue } = running
  const clients = [await connect(), await connect(), await connect()]
  await clients[0]?.ask({ type: 'hello', user_id: 'agent', client: 'monitor/1' }, 'connected')
  await add('a')
  const attempt = await queue.claim()
  const stats = await statistics(running)
  expect(stats).toMatchObject({
    total_connections: 3,
    max_connections: 1000,
    unique_users: 2,
    active_workflows: 0,
    active_tasks: 1,
    events_sent: 2,
    events_per_second: 0.2,
    slow_consumers: 0,
  })
  expect(stats.sessions[0]).toMatchObject({
    user_id: 'agent',
    client: 'monitor/1',
    endpoint: '/api/ws/agent',
    task_id: null,
    events_sent: 2,
    cursor: 2,
  })
  await attempt?.settle({ kind: 'completed', answer: '', data: null })
})

test('each connection has a row, whatever its endpoint, as long as it is there', async () => {
  const running = await runServer()
  const { id } = await running.add('a')
  const attempt = await claim(running)
  const guide = await running.connect({ path: '/api/ws/guide' })
  await guide.ask({ type: 'hello', user_id: 'ann' }, 'connected')
  await running.connect({ path: '/api/ws/liaison/insights' })
  const watcher = running.knock(`/ws/tasks/1?token=${token}`)
  await watcher.find((frame) => (frame.type as string) === 'step')
  const stats = await statistics(running)
  expect(stats).toMatchObject({ total_connections: 3, unique_users: 2, subscriptions: 1, events_sent: 2 })
  const rows = stats.sessions.map(({ endpoint, user_id, task_id, subscribed, events_sent }) => ({
    endpoint,
    user_id,
    task_id,
    subscribed,
    events_sent,
  }))
  const quiet = { task_id: null, subscribed: false, events_sent: 0 }
  expect(rows).toEqual([
    { endpoint: '/api/ws/guide', user_id: 'ann', ...quiet },
    { endpoint: '/api/ws/liaison/{pillar}', user_id: 'user', ...quiet },
    { endpoint: '/ws/tasks/{task_id}', user_id: 'user', task_id: id, subscribed: true, events_sent: 2 },
  ])
  expect(new Set(stats.sessions.map(({ session_id }) => session_id)).size).toBe(3)
  await attempt.settle({ kind: 'completed', answer: '', data: null })
  await watcher.closed
  await guide.close()
  await vi.waitFor(async () => expect((await statistics(running)).sessions).toHaveLength(1))
})
