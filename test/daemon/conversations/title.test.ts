import { expect, test } from 'vitest'
import { titleOf } from '../../../src/daemon/conversations/title.ts'

test.each([
  ['What time is it?', 'What time is it?'],
  ['\n\n  Fix   the\tbug \nand then rest', 'Fix the bug'],
  ['a'.repeat(60), 'a'.repeat(60)],
  ['a'.repeat(61), `${'a'.repeat(59)}…`],
  [`${'word '.repeat(20)}end`, `${'word '.repeat(11).trim()}…`],
  ['👨‍👩‍👧'.repeat(61), `${'👨‍👩‍👧'.repeat(59)}…`],
  ['  ', ''],
])('%j is called %j', (message, title) => {
  expect(titleOf(message)).toBe(title)
})

test('a message of one long line is not looked at to its end', () => {
  expect(titleOf('x y '.repeat(1_000_000))).toBe(`${'x y '.repeat(15).trim().slice(0, 57)}…`)
})
