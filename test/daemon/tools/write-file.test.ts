import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { writeFile as tool } from '../../../src/daemon/tools/write-file.ts'
import { call, newFolder } from './tool-context.ts'

let cwd: string

beforeEach(async () => {
  cwd = await newFolder()
})

const write = (given: string, content: string) => call(tool, cwd, { path: given, content })
const inside = (name: string): string => path.join(cwd, name)

test('creates a file with the folders that it needs', async () => {
  expect(await write('a/b/c.txt', 'one\ntwo\n')).toMatchObject({
    status: 'ok',
    text: 'Created a/b/c.txt: 2 lines, 8 bytes.',
    details: { created: true, bytes: 8, lines: 2, lines_before: null, diff: null },
  })
  expect(await readFile(inside('a/b/c.txt'), 'utf8')).toBe('one\ntwo\n')
})

test('replaces a file, keeps its mode and leaves no temporary file', async () => {
  await writeFile(inside('run.sh'), 'old\n')
  await chmod(inside('run.sh'), 0o750)
  expect(await write('run.sh', 'new\n')).toMatchObject({
    text: 'Replaced run.sh: 1 line, 4 bytes.',
    details: { created: false, lines_before: 1, diff: '--- run.sh\n+++ run.sh\n@@ -1,1 +1,1 @@\n-old\n+new' },
  })
  expect((await stat(inside('run.sh'))).mode & 0o777).toBe(0o750)
  expect(await readdir(cwd)).toEqual(['run.sh'])
})

test('writes what a link inside the working directory leads to, and keeps the link', async () => {
  await mkdir(inside('real'))
  await writeFile(inside('real/file'), 'old')
  await symlink('real/file', inside('link'))
  expect((await write('link', 'new')).text).toContain('Replaced real/file')
  expect(await readFile(inside('real/file'), 'utf8')).toBe('new')
})

test('leaves everything as it was where it cannot write', async () => {
  await writeFile(inside('file'), 'old')
  await mkdir(inside('folder'))
  expect(await write('file/child', 'x')).toMatchObject({
    status: 'error',
    text: 'file/child: a part of this path is no folder',
  })
  expect(await write('folder', 'x')).toMatchObject({
    status: 'error',
    text: 'folder: expected a regular file, found a folder',
  })
  expect(await readdir(cwd)).toEqual(['file', 'folder'])
  expect(await readFile(inside('file'), 'utf8')).toBe('old')
})

test('writes an empty file and replaces lone surrogates', async () => {
  expect((await write('empty', '')).text).toBe('Created empty: 0 lines, 0 bytes.')
  await write('odd', 'a\ud800b')
  expect(await readFile(inside('odd'), 'utf8')).toBe('a\ufffdb')
})
