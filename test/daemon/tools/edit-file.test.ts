import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { editFile } from '../../../src/daemon/tools/edit-file.ts'
import { call, newFolder } from './tool-context.ts'

let file: string

beforeEach(async () => {
  file = path.join(await newFolder(), 'file')
})

const edit = (oldText: string, newText: string, replaceAll?: boolean) =>
  call(editFile, path.dirname(file), {
    path: 'file',
    old_text: oldText,
    new_text: newText,
    ...(replaceAll === undefined ? {} : { replace_all: replaceAll }),
  })

test('replaces the one place and shows what changed', async () => {
  await writeFile(file, 'a\nb\nc\nd\ne\nf\ng\nh\n')
  await chmod(file, 0o755)
  const settled = await edit('e\n', 'E1\nE2\n')
  expect(settled).toMatchObject({ status: 'ok', text: 'Edited file.', details: { replacements: 1 } })
  expect(settled.details?.['diff']).toBe(
    '--- file\n+++ file\n@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E1\n+E2\n f\n g\n h',
  )
  expect(await readFile(file, 'utf8')).toBe('a\nb\nc\nd\nE1\nE2\nf\ng\nh\n')
  expect((await stat(file)).mode & 0o777).toBe(0o755)
})

test('does not take special patterns of a replacement for anything but text', async () => {
  await writeFile(file, 'price: X')
  await edit('X', "$& $1 $' $$")
  expect(await readFile(file, 'utf8')).toBe("price: $& $1 $' $$")
})

test('refuses text that does not occur', async () => {
  await writeFile(file, 'abc')
  expect(await edit('abd', 'x')).toMatchObject({ status: 'error', details: { code: 'not_found' } })
  expect(await readFile(file, 'utf8')).toBe('abc')
})

test('refuses text that occurs more than once, with its lines, unless told to replace all', async () => {
  await writeFile(file, 'x\ny\nx\n')
  expect((await edit('x', 'z')).text).toContain(
    'expected old_text to occur once, found it 2 times (lines 1, 3)',
  )
  expect(await edit('x', 'z', true)).toMatchObject({
    text: 'Edited file in 2 places.',
    details: { replacements: 2 },
  })
  expect(await readFile(file, 'utf8')).toBe('z\ny\nz\n')
})

test('refuses an edit that changes nothing', async () => {
  await writeFile(file, 'x')
  expect(await edit('x', 'x')).toMatchObject({ status: 'error', details: { code: 'usage' } })
})

test('keeps CRLF line endings and the byte order mark', async () => {
  await writeFile(file, '\ufeffone\r\ntwo\r\nthree\r\n')
  expect(await edit('one\ntwo', 'one\n1.5\ntwo')).toMatchObject({ status: 'ok' })
  expect(await readFile(file, 'utf8')).toBe('\ufeffone\r\n1.5\r\ntwo\r\nthree\r\n')
})

test('keeps mixed line endings and bytes that are no UTF-8', async () => {
  await writeFile(file, Buffer.from('a\r\nb\nc\xff\n', 'latin1'))
  expect(await edit('b\n', 'B\n')).toMatchObject({ status: 'ok' })
  expect((await readFile(file)).equals(Buffer.from('a\r\nB\nc\xff\n', 'latin1'))).toBe(true)
})
