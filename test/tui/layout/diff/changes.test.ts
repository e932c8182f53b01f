import { describe, expect, it } from 'vitest'
import { oneHunk } from '../../../../src/daemon/tools/line-diff.ts'
import { changesOf, compareLines } from '../../../../src/tui/layout/diff/changes.ts'
import type { CallEntry, CallOutcome } from '../../../../src/tui/state/entry.ts'

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`)
const shown = (entry: CallEntry): string[] | null =>
  changesOf(entry)?.rows.map(({ sign, number, text }) => `${number ?? ''}${sign}${text}`) ?? null
const edit = (before: string, after: string, args: CallEntry['args'] = {}): CallEntry => ({
  kind: 'call',
  type: 'tool_use',
  ts: '',
  callId: 'c',
  name: 'edit_file',
  args,
  outcome: outcome({ diff: oneHunk('a.ts', before, after) }),
})
const outcome = (details: CallOutcome['details']): CallOutcome => ({
  status: 'ok',
  durationMs: 1,
  text: '',
  truncated: false,
  bytes: 0,
  details,
})

describe('the changes of a call', () => {
  it('are the lines that changed, with their numbers, without the stretches between them', () => {
    const before = lines(1, 30)
    const after = before.with(9, 'ten').with(24, 'twenty-five')
    after.splice(11, 1)
    expect(shown(edit(before.join('\n'), after.join('\n')))).toEqual([
      '7 line 7',
      '8 line 8',
      '9 line 9',
      '10-line 10',
      '10+ten',
      '11 line 11',
      '12-line 12',
      '12 line 13',
      '13 line 14',
      '14 line 15',
      '⋮',
      '21 line 22',
      '22 line 23',
      '23 line 24',
      '25-line 25',
      '24+twenty-five',
      '25 line 26',
      '26 line 27',
      '27 line 28',
    ])
  })

  it('come from the arguments of the call where the recorded diff was cut', () => {
    const before = lines(1, 200)
    const after = [...lines(1, 20), 'new', ...lines(101, 200)]
    const entry = edit(before.join('\n'), after.join('\n'), {
      old_text: ['line 20', ...lines(21, 100)].join('\n'),
      new_text: 'line 20\nnew',
    })
    expect(entry.outcome?.details['diff']).toMatch(/more lines$/)
    expect(shown(entry)?.slice(0, 2)).toEqual(['20 line 20', '21-line 21'])
    expect(shown(entry)?.at(-1)).toBe('21+new')
    expect(changesOf(entry)).toMatchObject({ more: 0 })
  })

  it('say how many lines are not there where nothing else is known', () => {
    expect(changesOf(edit('', lines(1, 100).join('\n')))).toMatchObject({ more: 40 })
  })

  it('are none where a call changes no file, or wrote the same again', () => {
    expect(shown({ ...edit('a', 'b'), name: 'read_file', args: { path: 'x' }, outcome: null })).toBeNull()
    expect(shown({ ...edit('a', 'a'), name: 'write_file', args: { path: 'x', content: 'a' } })).toBeNull()
  })

  it('take a bounded time where everything differs', () => {
    const startMs = performance.now()
    const rows = compareLines(lines(1, 4_000), lines(10_001, 14_000), { oldNumber: 1, number: 1 })
    expect(rows).toHaveLength(8_000)
    expect(performance.now() - startMs).toBeLessThan(3_000)
  })
})
