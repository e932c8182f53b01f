import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { searchFiles } from '../../../src/daemon/tools/search-files.ts'
import { call, newFolder } from './tool-context.ts'

let cwd: string

beforeEach(async () => {
  cwd = await newFolder()
})

const put = async (files: Record<string, string | Buffer>): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(cwd, name)), { recursive: true })
    await writeFile(path.join(cwd, name), content)
  }
}
const search = (args: { pattern: string; path?: string; glob?: string; kind?: string }) =>
  call(searchFiles, cwd, args)
const lines = async (args: Parameters<typeof search>[0]): Promise<string[]> =>
  (await search(args)).text.split('\n')

describe('search_files in contents', () => {
  test('finds lines with their place', async () => {
    await put({ 'a.ts': 'one\nTODO: two\r\nthree\n', 'src/b.md': 'nothing\n\nTODO' })
    expect(await search({ pattern: 'TODO' })).toMatchObject({
      status: 'ok',
      text: 'a.ts:2: TODO: two\nsrc/b.md:3: TODO',
      details: { matches: 2, files_searched: 2, complete: true },
    })
    expect((await search({ pattern: 'nowhere' })).text).toBe('Nothing found (2 files looked at).')
  })

  test('keeps to a folder, to one file and to a glob', async () => {
    await put({ 'a.ts': 'x', 'src/b.ts': 'x', 'src/deep/c.ts': 'x', 'src/d.md': 'x' })
    expect(await lines({ pattern: 'x', path: 'src' })).toEqual([
      'src/b.ts:1: x',
      'src/d.md:1: x',
      'src/deep/c.ts:1: x',
    ])
    expect(await lines({ pattern: 'x', path: 'src/b.ts' })).toEqual(['src/b.ts:1: x'])
    expect(await lines({ pattern: 'x', glob: '*.ts' })).toEqual([
      'a.ts:1: x',
      'src/b.ts:1: x',
      'src/deep/c.ts:1: x',
    ])
    expect(await lines({ pattern: 'x', glob: 'src/**/*.{ts,tsx}' })).toEqual([
      'src/b.ts:1: x',
      'src/deep/c.ts:1: x',
    ])
    expect(await lines({ pattern: 'x', glob: 'src/*' })).toEqual(['src/b.ts:1: x', 'src/d.md:1: x'])
  })

  test('leaves out binary and very large files, .git, node_modules and links', async () => {
    await put({
      'bin.dat': Buffer.from('needle\0'),
      'large.txt': `${'x'.repeat(6 * 1024 * 1024)}needle`,
      '.git/config': 'needle',
      'node_modules/a/index.js': 'needle',
    })
    await symlink('/etc', path.join(cwd, 'etc'))
    expect((await search({ pattern: 'needle|root' })).text).toBe(
      'Nothing found (2 files looked at).\n[1 file above 5 MiB not searched]',
    )
  })

  test('respects .gitignore files, the nearest first', async () => {
    await put({
      '.gitignore': '*.log\n/dist\nbuild/\n',
      'a.log': 'x',
      'dist/out.js': 'x',
      'src/dist/kept.js': 'x',
      'src/build/gone.js': 'x',
      'keep/.gitignore': '!a.log\n',
      'keep/a.log': 'x',
      'keep/b.log': 'x',
    })
    expect(await lines({ pattern: 'x' })).toEqual(['keep/a.log:1: x', 'src/dist/kept.js:1: x'])
    expect(await lines({ pattern: 'x', path: 'src' })).toEqual(['src/dist/kept.js:1: x'])
    expect(await lines({ pattern: 'x', path: 'dist' })).toEqual(['dist/out.js:1: x'])
  })

  test('stops at 200 matches and cuts long lines around their match', async () => {
    await put({ 'a.txt': 'x\n'.repeat(500), 'long.txt': `${'a'.repeat(1_000)}NEEDLE${'b'.repeat(1_000)}` })
    const many = await search({ pattern: '^x$' })
    expect(many.details).toMatchObject({ matches: 200, complete: false })
    expect(many.text).toContain('[only the first 200 matches]')
    const [long] = await lines({ pattern: 'NEEDLE' })
    expect(long).toContain('NEEDLE')
    expect(long?.length).toBeLessThan(350)
  })

  test.each(['(', 'a**', '(?=x)', '(a)\\1'])('says what is wrong with the pattern %s', async (pattern) => {
    expect(await search({ pattern })).toMatchObject({
      status: 'error',
      text: expect.stringMatching(/expected a pattern that RE2 takes/),
    })
  })

  test('lets other work go on while it runs a hostile pattern', async () => {
    const count = 60
    await put({ 'a.txt': `${'a'.repeat(4_000)}!\n`.repeat(count) })
    let turns = 0
    const turning = setInterval(() => (turns += 1), 1)
    expect((await search({ pattern: '(.*a.*a.*a.*a){20}[^!]$' })).details).toMatchObject({ complete: true })
    clearInterval(turning)
    expect(turns).toBeGreaterThan(count / 4)
  })

  test('answers a pattern in linear time that would take a backtracking engine for ever', async () => {
    await put({ 'a.txt': `${'a'.repeat(4_000)}!` })
    expect((await search({ pattern: '(a+)+$' })).status).toBe('ok')
  })

  test('stops when its task ends', async () => {
    await put({ 'a.txt': 'abc\n'.repeat(1_000_000) })
    const abort = new AbortController()
    const searching = call(searchFiles, cwd, { pattern: 'z$' }, { signal: abort.signal })
    setImmediate(() => abort.abort(new Error('cancelled')))
    expect(await searching).toMatchObject({ status: 'interrupted', text: 'interrupted: cancelled' })
  })
})

describe('search_files in names', () => {
  test('finds files and folders by glob or by a part of the path', async () => {
    await put({ 'src/user.test.ts': '', 'src/user.ts': '', 'Users/readme.md': '' })
    expect(await lines({ pattern: '*.ts', kind: 'name' })).toEqual(['src/user.test.ts', 'src/user.ts'])
    expect(await lines({ pattern: 'user', kind: 'name' })).toEqual([
      'Users/',
      'Users/readme.md',
      'src/user.test.ts',
      'src/user.ts',
    ])
    expect(await lines({ pattern: 'user', kind: 'name', glob: '*.md' })).toEqual(['Users/readme.md'])
    expect(await lines({ pattern: '**/[ru]*.m?', kind: 'name' })).toEqual(['Users/readme.md'])
  })

  test('is not held up by hostile globs and ignore files', async () => {
    const name = 'a'.repeat(250)
    await put({
      [name]: '',
      '.gitignore': `${'*a'.repeat(20)}b\n${'*a'.repeat(20)}b/**/${'*a'.repeat(20)}b\n*.log`,
    })
    const startedAt = performance.now()
    expect(await lines({ pattern: `${'*a'.repeat(20)}b`, kind: 'name' })).toEqual([
      'Nothing found (2 files looked at).',
    ])
    expect(await lines({ pattern: '*a'.repeat(20), kind: 'name' })).toEqual([name])
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})
