import { describe, expect, it } from 'vitest'
import type { Entry } from '../../../src/tui/state/entry.ts'
import {
  entryKinds,
  everything,
  filterWords,
  isShown,
  isTypeShown,
  withKindToggled,
  type EntryFilter,
} from '../../../src/tui/state/entry-filter.ts'

const filter = (changes: Partial<EntryFilter>): EntryFilter => ({ ...everything, ...changes })
const toggled = (start: EntryFilter, keys: string): EntryFilter =>
  keys.split('').reduce((now, key) => {
    const kind = entryKinds.find((kind) => kind.key === key)
    if (kind === undefined) throw new Error(`expected a key of the filter, found ${key}`)
    return withKindToggled(now, kind)
  }, start)

describe('the filter of a transcript', () => {
  it('shows everything but what stands above the transcript anyway', () => {
    expect(isTypeShown('message', everything)).toBe(true)
    expect(isTypeShown('usage', everything)).toBe(false)
    expect(isTypeShown('progress', everything)).toBe(false)
    expect(isTypeShown('usage', filter({ only: new Set(['usage']) }))).toBe(true)
  })

  it.each([
    [everything, '', ''],
    [everything, 't', 'no thoughts'],
    [everything, 'u', 'with usage'],
    [everything, 'tu', 'no thoughts, with usage'],
    [everything, 'tcrs', 'only messages'],
    [everything, 'mtcrs', 'everything hidden'],
    [everything, 'tt', ''],
    [filter({ only: new Set(['message']) }), '', 'only messages'],
    [filter({ only: new Set(['message']) }), 't', 'only messages, thoughts'],
    [filter({ only: new Set(['message']) }), 'tm', 'only thoughts'],
    [filter({ hide: new Set(['thought']) }), '', 'no thoughts'],
    [filter({ hide: new Set(['thought']) }), 't', ''],
    [filter({ hide: new Set(['task_updated']) }), '', 'filtered'],
    [filter({ only: new Set(['error']) }), '', 'filtered'],
    [filter({ preset: 'errors' }), '', 'only errors'],
  ])('%# says what it leaves out, after the flags and after the keys', (start, keys, words) => {
    expect(filterWords(toggled(start, keys))).toBe(words)
  })

  it('is back at the start after every key was pressed twice', () => {
    for (const { key } of entryKinds) {
      const back = toggled(everything, key + key)
      for (const { types } of entryKinds) {
        for (const type of types) expect(isTypeShown(type, back)).toBe(isTypeShown(type, everything))
      }
    }
  })

  it('keeps the error that ended a task, whatever else is hidden of its status', () => {
    const ending: Entry = {
      kind: 'failure',
      type: 'status',
      ts: '',
      code: 'internal',
      message: '',
      retryable: false,
      final: true,
    }
    expect(isShown(ending, toggled(everything, 's'))).toBe(true)
    expect(isShown(ending, filter({ only: new Set(['error']) }))).toBe(true)
    expect(isShown(ending, filter({ preset: 'errors' }))).toBe(true)
    expect(isShown(ending, filter({ only: new Set(['message']) }))).toBe(false)
  })
})
