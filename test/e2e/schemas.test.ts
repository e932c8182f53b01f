import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { expect, test } from 'vitest'
import { jsonSchemaFiles } from '../../src/protocol/json-schema.ts'
import { isFinal, type Task } from '../../src/protocol/task.ts'
import { curl } from '../support/curl.ts'
import { answersOf, type OpenApi } from '../support/openapi-answers.ts'
import { newSparky, type Sparky } from '../support/sparky.ts'
import { connect, type WsClient } from '../support/ws-client.ts'

/** As they are shipped: next to the built program. */
const schemas = path.join(import.meta.dirname, '../../dist/schemas')

const ajvWith = (): Ajv2020 => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true })
  addFormats.default(ajv)
  return ajv
}
const shipped = (file: string) => {
  const schema = JSON.parse(readFileSync(path.join(schemas, file), 'utf8')) as { $id: string }
  const isValid = ajvWith().compile(schema)
  /** What is wrong with it, in words; null where nothing is. */
  return (value: unknown): string | null =>
    isValid(value) ? null : `${JSON.stringify(value)}: ${JSON.stringify(isValid.errors)}`
}
type Complains = ReturnType<typeof shipped>

/** Some of everything that a daemon does without a model: answers, tools, failures, cancels, edits, a schedule. */
const busyDaemon = async (): Promise<{ sparky: Sparky; reader: WsClient; tasks: Task[] }> => {
  const sparky = newSparky()
  await sparky.start()
  const reader = await connect(sparky)
  reader.send({ type: 'subscribe', id: 1, after: 0, deltas: true })
  await reader.frame('caught_up')
  reader.send({ type: 'ping' })
  reader.send('{')
  const post = async (where: string, body: unknown = {}) =>
    JSON.parse((await curl(sparky, 'POST', where, { body })).text) as Task
  const cwd = sparky.work
  const context = { files: ['a', null, 1.5, { deep: true }] }
  const listed = await post('/api/v1/tasks', { prompt: 'List files', cwd, context, labels: { kind: 'demo' } })
  const ran = await post('/api/v1/tasks', { prompt: 'Run the command: echo one; exit 3', cwd })
  const unknown = await post('/api/v1/tasks', { prompt: 'Write a sonnet', cwd })
  const cancelled = await post('/api/v1/tasks', { prompt: 'Run the command: sleep 60', cwd, group: 'slow' })
  const later = await post('/api/v1/tasks', { prompt: 'List files', cwd, at: '1h' })
  await curl(sparky, 'PATCH', `/api/v1/tasks/${later.number}`, { body: { priority: 7 } })
  await post(`/api/v1/tasks/${cancelled.number}/cancel`, { reason: 'enough' })
  await post('/api/v1/groups/slow/pause')
  await post('/api/v1/schedules', { name: 'nightly', cron: '0 3 * * *', prompt: 'List files' })
  await post(`/api/v1/tasks/${later.number}/cancel`)
  await curl(sparky, 'DELETE', `/api/v1/tasks/${later.number}`)
  const isOver = ({ id }: Task): boolean =>
    reader.events.some(
      (event) => event.task_id === id && event.type === 'status' && isFinal(event.data.status),
    )
  const all = [listed, ran, unknown, cancelled, later]
  await reader.until(() => expect(all.every(isOver)).toBe(true))
  await reader.until(() => expect(reader.events.some(({ type }) => type === 'task_removed')).toBe(true))
  return { sparky, reader, tasks: all }
}

