import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeFolders } from '../../src/config/make-folders.ts'
import { tempHome } from '../support/temp-home.ts'

test('every missing folder is made, for its owner only, and what is there is left as it is', () => {
  const home = tempHome()
  mkdirSync(path.join(home, 'a'), { mode: 0o755 })
  makeFolders(path.join(home, 'a/b/c'))
  makeFolders(path.join(home, 'a/b/c'))
  const modes = ['a', 'a/b', 'a/b/c'].map((folder) => statSync(path.join(home, folder)).mode & 0o777)
  expect(modes).toEqual([0o755, 0o700, 0o700])
})

test('a link to a folder is as good as one', () => {
  const home = tempHome()
  symlinkSync(home, path.join(home, 'link'))
  makeFolders(path.join(home, 'link'))
  makeFolders(path.join(home, 'link/inside'))
  expect(statSync(path.join(home, 'inside')).isDirectory()).toBe(true)
})

test('a file in the way is said', () => {
  const home = tempHome()
  writeFileSync(path.join(home, 'file'), '')
  expect(() => makeFolders(path.join(home, 'file'))).toThrow('EEXIST')
  expect(() => makeFolders(path.join(home, 'file/inside'))).toThrow('ENOTDIR')
})

test.runIf(process.platform === 'linux')('below /proc it fails instead of trying for ever', () => {
  expect(() => makeFolders('/proc/nobody/home')).toThrow('ENOENT')
})
