import { expect, test } from 'vitest'
import { addTask } from '../../../src/daemon/tools/add-task.ts'
import type { TaskQueueDoor } from '../../../src/daemon/tools/tool.ts'
import type { AddTaskBody } from '../../../src/protocol/new-task.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'
import { aTask } from '../../support/task.ts'
import { call } from './tool-context.ts'

const queueWith = (add: TaskQueueDoor['add']): { queue: TaskQueueDoor } => ({
  queue: { add, list: async () => [], get: () => Promise.reject(new Error('nothing is shown here')) },
})

test('adds a task and says its number', async () => {
  const bodies: AddTaskBody[] = []
  const queue = queueWith(async (body) => {
    bodies.push(body)
    return aTask({ number: 12, status: 'blocked', id: 'id-12' })
  })
  expect(
    await call(addTask, '/', { prompt: 'Do it', agent: 'writer', priority: 5, after: ['11'] }, queue),
  ).toMatchObject({
    status: 'ok',
    text: 'Added task #12 (blocked).',
    details: { task_id: 'id-12', number: 12, status: 'blocked' },
  })
  await call(addTask, '/', { prompt: 'Only this' }, queue)
  expect(bodies).toEqual([
    { prompt: 'Do it', agent: 'writer', priority: 5, after: ['11'] },
    { prompt: 'Only this' },
  ])
})

test('passes on why the queue refused it', async () => {
  const queue = queueWith(() => Promise.reject(new SparkyError('not_found', 'there is no task 99')))
  expect(await call(addTask, '/', { prompt: 'x', after: ['99'] }, queue)).toMatchObject({
    status: 'error',
    text: 'there is no task 99',
    details: { code: 'not_found' },
  })
})
