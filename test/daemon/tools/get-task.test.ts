import { expect, test } from 'vitest'
import { getTask } from '../../../src/daemon/tools/get-task.ts'
import type { TaskQueueDoor } from '../../../src/daemon/tools/tool.ts'
import { SparkyError } from '../../../src/protocol/failure.ts'
import type { Task } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'
import { call } from './tool-context.ts'

const queueWith = (tasks: readonly Task[], reasons: readonly string[] = []): { queue: TaskQueueDoor } => ({
  queue: {
    add: () => Promise.reject(new Error('nothing is added here')),
    list: () => Promise.reject(new Error('nothing is listed here')),
    get: async (ref) => {
      const task = tasks.find(({ number }) => String(number) === ref)
      if (task === undefined) throw new SparkyError('not_found', `no task ${ref}`)
      return { task, reasons }
    },
  },
})

test('shows the answer of a task, however it is named', async () => {
  const task = aTask({
    number: 7,
    status: 'completed',
    prompt: 'Count',
    response_payload: { answer: 'There are 3.', data: { kind: 'analysis' } },
  })
  for (const named of [7, '7', '#7']) {
    const { status, text, details } = await call(getTask, '/', { task: named }, queueWith([task]))
    expect(status).toBe('ok')
    expect(text).toContain('#7  completed')
    expect(text).toContain('Answer:\nThere are 3.')
    expect(details).toMatchObject({ number: 7, status: 'completed', data: { kind: 'analysis' } })
  }
})

test('shows what became of one that failed, and why one is not running', async () => {
  const error = { code: 'limit_time' as const, message: 'too slow', retryable: true }
  const queue = queueWith(
    [aTask({ number: 1, status: 'failed', error }), aTask({ number: 2, status: 'pending' })],
    ['all 2 slots are taken'],
  )
  expect((await call(getTask, '/', { task: '1' }, queue)).text).toContain('Error: limit_time: too slow')
  const waiting = await call(getTask, '/', { task: '2' }, queue)
  expect(waiting.text).toContain('Not running:\n- all 2 slots are taken')
  expect(waiting.details).toMatchObject({ reasons: ['all 2 slots are taken'] })
})

test('says that there is no such task', async () => {
  expect(await call(getTask, '/', { task: '99' }, queueWith([]))).toMatchObject({
    status: 'error',
    text: 'no task 99',
    details: { code: 'not_found' },
  })
})
