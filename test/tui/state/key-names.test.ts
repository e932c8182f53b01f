import type { Key } from 'ink'
import { describe, expect, it } from 'vitest'
import { KeyReader, type KeyPress } from '../../../src/tui/state/key-names.ts'
import { bindings, verbOf } from '../../../src/tui/state/keymap.ts'

const read = (...pieces: readonly [input: string, key?: Partial<Key>][]): KeyPress[] => {
  const reader = new KeyReader()
  return pieces.flatMap(([input, key]) => reader.read(input, (key ?? {}) as Key))
}
const names = (...pieces: readonly [input: string, key?: Partial<Key>][]): string[] =>
  read(...pieces).map((press) => (press.kind === 'key' ? press.name : `paste ${press.text}`))

describe('KeyReader', () => {
  it('names special keys, letters and control keys', () => {
    expect(
      names(
        ['', { upArrow: true }],
        ['G', { shift: true }],
        ['c', { ctrl: true }],
        [' '],
        ['', { delete: true }],
      ),
    ).toEqual(['up', 'G', 'ctrl+c', 'space', 'backspace'])
  })

  it('takes what comes in one piece for the keys that it is', () => {
    expect(names(['hé😀\r\u007F\u0003'])).toEqual(['h', 'é', '😀', 'return', 'backspace', 'ctrl+c'])
  })

  it('takes a bracketed paste for text, whatever is in it', () => {
    expect(names(['q'], ['[200~'], ['cy\r\nq'], ['', { return: true }], ['x'], ['[201~'], ['j'])).toEqual([
      'q',
      'paste cy\nq\nx',
      'j',
    ])
  })

  it('ignores sequences that it does not know', () => {
    expect(names(['[1;5P'], ['[<0;1;1M'], ['x', { meta: true }])).toEqual([])
  })
})

describe('keymap', () => {
  it('has each key once, and each verb', () => {
    const keys = bindings.flatMap((binding) => binding.keys)
    expect(new Set(keys).size).toBe(keys.length)
    expect(new Set(bindings.map(({ verb }) => verb)).size).toBe(bindings.length)
  })

  it.each([
    ['j', 'next'],
    ['k', 'previous'],
    ['G', 'follow'],
    ['g', 'top'],
    ['space', 'fold'],
    ['c', 'cancel'],
    ['r', 'retry'],
    ['a', 'add'],
    ['f', 'filter'],
    ['/', 'search'],
    ['w', 'why'],
    ['?', 'help'],
    ['q', 'quit'],
    ['ctrl+c', 'quit'],
    ['x', null],
  ])('knows %s as %s', (key, verb) => {
    expect(verbOf(key)).toBe(verb)
  })
})
