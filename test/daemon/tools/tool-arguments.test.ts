import { expect, test } from 'vitest'
import { addTask } from '../../../src/daemon/tools/add-task.ts'
import { currentTime } from '../../../src/daemon/tools/current-time.ts'
import { listTasks } from '../../../src/daemon/tools/list-tasks.ts'
import { readFile } from '../../../src/daemon/tools/read-file.ts'
import { parseArguments } from '../../../src/daemon/tools/tool-arguments.ts'
import type { Tool } from '../../../src/daemon/tools/tool.ts'
import type { Json } from '../../../src/protocol/task.ts'

const mistake = (tool: Tool, args: Json | undefined): string => {
  try {
    parseArguments(tool, args)
  } catch (error) {
    return String(error)
  }
  throw new Error('the arguments were accepted')
}

test.each<[Tool, Json | undefined, string]>([
  [readFile, {}, 'expected path to be a string, found nothing'],
  [readFile, { path: 5 }, 'expected path to be a string, found 5'],
  [readFile, { path: '' }, 'expected path to have a length of at least 1, found ""'],
  [readFile, { path: 'a', offset: 0 }, 'expected offset to be at least 1, found 0'],
  [readFile, { path: 'a', offset: 1.5 }, 'expected offset to be a whole number, found 1.5'],
  [readFile, { path: 'a', offset: '3' }, 'expected offset to be a number, found "3"'],
  [readFile, { file: 'a' }, 'there is no argument "file"'],
  [listTasks, { status: 'done' }, 'expected status to be one of scheduled, '],
  [addTask, { prompt: 'x', after: [3] }, 'expected after.0 to be a string, found 3'],
  [readFile, 'a.txt', 'expected the arguments to be a JSON object, found "a.txt"'],
  [readFile, ['a.txt'], 'expected the arguments to be a JSON object, found a list'],
  [readFile, undefined, 'found no valid JSON'],
])('says what is wrong with the arguments of %o: %j', (tool, args, text) => {
  expect(mistake(tool, args)).toContain(text)
})

test('names every mistake and what the tool takes', () => {
  expect(() => parseArguments(readFile, { offset: -1, extra: true })).toThrow(
    expect.objectContaining({ code: 'usage', hint: 'It takes path, offset?, limit?.' }),
  )
  expect(mistake(readFile, { offset: -1, extra: true }).split('\n')).toHaveLength(3)
})

test('takes null for left out', () => {
  expect(parseArguments(readFile, { path: 'a', offset: null, limit: null })).toEqual({ path: 'a' })
  expect(parseArguments(currentTime, null)).toEqual({})
})
