import { execa } from 'execa'
import { mkdir, readdir, readFile as read, symlink, writeFile as write } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { listDirectory } from '../../../src/daemon/tools/list-directory.ts'
import { readFile } from '../../../src/daemon/tools/read-file.ts'
import { searchFiles } from '../../../src/daemon/tools/search-files.ts'
import { writeFile } from '../../../src/daemon/tools/write-file.ts'
import { call, newFolder } from './tool-context.ts'

/** Swaps a folder and a link that leads outside, for ever, as fast as the system can. */
const swapping = `
  const { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
  const attempt = (action) => { try { action() } catch {} }
  for (;;) {
    try {
      renameSync('folder', 'kept'); renameSync('link', 'folder')
      renameSync('folder', 'link'); renameSync('kept', 'folder')
    } catch {
      // The tool has made the missing folder anew.
      for (const name of ['folder', 'kept', 'link']) attempt(() => rmSync(name, { recursive: true, force: true }))
      attempt(() => mkdirSync('folder', { recursive: true }))
      attempt(() => writeFileSync('folder/file', 'harmless'))
      attempt(() => symlinkSync('../outside', 'link'))
    }
  }
`

test('never reads or writes outside while a folder is swapped for a link', { timeout: 60_000 }, async () => {
  const top = await newFolder()
  const outside = path.join(top, 'outside')
  const cwd = path.join(top, 'cwd')
  await Promise.all([mkdir(outside), mkdir(path.join(cwd, 'folder'), { recursive: true })])
  await write(path.join(outside, 'file'), 'CANARY')
  await write(path.join(cwd, 'folder/file'), 'harmless')
  await symlink('../outside', path.join(cwd, 'link'))
  const attacker = execa('node', ['-e', swapping], { cwd, reject: false })
  const texts: string[] = []
  for (let round = 0; round < 600; round += 1) {
    const settled = await Promise.all([
      call(readFile, cwd, { path: 'folder/file' }),
      call(listDirectory, cwd, { path: 'folder' }),
      call(searchFiles, cwd, { pattern: 'CANARY' }),
      call(writeFile, cwd, { path: 'folder/new', content: 'harmless' }),
    ])
    texts.push(...settled.map(({ text }) => text))
  }
  attacker.kill('SIGKILL')
  await attacker
  expect(texts.filter((text) => text.includes('CANARY'))).toEqual([])
  expect(await readdir(outside)).toEqual(['file'])
  expect(await read(path.join(outside, 'file'), 'utf8')).toBe('CANARY')
  // Both outcomes were met, so the race was run.
  expect(texts.some((text) => text === 'harmless')).toBe(true)
  expect(texts.some((text) => /outside of the task's|moved or replaced|no such file/.test(text))).toBe(true)
})
