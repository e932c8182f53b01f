import { expect, test } from 'vitest'
import { plain } from '../../../src/cli/output/style.ts'
import { cardWith, newCard, type WorkflowCard } from '../../../src/cli/output/workflow-card.ts'
import { cardLines } from '../../../src/cli/output/workflow-progress.ts'
import type { Event, EventPayload, EventType } from '../../../src/protocol/event.ts'

const at = (ms: number): string => new Date(ms).toISOString()

const event = <T extends EventType>(type: T, data: Partial<EventPayload<T>>, ms = 0): Event =>
  ({
    v: 1,
    seq: 1,
    ts: at(ms),
    task_id: 't',
    attempt: 1,
    step: 1,
    type,
    data: { workflow_id: 't', ...data },
  }) as Event

const drawn = (card: WorkflowCard, columns = 60): string[] =>
  cardLines(card, { spinner: '*', style: plain, columns, nowMs: 2500 })

const after = (...events: readonly Event[]): WorkflowCard => events.reduce(cardWith, newCard(['look', 'say']))

test('a card shows each node with its state and its time, and the tools of each below it', () => {
  expect(drawn(newCard(['look', 'say']))).toEqual(['  · look', '  · say'])
  const running = after(
    event('workflow_status', { status: 'executing' }),
    event('node_update', { node: 'look', status: 'executing' }, 1000),
    event('progress', { step: 1, max_steps: 50, note: 'look' }),
    event('tool_update', { tool: 'web_search', status: 'executing', message: 'naps' }),
    event('tool_update', { tool: 'web_search', status: 'executing', message: 'more naps' }),
    event('tool_update', {
      tool: 'web_search',
      status: 'completed',
      message: 'Found 2 results',
      execution_time_ms: 320,
    }),
    event('progress', { step: 1, max_steps: 50, note: 'half of it' }),
  )
  expect(drawn(running)).toEqual([
    '  * look  1.5 s',
    '      ✓ web_search  320 ms  Found 2 results',
    '      … web_search  more naps',
    '      half of it',
    '  · say',
  ])
  const failed = [
    event('node_update', { node: 'look', status: 'completed' }, 1400),
    event('node_update', { node: 'say', status: 'executing' }, 1400),
    event('node_update', { node: 'say', status: 'failed', error: 'no \u001b[31mvoice' }, 1500),
  ].reduce(cardWith, running)
  expect(drawn(failed).at(0)).toBe('  ✓ look  400 ms')
  expect(drawn(failed).at(-1)).toBe('  ✗ say  100 ms  no ␛[31mvoice')
})

test('a node that runs again is counted, one that nobody knew is added, one that was left says so', () => {
  const again = after(
    event('node_update', { node: 'look', status: 'executing' }),
    event('node_update', { node: 'look', status: 'completed' }),
    event('node_update', { node: 'look', status: 'executing' }, 1000),
    event('node_update', { node: 'new', status: 'executing' }, 2000),
    event('workflow_status', { status: 'cancelled' }, 2000),
  )
  expect(drawn(again)).toEqual(['  ⊘ look  ×2  1.0 s', '  · say', '  ⊘ new  0 ms'])
})

test('no row is wider than the terminal', () => {
  const wide = after(
    event('node_update', { node: 'look', status: 'executing' }),
    event('tool_update', { tool: 'a_tool_with_a_long_name', status: 'executing', message: 'x'.repeat(200) }),
    event('progress', { step: 1, max_steps: 50, note: '界'.repeat(100) }),
  )
  for (const row of drawn(wide, 40)) expect(row.length).toBeLessThanOrEqual(40)
})
