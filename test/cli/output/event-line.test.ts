import { expect, test } from 'vitest'
import { eventLine } from '../../../src/cli/output/event-line.ts'
import { plain } from '../../../src/cli/output/style.ts'
import type { Event, EventPayload, EventType } from '../../../src/protocol/event.ts'
import { aTask } from '../../support/task.ts'

const line = <T extends EventType>(type: T, data: EventPayload<T>): string => {
  const event = {
    v: 1,
    seq: 1,
    ts: '2026-11-20T12:00:00.000Z',
    task_id: 't',
    attempt: 1,
    step: 1,
    type,
    data,
  }
  return eventLine(event as unknown as Event, '7', plain).slice(10)
}
const workflow_id = 'w'

test('a workflow is told line by line: its nodes with what they gave, its tools with their times, what it found', () => {
  expect([
    line('node_update', { workflow_id, node: 'fetch', status: 'executing' }),
    line('node_update', { workflow_id, node: 'fetch', status: 'completed', output: { pages: 2 } }),
    line('node_update', { workflow_id, node: 'fe\u001b[2Jtch', status: 'failed', error: 'HTTP 503\nagain' }),
    line('tool_update', {
      workflow_id,
      tool: 'web_search',
      status: 'completed',
      message: 'Found 2 results',
      execution_time_ms: 1234,
    }),
    line('search_results', {
      workflow_id,
      query: 'AI "news"',
      results: [
        { title: 'Alpha', url: 'https://a.example', snippet: '' },
        { title: '', url: 'https://b.example', snippet: '' },
      ],
      synthesis: 'x',
    }),
    line('workflow_status', { workflow_id, status: 'failed', error: 'node fetch: HTTP 503' }),
    line('compaction', {
      conversation_id: 'c',
      summary: 'x',
      turns: 12,
      tokens_before: 9800,
      tokens_after: 1200,
    }),
  ]).toEqual([
    '7  node      fetch executing',
    '7  node      fetch completed  {"pages":2}',
    '7  node      fe␛[2Jtch failed  HTTP 503 again',
    '7  update    web_search completed 1.2 s  Found 2 results',
    String.raw`7  search    2 results for "AI \"news\""  Alpha; https://b.example`,
    '7  workflow  failed  node fetch: HTTP 503',
    '7  compact   the 12 oldest turns as a summary, 9800 -> 1200 tokens',
  ])
})

test('what is presented is told by its title, not by all its numbers', () => {
  const args = { kind: 'analysis', title: 'Sales', data: [[1, 2]], chart: 'bar' }
  expect(line('tool_use', { call_id: 'c', name: 'present', args })).toBe(
    '7  tool      present kind="analysis" title="Sales" chart="bar"',
  )
})

test('a task that is none of the usual kind says so where it is added', () => {
  const request_payload = { prompt: 'AI', workflow: 'search' }
  expect(line('task_added', { task: aTask({ prompt: 'AI', kind: 'workflow', request_payload }) })).toBe(
    '7  added     search: AI',
  )
  expect(line('task_added', { task: aTask({ prompt: 'Hello', kind: 'chat' }) })).toBe(
    '7  added     chat: Hello',
  )
})
