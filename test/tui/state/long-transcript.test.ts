import { beforeAll, expect, it, vi } from 'vitest'
import type { Event } from '../../../src/protocol/event.ts'
import { viewAt } from '../../../src/tui/layout/viewport.ts'
import type { Action } from '../../../src/tui/state/actions.ts'
import { everything } from '../../../src/tui/state/entry-filter.ts'
import { searchPattern } from '../../../src/tui/state/entry-text.ts'
import { lookThrough } from '../../../src/tui/state/find.ts'
import { reduce } from '../../../src/tui/state/reduce.ts'
import { transcriptDocument } from '../../../src/tui/state/selectors.ts'
import { heightOf } from '../../../src/tui/state/view.ts'
import { startState, type WatchState } from '../../../src/tui/state/watch-state.ts'
import { ScriptedSource } from '../../fixtures/tui/scripted-source.ts'

const laidOut = vi.hoisted(() => ({ entries: 0 }))
vi.mock(import('../../../src/tui/layout/entry-lines.ts'), async (importOriginal) => {
  const original = await importOriginal()
  return {
    ...original,
    entryLines: (...args) => {
      laidOut.entries++
      return original.entryLines(...args)
    },
  }
})

const count = 100_000
const rare = 50_000
let long: WatchState

beforeAll(() => {
  const source = new ScriptedSource()
  source.keepsLog = false
  const task = source.newTask('A long one')
  const events: Event[] = []
  for (let number = 1; number <= count; number++) {
    if (number === rare) {
      events.push(
        source.emit(task.id, 'error', { code: 'internal', message: 'rare needle', retryable: false }),
      )
    } else if (number % 4 === 0) events.push(source.emit(task.id, 'thought', { text: `thought ${number}` }))
    else events.push(source.emit(task.id, 'message', { role: 'assistant', text: `text ${number}` }))
  }
  long = startState({ nowMs: 0, since: 0, filter: everything })
  long = after(long, { type: 'listed', tasks: [task] }, { type: 'resized', size: { columns: 120, rows: 40 } })
  long = after(long, { type: 'page', taskId: task.id, events, isLast: true })
})

const after = (state: WatchState, ...actions: Action[]): WatchState => actions.reduce(reduce, state)
const verb = (name: Extract<Action, { type: 'verb' }>['verb']): Action => ({ type: 'verb', verb: name })
const keys = (text: string): Action[] =>
  text.split('').map((name) => ({ type: 'typed', press: { kind: 'key', name } }))
/** The visible rows; counts what that and the action before laid out. */
const shown = (state: WatchState): string[] =>
  viewAt(transcriptDocument(state), state.view.anchor, heightOf(state)).rows.map(({ line }) =>
    line.map(({ text }) => text).join(''),
  )

it.each([
  ['to follow the end', [verb('follow')], `text ${count - 1}`],
  ['to go to the top', [verb('top')], 'text 1'],
  ['to scroll', [verb('page_up'), verb('page_up')], `text ${count - 95}`],
  ['to go to the only error', [verb('next_error')], 'rare needle'],
  ['to hide what three quarters are', [verb('filter'), ...keys('m')], `thought ${count}`],
  ['to show errors only', [verb('filter'), ...keys('e')], 'rare needle'],
  ['to hide nearly everything', [verb('filter'), ...keys('mts')], 'rare needle'],
  ['to unfold everything', [verb('fold_all')], `thought ${count}`],
] as const)('%s of 100,000 entries, only what is visible is laid out', (_, actions, visible) => {
  laidOut.entries = 0
  const rows = shown(after(long, ...actions))
  expect(rows.join('\n')).toContain(visible)
  expect(laidOut.entries).toBeLessThan(6 * heightOf(long) * actions.length)
})

it('finds a word among 100,000 entries piece by piece, and lays out only where it is', () => {
  laidOut.entries = 0
  let state = after(long, verb('open'), verb('search'), ...keys('needle'))
  const pattern = searchPattern('needle') ?? /$^/
  let pieces = 0
  while (state.transcript !== null && (state.view.find?.lookedTo ?? 0) < count) {
    let left = 10_000
    const from = state.view.find?.lookedTo ?? 0
    const { taskId, entries } = state.transcript
    const found = lookThrough(entries, { pattern, filter: state.view.filter, from }, () => left-- > 0)
    state = after(state, { type: 'found', taskId, query: 'needle', from, ...found })
    pieces++
  }
  expect(pieces).toBe(10)
  expect(state.view.find?.hits).toHaveLength(1)
  expect(shown(state).join('\n')).toContain('rare needle')
  expect(laidOut.entries).toBeLessThan(24 * heightOf(long))
})

it('comes back to where it was when a filter is taken back', () => {
  const somewhere = after(long, verb('top'), verb('page_down'), verb('page_down'))
  const filtered = after(somewhere, verb('filter'), ...keys('m'))
  expect(shown(filtered)).not.toEqual(shown(somewhere))
  expect(shown(filtered)[0]).toMatch(/thought 6\d/)
  expect(shown(after(filtered, ...keys('m')))).toEqual(shown(somewhere))
})

it('says at its top how many older entries it has not kept', () => {
  const { transcript } = long
  if (transcript === null) throw new Error('expected a transcript')
  const { blocks, end } = transcript.entries
  const entries = { start: 512, end, blocks: blocks.slice(1) }
  const cut = after({ ...long, transcript: { ...transcript, entries } }, verb('top'))
  expect(shown(cut)[0]).toMatch(/^… 512 older entries not kept here: sparky agent tasks events 1/)
  expect(shown(cut).join('\n')).toContain('text 513')
  expect(after(cut, verb('open'), verb('top'), verb('previous')).view.cursor).toBe(512)
})
