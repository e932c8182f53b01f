import { expect, test } from 'vitest'
import { endpoints } from '../../../../src/protocol/endpoints.ts'
import { findRoute } from '../../../../src/daemon/server/http/route-table.ts'
import { runServer } from '../running-server.ts'

test('every endpoint of the table is found, with the names in its path decoded', () => {
  for (const [name, { method, path }] of Object.entries(endpoints)) {
    const found = findRoute(method, path.replace('{id}', 'a%2Fb').replace('{call_id}', 'c%20d'))
    expect(found).toMatchObject({ kind: 'route', name })
    if (found.kind === 'route' && path.includes('{id}')) expect(found.pathParams['id']).toBe('a/b')
    if (found.kind === 'route' && path.includes('{call_id}')) expect(found.pathParams['call_id']).toBe('c d')
  }
})

test.each([
  '/',
  '/api/v1/tasks/',
  '/api/v1/tasks/1/',
  '/api//v1/tasks',
  '/api/v1/task',
  '/constructor',
  '/__proto__',
])('there is nothing at %s', async (path) => {
  const { call } = await runServer()
  const answer = await call('GET', path)
  expect(answer.status).toBe(404)
  expect(answer.json.error.code).toBe('not_found')
})

test('a wrong method is answered with the right ones', async () => {
  const { call } = await runServer()
  const answer = await call('PUT', '/api/v1/tasks/1', { body: {} })
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe('GET, PATCH, DELETE, HEAD, OPTIONS')
  expect(answer.json.error.message).toContain('found PUT')
  expect((await call('GET', '/api/v1/tasks/clear')).status).toBe(405)
})

test('HEAD is GET without the body, OPTIONS names the methods', async () => {
  const { call, add } = await runServer()
  await add('a')
  const got = await call('GET', '/api/v1/tasks/1')
  const head = await call('HEAD', '/api/v1/tasks/1')
  expect(head.status).toBe(200)
  expect(head.text).toBe('')
  expect(head.headers.get('content-length')).toBe(got.headers.get('content-length'))
  const stream = await call('HEAD', '/api/v1/events?follow=true')
  expect([stream.status, stream.text]).toEqual([200, ''])
  const options = await call('OPTIONS', '/api/v1/tasks')
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD, OPTIONS'])
})

test('the status, the agent loop, the queue and the end are the daemon’s', async () => {
  const { call, asked, queue } = await runServer()
  expect((await call('GET', '/api/v1/status')).json).toMatchObject({ running: true, model: 'offline/demo' })
  expect((await call('POST', '/api/v1/agent/start')).json.running).toBe(true)
  expect((await call('POST', '/api/v1/agent/pause')).json.paused).toBe(true)
  expect(queue.paused).toBe(true)
  expect((await call('POST', '/api/v1/agent/resume')).json.paused).toBe(false)
  expect(asked).toEqual(['startLoop'])
})

test('a stop is answered before the daemon is told to go', async () => {
  const { promise, resolve } = withResolvers<string>()
  const { call } = await runServer({
    control: {
      status: () => {
        throw new Error('not asked for')
      },
      startLoop: () => Promise.resolve(),
      stop: ({ timeoutMs, now }) => resolve(`stop ${timeoutMs} ${now}`),
    },
  })
  const answer = await call('POST', '/api/v1/agent/stop', { body: { timeout_s: 5 } })
  expect(answer.json).toEqual({ stopping: true, pid: process.pid })
  expect(await promise).toBe('stop 5000 false')
})

test('a bug is answered with 500 and logged without the query', async () => {
  const { call, log } = await runServer({
    control: {
      status: () => {
        throw new Error('a bug')
      },
      startLoop: () => Promise.resolve(),
      stop: () => {},
    },
  })
  const answer = await call('GET', '/api/v1/status')
  expect([answer.status, answer.json.error.code]).toEqual([500, 'internal'])
  expect(log.filter(({ level }) => level === 'error')).toMatchObject([
    { message: 'Request failed', fields: { method: 'GET', path: '/api/v1/status' } },
  ])
})

const withResolvers = <T>(): { promise: Promise<T>; resolve: (value: T) => void } => {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}
