import { describe, expect, it, test } from 'vitest'
import type { Task } from '../../../src/protocol/task.ts'
import { textOfLine } from '../../../src/tui/layout/line.ts'
import { titleLines } from '../../../src/tui/layout/title.ts'
import { reduce } from '../../../src/tui/state/reduce.ts'
import { startState } from '../../../src/tui/state/watch-state.ts'
import { aTask } from '../../support/task.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'

const titleOf = (task: Task): string => {
  const filter = { only: null, hide: new Set<string>(), preset: 'everything' } as const
  let state = startState({ nowMs: Date.now(), since: 0, filter })
  state = reduce(state, { type: 'listed', tasks: [task] })
  state = reduce(state, { type: 'resized', size: { columns: 160, rows: 24 } })
  return titleLines(state).map(textOfLine).join('\n')
}

const soon = new Date(Date.now() + 60_000)
const clock = soon.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })

test('a task that waits says what for, and until when', () => {
  const waiting_for = { kind: 'rate_limit', until: soon.toISOString(), approval_id: null } as const
  expect(titleOf(aTask({ status: 'waiting', waiting_for }))).toContain(`waiting: rate limit until ${clock}`)
})

test('a task that is to be tried again says when, and which attempt that is', () => {
  const title = titleOf(
    aTask({
      status: 'pending',
      attempt: 2,
      max_attempts: 3,
      not_before: soon.toISOString(),
      started_at: new Date().toISOString(),
    }),
  )
  expect(title).toContain(`queued, at ${clock}`)
  expect(title).toContain('attempt 2/3')
})

test('a task that runs shows how much of its steps are done, one that is over does not', () => {
  const progress = { step: 20, max_steps: 50, note: null }
  expect(titleOf(aTask({ status: 'in_progress', progress }))).toContain('step 20/50 ███░░░░░')
  expect(titleOf(aTask({ status: 'completed', progress }))).not.toContain('█')
})

test('a queued task says which one in line it is, where all of the queue is known', async () => {
  const source = new ScriptedSource()
  for (let number = 1; number <= 12; number++) source.newTask('Queued', { priority: number === 12 ? 5 : 0 })
  const filter = { only: null, hide: new Set<string>(), preset: 'everything' } as const
  let state = startState({ nowMs: Date.now(), since: 0, filter })
  state = reduce(state, { type: 'listed', tasks: [...source.tasks.values()] })
  state = reduce(state, { type: 'daemon', status: await source.status(), withCounts: true })
  const place = (number: number): string => {
    const id = [...source.tasks.keys()][number - 1] ?? ''
    return titleLines(reduce(state, { type: 'selected', taskId: id }))
      .map(textOfLine)
      .join('\n')
  }
  expect(place(12)).toContain('queued · 1st in line')
  expect(place(1)).toContain('2nd in line')
  expect(place(10)).toContain('11th in line')
  source.newTask('One that is not listed')
  state = reduce(state, { type: 'daemon', status: await source.status(), withCounts: true })
  expect(place(1)).not.toContain('in line')
})

describe('what is known of a running task', () => {
  const now = new Date('2026-11-20T12:00:37.000Z')
  const running = aTask({
    status: 'in_progress',
    model: 'offline/demo',
    attempt: 1,
    started_at: '2026-11-20T12:00:00.000Z',
    progress: { step: 7, max_steps: 50, note: null },
    usage: {
      input_tokens: 12_000,
      output_tokens: 300,
      total_tokens: 12_300,
      cost_usd: 0.0123,
      model_calls: 7,
      tool_calls: 6,
    },
  })
  const factsAt = async (columns: number, task = running): Promise<string> => {
    const filter = { only: null, hide: new Set<string>(), preset: 'everything' } as const
    let state = startState({ nowMs: now.getTime(), since: 0, filter })
    state = reduce(state, { type: 'listed', tasks: [task] })
    const status = { ...(await new ScriptedSource().status()), model: 'offline/demo' }
    state = reduce(state, { type: 'daemon', status, withCounts: true })
    state = reduce(state, { type: 'resized', size: { columns, rows: 32 } })
    return textOfLine(titleLines(state)[columns < 76 ? 0 : 1] ?? [])
  }

  it('is all there with 120 columns, but for what the header says already', async () => {
    expect((await factsAt(120)).trim()).toBe('running · step 7/50 █░░░░░░░ · 00:37 · 12.3k tok · $0.012')
    expect(await factsAt(200)).toContain('running · offline/demo is no language model · step 7/50')
  })

  it('loses the bar before tokens and cost, and these before the step and the time', async () => {
    expect((await factsAt(80)).trim()).toBe('running · step 7/50 · 00:37 · 12.3k tok')
    expect(await factsAt(40)).toContain('running · step 7/50 · 00:37 ')
  })

  it('says which attempt of several it is as long as it can', async () => {
    expect(await factsAt(80, { ...running, max_attempts: 3, attempt: 2 })).toContain('attempt 2/3')
  })
})
