import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { wholeText } from '../../../../src/tui/chat/input/draft.ts'
import { cursorPlace, draftRows } from '../../../../src/tui/chat/input/draft-rows.ts'
import { inputLines, popupLines } from '../../../../src/tui/chat/input/input-lines.ts'
import { lineWidth } from '../../../../src/tui/layout/line.ts'
import { ctrl, keys, Typing } from './typing.ts'

const someKey = fc.constantFrom(
  ...Object.values(keys),
  ...'abdefknpruwyz'.split('').map(ctrl),
  '\n',
  '\u001B\r',
  '\u001B[13;2u',
  '\u001Bd',
  '\u001B\u007F',
  '\u001B[1;5C',
  '\\',
  '/',
  '@',
  ' ',
)
const someText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('日本語', '👩‍💻', 'é', '🇩🇪🇫🇷', 'a b', 'x'.repeat(50), '\u0301', '\u202E', '\u{100000}'),
)
const someStep = fc.oneof(
  someKey.map((key) => (input: Typing) => input.type(key)),
  someText.map((text) => (input: Typing) => input.type(text)),
  fc.tuple(someText, fc.constantFrom(1, 12)).map(
    ([text, times]) =>
      (input: Typing) =>
        input.paste(`${text}\n`.repeat(times)),
  ),
)
const around = {
  history: ['one', 'two\nthree', 'long\n'.repeat(15)],
  commands: [
    { name: 'new', help: 'begins another' },
    { name: 'agent', help: 'another', takes: 'NAME', choices: [{ value: 'guide', help: '日本' }] },
  ],
  found: { query: '', paths: ['src/', 'src/main.ts', 'a b.md'] },
}

test('whatever is typed and pasted, the cursor stands in the text, and everything fits and is there', () => {
  fc.assert(
    fc.property(
      fc.array(someStep, { maxLength: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 6 }),
      (steps, width, maxRows) => {
        const input = new Typing({ ...around, width })
        for (const step of steps) {
          step(input)
          const { draft } = input.state
          expect(draft.cursor).toBeGreaterThanOrEqual(0)
          expect(draft.cursor).toBeLessThanOrEqual(draft.text.length)
          expect(wholeText(draft)).not.toMatch(/\p{Cs}/u)

          const rows = draftRows(draft, width)
          const covered = rows.map(({ from, to }) => draft.text.slice(from, to)).join('')
          expect(covered).toBe(draft.text.replaceAll('\n', ''))
          expect(cursorPlace(draft, width).row).toBeLessThan(rows.length)

          const { lines, cursor } = inputLines(input.state, { width, maxRows })
          expect(lines.length).toBeLessThanOrEqual(maxRows)
          expect(cursor.row).toBeLessThan(lines.length)
          expect(cursor.column).toBeLessThan(width)
          for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(width)
          for (const line of popupLines(input.state, input.around, { width, maxRows }))
            expect(lineWidth(line)).toBeLessThanOrEqual(width)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('undo goes back to where nothing was written, whatever was done', () => {
  fc.assert(
    fc.property(fc.array(someStep, { maxLength: 30 }), (steps) => {
      const input = new Typing({ width: 20 })
      for (const step of steps) step(input)
      input.type(keys.escape)
      for (let times = 0; times < 100; times++) input.type(keys.undo)
      expect(wholeText(input.state.draft)).toBe('')
    }),
    { numRuns: 100 },
  )
})

test('left and right go over every character, and back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
      const input = new Typing().paste(text)
      const end = input.state.draft.cursor
      const there: number[] = []
      while (input.state.draft.cursor > 0) there.push(input.type(keys.left).state.draft.cursor)
      const back: number[] = [0]
      while (input.state.draft.cursor < end) back.push(input.type(keys.right).state.draft.cursor)
      expect(back.reverse()).toEqual([end, ...there].slice(0, back.length))
      expect(back).toHaveLength(there.length + 1)
    }),
  )
})
