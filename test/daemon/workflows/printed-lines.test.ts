import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { printedLines } from '../../../src/daemon/workflows/modules/printed-lines.ts'

const printed = async (texts: readonly string[], maxChars = 1000) => {
  const stream = new PassThrough({ highWaterMark: 16 })
  const lines: string[] = []
  printedLines(stream, { maxLineChars: 5, maxChars }, (line) => lines.push(line))
  for (const text of texts) stream.write(text)
  await nextTurn()
  stream.end()
  await nextTurn()
  return { lines, stream }
}

test('what a module prints is cut into lines of bounded length, wherever its pieces end', async () => {
  const { lines } = await printed(['a', 'b\r\nlong', 'er than that', '\n\nend'])
  expect(lines).toEqual(['ab', 'longe', '', 'end'])
})

test('what is more than anybody reads is left where it is', async () => {
  const { lines, stream } = await printed(
    Array.from({ length: 100 }, () => 'x\n'),
    20,
  )
  expect(lines.length).toBeLessThan(20)
  expect(stream.isPaused()).toBe(true)
})
