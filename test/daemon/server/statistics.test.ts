import { expect, test } from 'vitest'
import { runServer } from './running-server.ts'

test('the statistics count connections, users, events and running tasks', async () => {
  const { connect, call, add, queue } = await runServer()
  const clients = [await connect(), await connect(), await connect()]
  await clients[0]?.ask({ type: 'hello', user_id: 'agent', client: 'monitor/1' }, 'connected')
  await add('a')
  const attempt = await queue.claim()
  const stats = (await call('GET', '/api/v1/websocket/stats')).json
  expect(stats).toMatchObject({
    total_connections: 3,
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
    events_sent: 2,
    cursor: 2,
  })
  await attempt?.settle({ kind: 'completed', answer: '', data: null })
})
