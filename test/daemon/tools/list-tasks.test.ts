import { expect, test } from 'vitest'
import { listTasks } from '../../../src/daemon/tools/list-tasks.ts'
import type { TaskQueueDoor } from '../../../src/daemon/tools/tool.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'
import { call } from './tool-context.ts'

const queueOf = (tasks: readonly Task[]): { queue: TaskQueueDoor } => ({
  queue: {
    add: () => Promise.reject(new Error('nothing is added here')),
    list: async (status) => tasks.filter((task) => status === undefined || task.status === status),
    get: () => Promise.reject(new Error('nothing is shown here')),
  },
})

test('lists tasks, newest first, one line each', async () => {
  const queue = queueOf([
    aTask({ number: 1, status: 'completed', prompt: 'First\n  thing' }),
    aTask({ number: 2, status: 'pending', prompt: 'y'.repeat(500) }),
  ])
  const { text, details } = await call(listTasks, '/', {}, queue)
  expect(text).toBe(`#2  pending  default  ${'y'.repeat(100)}…\n#1  completed  default  First thing`)
  expect(details).toMatchObject({ count: 2, tasks: [{ number: 2 }, { number: 1 }] })
})

test('lists only tasks with a status, and says where there is none', async () => {
  const queue = queueOf([aTask({ number: 1, status: 'completed' })])
  expect((await call(listTasks, '/', { status: 'completed' }, queue)).text).toMatch(/^#1 {2}completed/)
  expect((await call(listTasks, '/', { status: 'failed' }, queue)).text).toBe('No task is failed.')
  expect((await call(listTasks, '/', {}, queueOf([]))).text).toBe('There are no tasks.')
})

test('takes processing for in_progress', async () => {
  const queue = queueOf([aTask({ number: 3, status: 'in_progress' })])
  expect((await call(listTasks, '/', { status: 'processing' }, queue)).text).toMatch(/^#3 {2}in_progress/)
})

test('shows the newest hundred of many', async () => {
  const queue = queueOf(Array.from({ length: 150 }, (_, index) => aTask({ number: index + 1 })))
  const lines = (await call(listTasks, '/', {}, queue)).text.split('\n')
  expect(lines).toHaveLength(101)
  expect(lines.at(-1)).toBe('[the newest 100 of 150 tasks]')
})
