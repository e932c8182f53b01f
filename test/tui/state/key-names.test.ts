import { describe, expect, it } from 'vitest'
import { KeyReader, maxPasteLength, plainPress, type KeyPress } from '../../../src/tui/state/key-names.ts'
import { bindings, verbOf } from '../../../src/tui/state/keymap.ts'

const read = (...pieces: readonly string[]): KeyPress[] => {
  const reader = new KeyReader()
  return pieces.flatMap((raw) => reader.read(raw))
}
const names = (...pieces: readonly string[]): string[] =>
  read(...pieces).map((press) => (press.kind === 'key' ? press.name : `paste ${press.text}`))

describe('KeyReader', () => {
  it('names special keys, letters and control keys', () => {
    expect(names('\u001B[A', 'G', '\u0003', ' ', '\u007F', '\u001B[3~', '\u001BOH')).toEqual([
      'up',
      'G',
      'ctrl+c',
      'space',
      'backspace',
      'delete',
      'home',
    ])
  })

  it('takes what comes in one piece for the keys that it is', () => {
    expect(names('hé😀\r\u007F\u0003')).toEqual(['h', 'é', '😀', 'return', 'backspace', 'ctrl+c'])
  })

  it.each([
    ['\u001B[1;5D', 'ctrl+left'],
    ['\u001B[1;3C', 'alt+right'],
    ['\u001B\u001B[D', 'alt+left'],
    ['\u001B[1;2A', 'shift+up'],
    ['\u001B[a', 'shift+up'],
    ['\u001BOc', 'ctrl+right'],
    ['\u001B[3;5~', 'ctrl+delete'],
    ['\u001B[Z', 'shift+tab'],
    ['\u001Bb', 'alt+b'],
    ['\u001B\u007F', 'alt+backspace'],
    ['\u001B\r', 'alt+return'],
    ['\u001B[13;2u', 'shift+return'],
    ['\u001B[27;2;13~', 'shift+return'],
    ['\u001B[13;5u', 'ctrl+return'],
    ['\u001BOM', 'return'],
    ['\n', 'ctrl+j'],
    ['\u001F', 'ctrl+_'],
    ['\u001B[99;5u', 'ctrl+c'],
    ['\u001B[97;2u', 'A'],
    ['\u001B[27u', 'escape'],
    ['\u001B[1089::99;5u', 'ctrl+c'],
    ['\u001B[45:95;6u', 'ctrl+_'],
    ['\u001B[97:65;2u', 'A'],
    ['\u001B[98;3u', 'alt+b'],
    ['\u001B[9;2u', 'shift+tab'],
    ['\u001B[127;5u', 'ctrl+backspace'],
    ['\u001B[57419u', 'up'],
    ['\u001B[1;129D', 'left'],
  ])('knows %j as %s', (raw, name) => {
    expect(names(raw)).toEqual([name])
  })

  it('takes a bracketed paste for text, whatever is in it', () => {
    expect(names('q', '\u001B[200~', 'cy\r\nq', '\r', 'x', '\u001B[A', '\u001B[201~', 'j')).toEqual([
      'q',
      'paste cy\nq\nx',
      'j',
    ])
  })

  it('takes escape sequences and control characters out of a paste', () => {
    const hostile = 'a\u001B[31mred\u001B]0;title\u0007b\u0000c\u009B2Jd\u001B(Be\tf\u001B]52;never ended'
    expect(names('\u001B[200~', hostile, '\u001B[201~')).toEqual(['paste aredbc2Jde\tf52;never ended'])
  })

  it('finds the end of a paste that came in two pieces, and the key behind it', () => {
    expect(names('\u001B[200~', 'one', '\u001B[20', '1~', 'j')).toEqual(['paste one', 'j'])
    expect(names('\u001B[200~', 'one', '\u001B[20', '1~q')).toEqual(['paste one', 'q'])
  })

  it('keeps the start of a paste bomb and says how much it left out', () => {
    const piece = 'x'.repeat(64 * 1024)
    const [press] = read('\u001B[200~', ...Array.from({ length: 160 }, () => piece), '\u001B[201~')
    expect(press).toMatchObject({ kind: 'paste', leftOut: 160 * piece.length - maxPasteLength })
    expect(press?.kind === 'paste' && press.text.length).toBe(maxPasteLength)
  })

  it('ignores sequences that it does not know, and keys that are let go', () => {
    expect(
      names('\u001B[1;5P', '\u001B[<0;1;1M', '\u001B[?1;2c', '\u001B[97;1:3u', '\u001B[57441;2u'),
    ).toEqual([])
  })

  it('tells those who know few keys of no modifiers but those of letters', () => {
    const plain = (name: string): KeyPress => plainPress({ kind: 'key', name })
    expect([plain('ctrl+left'), plain('ctrl+j'), plain('alt+return')]).toEqual([
      { kind: 'key', name: 'left' },
      { kind: 'key', name: 'return' },
      { kind: 'key', name: 'return' },
    ])
    expect([plain('ctrl+c'), plain('shift+tab'), plain('alt+b')]).toEqual([
      { kind: 'key', name: 'ctrl+c' },
      { kind: 'key', name: 'shift+tab' },
      { kind: 'key', name: 'alt+b' },
    ])
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
