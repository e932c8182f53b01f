import { expect, test } from 'vitest'
import { delegatedResult } from '../../../src/daemon/agent/delegation/delegated-result.ts'
import type { Json } from '../../../src/protocol/task.ts'
import { aTask } from '../../support/task.ts'

const spent = { steps: 1, tokens: 15, costUsd: null }
const completed = (data: Json) =>
  delegatedResult({
    task: aTask({ number: 3, status: 'completed', response_payload: { answer: 'Up.', data } }),
    spent,
    message: 'Task completed',
  })

test('what was presented goes with the answer: to the model as text, and to programs as it is', () => {
  const data = { kind: 'analysis', title: 'Visits', rows: [[1]] }
  const { text, forModel, details } = completed(data)
  expect(text).toBe('Up.')
  expect(forModel).toMatch(/^Up\.\n\nIt presented this.*"title":"Visits"/)
  expect(details).toMatchObject({ number: 3, presented: data })
})

test('of much data that was presented, only that it is there', () => {
  const { forModel, details } = completed({ rows: Array.from({ length: 10_000 }, (_, row) => [row]) })
  expect(forModel?.length).toBeLessThan(200)
  expect(details).not.toHaveProperty('presented')
})
