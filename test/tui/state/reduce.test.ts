import { describe, expect, it } from 'vitest'
import type { FeedItem } from '../../../src/client/feed.ts'
import type { Event } from '../../../src/protocol/event.ts'
import type { Action } from '../../../src/tui/state/actions.ts'
import { maxUnfinished } from '../../../src/tui/state/fold-feed.ts'
import { reduce } from '../../../src/tui/state/reduce.ts'
import { listWindow, totalsOf } from '../../../src/tui/state/selectors.ts'
import { inListOrder } from '../../../src/tui/state/task-order.ts'
import { startState, type WatchState } from '../../../src/tui/state/watch-state.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const start = startState({
  nowMs: 0,
  since: 0,
  filter: { only: null, hide: new Set(), preset: 'everything' },
})
const after = (state: WatchState, ...actions: Action[]): WatchState => actions.reduce(reduce, state)
const feed = (events: readonly Event[]): Action => ({
  type: 'feed',
  items: events.map((event): FeedItem => ({ kind: 'event', event })),
})
const numbersOf = (state: WatchState): number[] => state.order.map((id) => state.tasks.get(id)?.number ?? 0)
const told = (tell: (source: ScriptedSource) => void): { source: ScriptedSource; state: WatchState } => {
  const source = new ScriptedSource()
  tell(source)
  return { source, state: after(start, feed(source.log)) }
}

