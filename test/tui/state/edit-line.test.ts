import { expect, it } from 'vitest'
import { editWith, emptyLine, insert, lineText } from '../../../src/tui/state/edit-line.ts'

const typed = (...keys: string[]): string => {
  const { before, after } = keys.reduce(editWith, emptyLine)
  return `${before}|${after}`
}

it.each([
  ['letters', ['a', 'b', 'space', 'c'], 'ab c|'],
  ['backspace over a whole character', ['a', '👩🏽', 'backspace'], 'a|'],
  ['moving and inserting', ['a', 'c', 'left', 'b'], 'ab|c'],
  ['moving beyond the ends', ['a', 'left', 'left', 'right', 'right'], 'a|'],
  ['home and end', ['a', 'b', 'home', 'x', 'end', 'y'], 'xaby|'],
  ['ctrl+w', ['a', 'b', 'space', 'c', 'd', 'ctrl+w'], 'ab |'],
  ['ctrl+u and ctrl+k', ['a', 'b', 'left', 'ctrl+u'], '|b'],
  ['a key that means nothing here', ['a', 'page_up'], 'a|'],
])('edits with %s', (_, keys, shown) => {
  expect(typed(...keys)).toBe(shown)
})

it('keeps line breaks of a paste and bounds its length', () => {
  expect(lineText(insert(emptyLine, 'a\nb'))).toBe('a\nb')
  expect(lineText(insert(emptyLine, 'x'.repeat(100_000)))).toHaveLength(20_000)
})
