import { truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { readFile } from '../../../src/daemon/tools/read-file.ts'
import { modelLimitChars } from '../../../src/daemon/tools/truncate.ts'
import { call, newFolder } from './tool-context.ts'

let cwd: string

beforeEach(async () => {
  cwd = await newFolder()
})

const read = async (content: string | Buffer, args: { offset?: number; limit?: number } = {}) => {
  await writeFile(path.join(cwd, 'file'), content)
  return call(readFile, cwd, { path: 'file', ...args })
}

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('')

describe('read_file', () => {
  test('returns a short file as it is', async () => {
    const settled = await read('one\ntwo\n')
    expect(settled).toMatchObject({
      status: 'ok',
      text: 'one\ntwo',
      details: { lines: 2, from: 1, to: 2, bytes: 8 },
    })
    expect(settled.forModel).toBe('one\ntwo')
  })

  test.each([
    ['one\ntwo', 2],
    ['\n', 1],
    ['\n\n', 2],
    ['x', 1],
  ])('counts the lines of %j', async (content, lines) => {
    expect((await read(content)).details).toMatchObject({ lines })
  })

  test('returns the lines asked for and says how to read on', async () => {
    expect((await read(numbered(10), { offset: 4, limit: 2 })).text).toBe(
      'line 4\nline 5\n[lines 4 to 5 of 10; use read_file with offset=6 to read on]',
    )
    expect((await read(numbered(10), { offset: 9 })).text).toBe('line 9\nline 10\n[lines 9 to 10 of 10]')
  })

  test('shows the model as many whole lines as it can take, and the reader the page', async () => {
    const settled = await read(numbered(3_000))
    expect(settled.text).toContain(
      '\nline 2000\n[lines 1 to 2000 of 3000; use read_file with offset=2001 to read on]',
    )
    expect(settled.forModel.length).toBeLessThanOrEqual(modelLimitChars)
    const [, last, next] =
      /\nline (\d+)\n\[lines 1 to \1 of 3000; use read_file with offset=(\d+) to read on]$/.exec(
        settled.forModel,
      ) ?? []
    expect(Number(next)).toBe(Number(last) + 1)
    expect(Number(last)).toBeGreaterThan(1_000)
  })

  test('ends a page of long lines with a whole line', async () => {
    const settled = await read(`${'x'.repeat(1_000)}\n`.repeat(500))
    expect(settled.details).toMatchObject({ lines: 500, to: 261 })
    expect(settled.text).toContain('[lines 1 to 261 of 500; use read_file with offset=262 to read on]')
  })

  test('cuts a single line that is larger than a page', async () => {
    const settled = await read(`${'€'.repeat(200_000)}\nend\n`)
    expect(settled.text).not.toContain('\ufffd')
    expect(settled.text).toContain('[line 1 is cut; it is longer than 262,144 bytes]')
    expect(settled.text).toContain('[lines 1 to 1 of 2; use read_file with offset=2 to read on]')
    expect(settled.forModel).toContain('[line 1 goes on;')
    expect(settled.forModel.length).toBeLessThanOrEqual(modelLimitChars)
  })

  test('says that a file is empty', async () => {
    expect(await read('')).toMatchObject({ status: 'ok', text: '(file is empty)' })
  })

  test('refuses an offset behind the end', async () => {
    expect(await read('one\n', { offset: 5 })).toMatchObject({
      status: 'error',
      text: 'file: expected offset to be a line of the file, found 5 (of 1)',
    })
  })

  test('shows text without byte order mark, carriage returns and broken bytes', async () => {
    expect((await read(Buffer.from('\ufeffone\r\ntwo\xff\r\n', 'utf8'))).text).toBe('one\ntwoÿ')
    expect((await read(Buffer.from([0x61, 0xff, 0x62]))).text).toBe('a\ufffdb')
  })

  test('says that a file is binary, with its size', async () => {
    expect(await read(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]))).toMatchObject({
      status: 'error',
      text: expect.stringContaining('file: this is a binary file of 6 bytes, not text'),
    })
  })

  test('reads the start of a file of 10 GiB without its memory', async () => {
    await writeFile(path.join(cwd, 'huge'), numbered(100_000))
    await truncate(path.join(cwd, 'huge'), 10 * 1024 ** 3)
    const before = process.memoryUsage().rss
    const settled = await call(readFile, cwd, { path: 'huge', limit: 3 })
    expect(settled.text).toBe(
      'line 1\nline 2\nline 3\n[lines 1 to 3 of more than 100001; use read_file with offset=4 to read on]',
    )
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 ** 2)
  })

  test('names a folder and a missing file', async () => {
    expect((await call(readFile, cwd, { path: '.' })).text).toContain(
      'expected a regular file, found a folder',
    )
    expect((await call(readFile, cwd, { path: 'no' })).text).toContain('no: there is no such file or folder')
  })
})
