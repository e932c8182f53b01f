import { describe, expect, it } from 'vitest'
import { highlighted, matchesIn } from '../../../src/tui/layout/highlight.ts'
import { span, textOfLine, type Line } from '../../../src/tui/layout/line.ts'

const rows = (...texts: string[]): Line[] => texts.map((text) => [span(text, 'dim')])
/** What is marked in each row; what the keys are on in capitals. */
const marked = (lines: readonly Line[], query: string, current: number | null, from = 0): string[][] =>
  highlighted(lines, { query, current, from }).map((line) =>
    line.flatMap(({ text, tone }) =>
      tone === 'match' ? [text.toLowerCase()] : tone === 'current' ? [text.toUpperCase()] : [],
    ),
  )

describe('what a search found', () => {
  it('is marked wherever it is, the one that the keys are on in another way', () => {
    expect(marked(rows('one two one', 'ONE'), 'one', 1)).toEqual([['one', 'ONE'], ['one']])
    expect(marked(rows('one'), 'one', 7)).toEqual([['ONE']])
    expect(marked(rows('one'), 'one', null)).toEqual([['one']])
  })

  it('may go on in the next row, where the text was wrapped', () => {
    expect(marked(rows('          some long', '          phrase here'), 'long  PHRASE', 0)).toEqual([
      ['LONG'],
      ['PHRASE'],
    ])
  })

  it('is not looked for in the time', () => {
    expect(marked(rows('12:01:07  at 12:01'), '12:01', 0, 10)).toEqual([['12:01']])
    expect(matchesIn(rows('12:01:07  at 12:01'), '12:01', 10)).toBe(1)
  })

  it.each(['.*', '[', '\\', 'a|b', '(', '你', '👩🏽'])('is literally %s', (query) => {
    expect(marked(rows(`x ${query} y`), query, null)).toEqual([[query]])
  })

  it('leaves the text as it is', () => {
    const lines: Line[] = [[span('12:00  '), span('bold one', 'strong'), span(' and one')]]
    const marks = highlighted(lines, { query: 'one and', current: 0, from: 7 })
    expect(marks.map(textOfLine)).toEqual(lines.map(textOfLine))
    expect(marks[0]?.filter(({ tone }) => tone === 'current').map(({ text }) => text)).toEqual([
      'one',
      ' and',
    ])
  })
})
