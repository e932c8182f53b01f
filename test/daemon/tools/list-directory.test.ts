import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { listDirectory } from '../../../src/daemon/tools/list-directory.ts'
import { call, newFolder } from './tool-context.ts'

let cwd: string

beforeEach(async () => {
  cwd = await newFolder()
})

const list = (args: { path?: string; recursive?: boolean } = {}) => call(listDirectory, cwd, args)

test('lists names in order, folders with a slash and files with their size', async () => {
  await mkdir(path.join(cwd, 'src'))
  await writeFile(path.join(cwd, 'b.txt'), 'x'.repeat(1234))
  await writeFile(path.join(cwd, '.hidden'), '')
  await symlink('b.txt', path.join(cwd, 'c'))
  expect(await list()).toMatchObject({
    status: 'ok',
    text: '.hidden  0 bytes\nb.txt  1,234 bytes\nc -> b.txt\nsrc/',
    details: { entries: 4, complete: true },
  })
})

test('says that a folder is empty', async () => {
  await mkdir(path.join(cwd, 'src'))
  expect((await list({ path: 'src' })).text).toBe('(src is empty)')
})

test('lists the tree below a folder, without entering .git and node_modules', async () => {
  for (const folder of ['a/b', '.git/hooks', 'a/node_modules/x'])
    await mkdir(path.join(cwd, folder), { recursive: true })
  for (const file of ['a/b/deep.txt', '.git/HEAD', 'a/node_modules/x/index.js'])
    await writeFile(path.join(cwd, file), '1')
  expect((await list({ recursive: true })).text.split('\n')).toEqual([
    '.git/',
    'a/',
    'a/b/',
    'a/b/deep.txt  1 byte',
    'a/node_modules/',
    '[not entered: .git, node_modules]',
  ])
  expect((await list({ path: 'a', recursive: true })).text.split('\n').slice(0, 2)).toEqual([
    'b/',
    'b/deep.txt  1 byte',
  ])
})

test('neither follows links to folders nor shows closed folders', async () => {
  await mkdir(path.join(cwd, 'home'))
  await writeFile(path.join(cwd, 'home/token'), 'secret')
  await symlink('/etc', path.join(cwd, 'etc'))
  const protectedPaths = [path.join(cwd, 'home')]
  for (const recursive of [false, true]) {
    expect((await call(listDirectory, cwd, { recursive }, { protectedPaths })).text).toBe('etc -> /etc')
  }
})

test('shows a name with control characters on one line', async () => {
  await writeFile(path.join(cwd, 'a\n\u001b[2Jb'), '')
  expect((await list()).text).toBe('"a\\n\\u001b[2Jb"  0 bytes')
})

test('stops after 2,000 entries and says so', async () => {
  const names = Array.from({ length: 2_010 }, (_, index) => `file-${index}`)
  await Promise.all(names.map((name) => writeFile(path.join(cwd, name), '')))
  const plain = await list()
  expect(plain.text.split('\n')).toHaveLength(2_001)
  expect(plain.text).toContain('[the first 2000 of 2010 entries]')
  expect((await list({ recursive: true })).details).toEqual({ entries: 2_000, complete: false })
})

test.each([
  ['missing', 'missing: there is no such file or folder'],
  ['file', 'file: a part of this path is no folder'],
])('says what is wrong with %s', async (given, text) => {
  await writeFile(path.join(cwd, 'file'), '')
  expect(await list({ path: given })).toMatchObject({ status: 'error', text })
})
