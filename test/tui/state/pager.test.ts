import { describe, expect, it } from 'vitest'
import { textOfLine } from '../../../src/tui/layout/line.ts'
import { viewAt } from '../../../src/tui/layout/viewport.ts'
import type { KeyPress } from '../../../src/tui/state/key-names.ts'
import { pagedText, pieceAt, pieceOf } from '../../../src/tui/state/paged-text.ts'
import {
  openPager,
  pagerDocument,
  pagerHeight,
  pagerTyped,
  type Pager,
} from '../../../src/tui/state/pager.ts'

const size = { columns: 40, rows: 12 }
const after = (pager: Pager, ...keys: string[]): Pager =>
  keys.reduce((now, name) => {
    const press: KeyPress = { kind: 'key', name }
    return pagerTyped(now, press, size) ?? now
  }, pager)
const shown = (pager: Pager): string[] =>
  viewAt(pagerDocument(pager, size.columns), pager.anchor, pagerHeight(size)).rows.map(({ line }) =>
    textOfLine(line),
  )
const numbered = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`).join('\n')

describe('a text in pieces', () => {
  it.each([
    ['', 1],
    ['one', 1],
    ['one\n', 1],
    ['one\r\ntwo\n\n', 3],
    [`${'x'.repeat(10_000)}\nlast`, 2],
    ['😀'.repeat(6_000), 1],
  ])('%# is whole again when its pieces are put together', (text, lines) => {
    const paged = pagedText(text)
    expect(paged.lines).toBe(lines)
    const pieces = paged.starts.map((_, index) => pieceAt(paged, index))
    expect(pieces.join('')).toBe(text.replaceAll(/\r?\n/g, ''))
    for (const piece of pieces) expect(piece).not.toMatch(/^[\uDC00-\uDFFF]/)
    paged.starts.forEach((start, index) => expect(pieceOf(paged, start)).toBe(index))
  })
})

describe('the pager', () => {
  it('scrolls by rows and pages, to both ends and not beyond', () => {
    const pager = openPager('t', numbered(100), null)
    expect(shown(after(pager, 'k'))[0]).toBe('line 1')
    expect(shown(after(pager, 'j', 'j'))[0]).toBe('line 3')
    expect(shown(after(pager, 'space'))[0]).toBe('line 10')
    expect(shown(after(pager, 'G', 'j')).at(-1)).toBe('line 100')
    expect(shown(after(pager, 'G', 'k')).at(-1)).toBe('line 99')
    expect(shown(after(pager, 'G', 'g'))[0]).toBe('line 1')
  })

  it('searches as one types, on and back and around, and goes back with esc', () => {
    const pager = after(openPager('t', numbered(100), null), 'space')
    const found = after(pager, '/', '5', '5')
    expect(shown(found)).toContain('line 55')
    expect(shown(after(found, 'escape'))[0]).toBe('line 10')
    const kept = after(openPager('t', numbered(100), null), '/', '9', 'return')
    const at = (of: Pager): number => of.matches[of.current ?? -1] ?? -1
    expect([at(kept), at(after(kept, 'n')), at(after(kept, 'N'))]).toEqual(
      [9, 19, 99].map((line) => numbered(100).indexOf(`line ${line}`) + `line ${line}`.lastIndexOf('9')),
    )
    expect(pagerTyped(after(kept, 'escape'), { kind: 'key', name: 'escape' }, size)).toBeNull()
  })

  it('marks what it found, and shows nothing that a terminal would obey', () => {
    const pager = after(openPager('t', 'a \u001B[31mred\u0007 herring', null), '/', 'h', 'e')
    const [line] = viewAt(pagerDocument(pager, 40), pager.anchor, 5).rows
    expect(line?.line.filter(({ tone }) => tone === 'current').map(({ text }) => text)).toEqual(['he'])
    expect(textOfLine(line?.line ?? [])).toBe('a ␛[31mred␇ herring')
  })

  it('lays out no more of ten megabytes than is visible', () => {
    const text = `${'some words in a line\n'.repeat(250_000)}${'x'.repeat(5_000_000)}needle`
    const startMs = performance.now()
    const pager = openPager('t', text, null)
    expect(performance.now() - startMs).toBeLessThan(1_000)
    let laidOut = 0
    for (const key of ['G', 'g', 'space', 'G']) {
      const next = after(pager, key)
      const document = pagerDocument(next, size.columns)
      const counted = { ...document, rowsOf: (index: number) => (laidOut++, document.rowsOf(index)) }
      expect(viewAt(counted, next.anchor, pagerHeight(size)).rows).toHaveLength(pagerHeight(size))
    }
    expect(laidOut).toBeLessThan(100)
    expect(shown(after(pager, '/', 'n', 'e', 'e', 'd')).join('')).toContain('needle')
  })
})