test('what a daemon sends and answers is what the shipped schemas and its own OpenAPI document say', async () => {
  const { sparky, reader, tasks } = await busyDaemon()

  const [isFrame, isEvent, isDelta, isControl] = [
    'server-frame.json',
    'event.json',
    'delta.json',
    'control-frame.json',
  ].map(shipped) as [Complains, Complains, Complains, Complains]
  const others = reader.frames.filter((frame) => !('v' in frame))
  expect(reader.frames.map(isFrame).filter(Boolean)).toEqual([])
  expect(reader.events.map(isEvent).filter(Boolean)).toEqual([])
  expect(reader.deltas.map(isDelta).filter(Boolean)).toEqual([])
  expect(others.map(isControl).filter(Boolean)).toEqual([])
  expect(new Set(reader.events.map(({ type }) => type))).toEqual(
    new Set(
      'task_added task_updated task_removed status message tool_use tool_result usage progress queue_changed'.split(
        ' ',
      ),
    ),
  )
  expect(new Set(reader.deltas.map(({ type }) => type))).toEqual(new Set(['message_delta', 'tool_output']))
  expect(new Set(others.map(({ type }) => type))).toEqual(
    new Set(['connected', 'subscribed', 'caught_up', 'pong', 'error']),
  )
  const isTask = shipped('task.json')
  expect(tasks.map(isTask).filter(Boolean)).toEqual([])

  // A wrong one of each is refused, so that the right ones mean something.
  for (const event of reader.events) {
    expect(isEvent({ ...event, type: 'nothing' })).not.toBeNull()
    expect(isEvent({ ...event, seq: undefined })).not.toBeNull()
    expect(isFrame({ ...event, v: 2 })).not.toBeNull()
    if (Object.keys(event.data).length > 0 && event.type !== 'queue_changed') {
      expect(isEvent({ ...event, data: {} })).not.toBeNull()
    }
  }
  expect(isDelta({ ...reader.deltas[0], data: { text: 1 } })).not.toBeNull()
  expect(others.filter(({ type }) => type !== 'pong').map(({ type }) => isControl({ type }))).not.toContain(
    null,
  )
  expect(isTask({ ...tasks[0], number: 'one' })).not.toBeNull()

  await curl(sparky, 'POST', '/api/v1/agent/pause')
  const document = JSON.parse((await curl(sparky, 'GET', '/openapi.json')).text) as OpenApi
  const isAnswer = answersOf(document)
  const [task] = tasks
  const call = reader.events.find(({ type }) => type === 'tool_result') as { data: { call_id: string } }
  const asked = [
    ['get', '/health', '/health'],
    ['get', '/api/v1/status', '/api/v1/status'],
    ['get', '/openapi.json', '/openapi.json'],
    ['get', '/api/v1/websocket/stats', '/api/v1/websocket/stats'],
    ['get', '/api/v1/tasks', '/api/v1/tasks?limit=2&status=completed,failed'],
    ['get', '/api/v1/tasks/{id}', `/api/v1/tasks/${task?.number}`],
    ['get', '/api/v1/tasks/{id}', '/api/v1/tasks/99'],
    ['get', '/api/v1/tasks/{id}/why', `/api/v1/tasks/${task?.number}/why`],
    ['get', '/api/v1/tasks/{id}/events', `/api/v1/tasks/${task?.number}/events?after=0`],
    ['get', '/api/v1/tasks/{id}/results/{call_id}', `/api/v1/tasks/1/results/${call.data.call_id}`],
    ['get', '/api/v1/events', '/api/v1/events?after=3&limit=5&hide=status'],
    ['get', '/api/v1/events', '/api/v1/events?after=x'],
    ['get', '/api/v1/groups', '/api/v1/groups'],
    ['get', '/api/v1/schedules', '/api/v1/schedules'],
    ['get', '/api/v1/schedules/{name}', '/api/v1/schedules/nightly'],
    ['post', '/api/v1/tasks/{id}/retry', `/api/v1/tasks/${task?.number}/retry`],
    ['post', '/api/v1/tasks/{id}/retry', `/api/v1/tasks/${task?.number}/retry`],
    ['post', '/api/v1/agent/resume', '/api/v1/agent/resume'],
  ] as const
  const statuses: number[] = []
  for (const [method, place, target] of asked) {
    const { status, text } = await curl(sparky, method.toUpperCase(), target)
    statuses.push(status)
    expect([target, isAnswer({ method, place, status }, JSON.parse(text))]).toEqual([target, null])
  }
  expect(statuses.flatMap((status, at) => (status === 200 ? [] : [at, status]))).toEqual([
    6, 404, 11, 400, 16, 409,
  ])
  const missing = isAnswer({ method: 'get', place: '/api/v1/tasks/{id}', status: 200 }, { id: '1' })
  expect(missing).not.toBeNull()
})

test('the files that are shipped are all that there are, as they are made from the sources', () => {
  const made = Object.fromEntries(
    [...jsonSchemaFiles()].map(([file, schema]) => [file, JSON.parse(JSON.stringify(schema)) as unknown]),
  )
  // As another package imports them.
  const resolve = createRequire(import.meta.url).resolve
  const found = readdirSync(schemas).map((file) => [
    file,
    JSON.parse(readFileSync(resolve(`sparky-agent/schemas/${file}`), 'utf8')) as unknown,
  ])
  expect(Object.fromEntries(found)).toEqual(made)
})
