import { expect, test } from 'vitest'
import { runServer } from '../running-server.ts'

test('a task is added with 201 and shown by number, id and prefix', async () => {
  const { call } = await runServer()
  const added = await call('POST', '/api/v1/tasks', { body: { prompt: 'Look around', priority: 3 } })
  expect(added.status).toBe(201)
  expect(added.json).toMatchObject({ number: 1, status: 'pending', prompt: 'Look around', priority: 3 })
  expect(added.headers.get('sparky-version')).toBe('1.2.3')
  for (const ref of ['1', added.json.id, added.json.id.slice(0, 14)]) {
    const shown = await call('GET', `/api/v1/tasks/${ref}`)
    expect(shown.json).toEqual(added.json)
  }
})

test('the same id is the same task', async () => {
  const { call } = await runServer()
  const body = { id: '01980000-0000-7000-8000-000000000001', prompt: 'Once' }
  const first = await call('POST', '/api/v1/tasks', { body })
  const second = await call('POST', '/api/v1/tasks', { body })
  expect(second.json).toEqual(first.json)
})

test('tasks are listed newest first, page by page, filtered', async () => {
  const { call, add } = await runServer()
  for (const prompt of ['a', 'b', 'c']) await add(prompt, { labels: { letter: prompt } })
  const first = await call('GET', '/api/v1/tasks?limit=2&status=pending,processing')
  expect(first.json.tasks.map(({ prompt }: { prompt: string }) => prompt)).toEqual(['c', 'b'])
  const second = await call('GET', `/api/v1/tasks?limit=2&cursor=${first.json.next_cursor}`)
  expect(second.json.tasks.map(({ prompt }: { prompt: string }) => prompt)).toEqual(['a'])
  expect(second.json.next_cursor).toBeNull()
  const labelled = await call('GET', '/api/v1/tasks?label=letter%3Db')
  expect(labelled.json.tasks.map(({ number }: { number: number }) => number)).toEqual([2])
})

test('a task is edited, paused, resumed, explained, cancelled, retried and removed', async () => {
  const { call, add } = await runServer()
  await add('a')
  expect((await call('PATCH', '/api/v1/tasks/1', { body: { priority: 7 } })).json.priority).toBe(7)
  expect((await call('POST', '/api/v1/tasks/1/pause')).json.status).toBe('paused')
  expect((await call('GET', '/api/v1/tasks/1/why')).json.reasons[0].code).toBe('paused')
  expect((await call('POST', '/api/v1/tasks/1/resume')).json.status).toBe('pending')
  expect((await call('POST', '/api/v1/tasks/1/cancel', { body: { reason: 'no' } })).json.status).toBe(
    'cancelled',
  )
  expect((await call('POST', '/api/v1/tasks/1/retry')).json).toMatchObject({ status: 'pending', attempt: 2 })
  await call('POST', '/api/v1/tasks/1/cancel')
  expect((await call('DELETE', '/api/v1/tasks/1')).json.number).toBe(1)
  expect((await call('GET', '/api/v1/tasks/1')).status).toBe(404)
})

test('clearing needs a filter or all, and says how many went', async () => {
  const { call, add, queue } = await runServer()
  for (const prompt of ['a', 'b']) await add(prompt)
  await queue.cancel('1', { by: 'user', reason: null })
  const refused = await call('POST', '/api/v1/tasks/clear')
  expect(refused.status).toBe(400)
  expect(refused.json.error.message).toContain('expected status, group, label or all')
  expect((await call('POST', '/api/v1/tasks/clear', { body: { status: 'failed' } })).json).toEqual({
    removed: 0,
  })
  expect((await call('POST', '/api/v1/tasks/clear', { body: { all: true } })).json).toEqual({ removed: 1 })
})

test.each([
  ['GET', '/api/v1/tasks/99', 404, 'not_found'],
  ['POST', '/api/v1/tasks/1/resume', 409, 'conflict'],
  ['DELETE', '/api/v1/tasks/1', 409, 'conflict'],
  ['GET', '/api/v1/tasks?cursor=x', 400, 'usage'],
  ['GET', '/api/v1/tasks?limit=0', 400, 'usage'],
  ['GET', '/api/v1/tasks/%E0%A4%A', 400, 'usage'],
])('%s %s is refused with %i %s', async (method, path, status, code) => {
  const { call, add } = await runServer()
  await add('a')
  const answer = await call(method, path)
  expect(answer.status).toBe(status)
  expect(answer.json.error).toMatchObject({ code })
  expect(answer.json.error.message).not.toBe('')
})
