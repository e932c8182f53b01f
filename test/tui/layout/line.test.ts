import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cut,
  fitLine,
  keepEnd,
  lineWidth,
  padEnd,
  padStart,
  span,
  spread,
  textOfLine,
  widthOf,
} from '../../../src/tui/layout/line.ts'
import { wrap } from '../../../src/tui/layout/wrap.ts'

const anyText = fc.string({ unit: fc.constantFrom('a', 'b ', ' ', '你', '😀', '👩🏽', 'é', 'e\u0301', '-') })

describe('cut', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly ten', 11, 'exactly ten'],
    ['one too long', 11, 'one too lo…'],
    ['你好世界', 5, '你好…'],
    ['你好世界', 4, '你…'],
    ['a😀b', 3, 'a…'],
    ['anything', 0, ''],
    ['anything', 1, '…'],
  ])('cuts %j to %i columns', (text, width, shown) => {
    expect(cut(text, width)).toBe(shown)
  })

  it('never gives more columns than asked for', () => {
    fc.assert(
      fc.property(anyText, fc.nat(30), (text, width) => {
        expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width)
        expect(widthOf(padEnd(text, width))).toBe(width)
        expect(widthOf(padStart(text, width))).toBe(width)
        expect(widthOf(keepEnd(text, width + 1))).toBeLessThanOrEqual(width + 1)
        expect(lineWidth(fitLine([span(text), span('x')], width))).toBe(width)
      }),
    )
  })
})

describe('spread', () => {
  it('cuts the left part before the right one', () => {
    expect(textOfLine(spread([span('a long left part')], [span(' right')], 14))).toBe('a long … right')
    expect(textOfLine(spread([span('left')], [span('right')], 14))).toBe('left     right')
  })
})

describe('wrap', () => {
  it.each([
    ['at spaces', 'one two three', 7, ['one two', 'three']],
    ['long words anywhere', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['between wide characters', '你好世界', 5, ['你好', '世界']],
    ['at line breaks, empty lines too', 'a\n\nb', 9, ['a', '', 'b']],
    ['with indentation', '  if x\n    y', 20, ['  if x', '    y']],
    ['with tabs as spaces', '\tx', 9, ['    x']],
    ['into less than a character', '你a', 1, ['你', 'a']],
  ])('breaks %s', (_, text, width, rows) => {
    expect(wrap(text, width)).toEqual(rows)
  })

  it('makes no more rows than asked for', () => {
    expect(wrap('a b c d e', 1, 3)).toEqual(['a', 'b', 'c'])
  })

  it('keeps every character but the spaces that it breaks at', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 20 }), (text, width) => {
        const rows = wrap(text, width)
        for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width)
        expect(rows.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      }),
    )
  })
})
