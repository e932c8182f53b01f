import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { span, textOfLine, type Line } from '../../../src/tui/layout/line.ts'
import {
  neighbour,
  scrolledBy,
  showing,
  viewAt,
  type Anchor,
  type LongDocument,
} from '../../../src/tui/layout/viewport.ts'

/** A document of items with so many rows each; a row is named "item.row". */
const documentOf = (heights: readonly number[], start = 0): LongDocument => ({
  start,
  end: start + heights.length,
  rowsOf: (index) =>
    Array.from({ length: heights[index - start] ?? 0 }, (_, row): Line => [span(`${index}.${row}`)]),
})
const seen = (document: LongDocument, anchor: Anchor, height: number): string =>
  viewAt(document, anchor, height)
    .rows.map(({ line }) => textOfLine(line))
    .join(' ')

const document = documentOf([2, 0, 3, 1, 2])

describe('viewport', () => {
  it('follows the end where it has no anchor', () => {
    expect(seen(document, null, 3)).toBe('3.0 4.0 4.1')
    expect(viewAt(document, null, 3).atEnd).toBe(true)
  })

  it('shows everything from the top where all of it fits', () => {
    expect(seen(document, null, 20)).toBe('0.0 0.1 2.0 2.1 2.2 3.0 4.0 4.1')
  })

  it('stays at its anchor, in the middle of an item too', () => {
    expect(seen(document, { index: 2, row: 1 }, 3)).toBe('2.1 2.2 3.0')
  })

  it('scrolls by rows and follows again at the end', () => {
    const up = scrolledBy(document, null, 3, -2)
    expect(seen(document, up, 3)).toBe('2.1 2.2 3.0')
    expect(seen(document, scrolledBy(document, up, 3, -100), 3)).toBe('0.0 0.1 2.0')
    expect(scrolledBy(document, up, 3, 100)).toBeNull()
  })

  it('goes to the first row that is left when what it showed was dropped', () => {
    expect(seen(documentOf([1, 1, 1, 1], 10), { index: 3, row: 0 }, 2)).toBe('10.0 11.0')
  })

  it('moves no further than needed to show an item', () => {
    expect(showing(document, null, 3, 4)).toBeNull()
    expect(seen(document, showing(document, null, 3, 2), 3)).toBe('2.0 2.1 2.2')
  })

  it('steps over items without rows', () => {
    expect(neighbour(document, 0, 1)).toBe(2)
    expect(neighbour(document, 2, -1)).toBe(0)
    expect(neighbour(document, 4, 1)).toBeNull()
  })

  it('lays out only what is visible of a long document', () => {
    let asked = 0
    const long: LongDocument = { start: 0, end: 100_000, rowsOf: () => (asked++, [[span('x')]]) }
    viewAt(long, null, 30)
    viewAt(long, { index: 50_000, row: 0 }, 30)
    scrolledBy(long, { index: 50_000, row: 0 }, 30, -29)
    expect(asked).toBeLessThan(300)
  })

  it('always fills the window when there are enough rows, in order and without a gap', () => {
    const heights = fc.array(fc.nat(4), { maxLength: 12 })
    fc.assert(
      fc.property(
        heights,
        fc.nat(12),
        fc.nat(4),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: -20, max: 20 }),
        (items, index, row, height, by) => {
          const any = documentOf(items)
          const all = seen(any, null, 1_000)
            .split(' ')
            .filter((name) => name !== '')
          const rows = seen(any, scrolledBy(any, { index, row }, height, by), height)
            .split(' ')
            .filter((name) => name !== '')
          expect(rows).toHaveLength(Math.min(height, all.length))
          expect(all.join(' ')).toContain(rows.join(' '))
        },
      ),
    )
  })
})