describe('reduce', () => {
  it('folds events into the same tasks as the daemon has', () => {
    const { source, state } = told((source) => {
      const first = source.newTask('one')
      source.start(first.id)
      source.emit(first.id, 'usage', {
        model: 'm',
        input_tokens: 10,
        output_tokens: 5,
        cached_tokens: 0,
        cost_usd: 0.5,
      })
      source.newTask('two')
      source.complete(first.id)
    })
    expect(state.tasks).toEqual(source.tasks)
    expect(numbersOf(state)).toEqual([2, 1])
    expect(state.seq).toBe(5)
  })

  it('ignores what it has seen already, from a list or a replay', () => {
    const { source, state } = told((source) => source.start(source.newTask('one').id))
    const again = after(state, feed(source.log), { type: 'listed', tasks: [...source.tasks.values()] })
    expect(again.tasks).toEqual(state.tasks)
  })

  it('keeps the selection on its task, and moves it to the neighbour when that is removed', () => {
    const { source, state } = told((source) => {
      for (const prompt of ['one', 'two', 'three']) source.newTask(prompt)
    })
    const [one, two, three] = state.order
    const selected = after(state, { type: 'verb', verb: 'next' })
    expect(selected.selectedId).toBe(two)
    const seq = source.seq
    source.start(two ?? '')
    const moved = after(selected, feed(source.log.slice(seq)))
    expect(moved.order).toEqual([two, one, three])
    expect(moved.selectedId).toBe(two)
    const removed = source.emit(two ?? '', 'task_removed', {})
    expect(after(moved, feed([removed])).selectedId).toBe(one)
  })

  it('keeps the selected row where the eye is while rows come in above it', () => {
    const { source, state } = told((source) => {
      for (let number = 1; number <= 40; number++) source.newTask(`task ${number}`)
    })
    const down = Array.from({ length: 25 }, (): Action => ({ type: 'verb', verb: 'next' }))
    const before = after(state, ...down)
    const rowOf = (state: WatchState): number => listWindow(state).ids.indexOf(state.selectedId ?? '')
    const seq = source.seq
    for (let number = 41; number <= 44; number++) source.newTask(`urgent ${number}`, { priority: 9 })
    const later = after(before, feed(source.log.slice(seq)))
    expect(later.selectedId).toBe(before.selectedId)
    expect(rowOf(later)).toBe(rowOf(before))
  })

  it('counts over the whole store from what the daemon said and what happened since', async () => {
    const { source, state } = told((source) => {
      source.newTask('one')
      source.newTask('two')
    })
    const known = after(state, { type: 'daemon', status: await source.status(), withCounts: true })
    const seq = source.seq
    source.start(known.order[0] ?? '')
    source.newTask('three')
    const { counts } = totalsOf(after(known, feed(source.log.slice(seq)), feed(source.log.slice(0, seq))))
    expect(counts).toMatchObject({ pending: 2, in_progress: 1, completed: 0 })
  })

  it('remembers tasks that it only heard of, until they are listed', () => {
    const source = new ScriptedSource()
    const { id } = source.newTask('old')
    source.start(id)
    const state = after(start, feed(source.log.slice(1)))
    expect([...state.missing]).toEqual([id])
    const listed = after(state, { type: 'listed', tasks: [...source.tasks.values()] })
    expect(listed.missing.size).toBe(0)
    expect(numbersOf(listed)).toEqual([1])
  })

  it('forgets the oldest of a long past, but not what is selected', () => {
    const source = new ScriptedSource()
    const at = (number: number): string => new Date(number * 1000).toISOString()
    const tasks = Array.from({ length: 700 }, (_, index) =>
      source.newTask(`task ${index}`, { status: 'completed', finished_at: at(index) }),
    )
    const state = after(start, { type: 'listed', tasks: tasks.slice(0, 1) }, { type: 'listed', tasks })
    expect(state.tasks.size).toBe(501)
    expect(state.selectedId).toBe(tasks[0]?.id)
    expect(state.tasks.has(tasks[1]?.id ?? '')).toBe(false)
  })

  it('does not say a cost where none is known, and says where a part is unknown', () => {
    const spend = (cost_usd: number | null) => ({
      model: 'm',
      input_tokens: 1,
      output_tokens: 1,
      cached_tokens: 0,
      cost_usd,
    })
    const unknown = told((source) => source.emit(source.newTask('a').id, 'usage', spend(null)))
    expect(totalsOf(unknown.state)).toMatchObject({ costUsd: null, isPartial: true })
    const mixed = told((source) => {
      source.emit(source.newTask('a').id, 'usage', spend(null))
      source.emit(source.newTask('b').id, 'usage', spend(0.25))
    })
    expect(totalsOf(mixed.state)).toMatchObject({ costUsd: 0.25, isPartial: true, tokens: 4 })
  })

  it('has the list in the same order after any number of changes as if it were sorted anew', () => {
    const source = new ScriptedSource()
    const random = seededRandom()
    let state = start
    for (let round = 0; round < 60; round++) {
      const from = source.log.length
      for (let change = 0; change < 5; change++) {
        const ids = [...source.tasks.keys()]
        const id = ids.length === 0 ? undefined : random.pick(ids)
        const kind = random.below(4)
        if (kind === 0 || id === undefined) source.newTask('new', { priority: random.below(3) })
        else if (kind === 1) source.start(id)
        else if (kind === 2) source.complete(id)
        else source.emit(id, 'task_removed', {})
      }
      state = after(state, feed(source.log.slice(from)))
      const sorted = [...source.tasks.values()].sort(inListOrder).map((task) => task.id)
      expect(state.order, `seed ${random.seed}`).toEqual(sorted)
    }
  })

  it('keeps of a very long queue what comes first, and what is selected', () => {
    const { state } = told((source) => {
      for (let number = 1; number <= maxUnfinished + 50; number++) source.newTask('queued')
    })
    expect([state.tasks.size, state.order.length]).toEqual([maxUnfinished, maxUnfinished])
    expect(numbersOf(state).slice(0, 3)).toEqual([1, 2, 3])
    const last = state.order.at(-1) ?? ''
    const urgent = new ScriptedSource()
    urgent.seq = state.seq
    urgent.newTask('urgent', { number: 99_999, priority: 9 })
    const next = after(state, { type: 'selected', taskId: last }, feed(urgent.log))
    expect(next.tasks.size).toBe(maxUnfinished + 1)
    expect(next.tasks.has(last)).toBe(true)
    expect(numbersOf(next)[0]).toBe(99_999)
  })
})
